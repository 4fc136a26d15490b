"""The contract of lab adapters, held by MADSci as it is released."""

from pathlib import Path
from typing import ClassVar

import pytest

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
