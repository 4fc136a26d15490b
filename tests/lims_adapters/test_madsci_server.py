"""The contract of lab adapters, held by MADSci as it is released."""

from pathlib import Path
from typing import ClassVar

import pytest

from loop.core.result import Outcome
from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.madsci_bench import MadsciBench
from tests.lims_servers.madsci_server import MadsciServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims


@pytest.fixture(scope="module", autouse=True)
def _server(lab_servers: LabServers) -> None:
    TestContract.access = lab_servers.started(MadsciServer(lab_servers.home))


class TestContract(LimsAdapterContract):
    bench_class = MadsciBench

    access: ClassVar[Access]

    def make_bench(self, folder: Path) -> MadsciBench:
        return MadsciBench(folder, self.access)


def test_an_order_that_never_arrived_is_not_missed(tmp_path, lab_servers):
    bench = MadsciBench(tmp_path, lab_servers.started(MadsciServer(lab_servers.home)))
    placed, refused = bench.orders(2)
    bench.adapter().submit(placed)
    first = bench.adapter().poll(None, [placed, refused])
    assert first.batches == ()
    bench.delete(placed.order_id)
    second = bench.adapter().poll(first.cursor, [placed, refused])
    ((told,),) = [batch.results for batch in second.batches]
    assert (told.order_id, told.outcome) == (placed.order_id, Outcome.NEEDS_FOLLOW_UP)
    assert bench.adapter().poll(second.cursor, [placed, refused]).batches == ()
    bench.close()
