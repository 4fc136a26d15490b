"""The contract of lab adapters, held by openBIS as its own client speaks with it."""

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.openbis_bench import OpenBisBench


class TestContract(LimsAdapterContract):
    bench_class = OpenBisBench
