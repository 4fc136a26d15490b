"""The contract of lab adapters, held by eLabFTW's double."""

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.elab_bench import ElabBench


class TestElab(LimsAdapterContract):
    bench_class = ElabBench
