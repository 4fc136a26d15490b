"""The contract of lab adapters, held by Benchling as its API file describes it."""

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.benchling_bench import BenchlingBench


class TestContract(LimsAdapterContract):
    bench_class = BenchlingBench
