"""The adapter of the documentation holds the whole contract."""

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.fictional.bramble_bench import BrambleBench


class TestBramble(LimsAdapterContract):
    bench_class = BrambleBench
