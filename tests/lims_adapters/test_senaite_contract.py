"""The contract of lab adapters, held by SENAITE's double under both policies."""

from loop.testing.lims_contract import LimsAdapterContract
from loop.testing.lims_contract_orders import OrderCases
from loop.testing.lims_contract_results import ResultCases
from loop.testing.lims_contract_words import WordCases
from tests.lims_adapters.senaite_bench import SenaiteBench, VerifiedBench


class TestSubmitted(LimsAdapterContract):
    bench_class = SenaiteBench


class TestVerified(OrderCases, ResultCases, WordCases):
    """The line is the same under both policies: what is read differs."""

    bench_class = VerifiedBench
