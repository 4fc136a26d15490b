"""The contract of lab adapters, held by datalab as it is released."""

from pathlib import Path
from typing import ClassVar

import pytest

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.datalab_bench import DatalabBench
from tests.lims_servers.datalab_server import DatalabServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims


@pytest.fixture(scope="module", autouse=True)
def _server(lab_servers: LabServers) -> None:
    TestContract.access = lab_servers.started(DatalabServer(lab_servers.home))


class TestContract(LimsAdapterContract):
    bench_class = DatalabBench

    access: ClassVar[Access]

    def make_bench(self, folder: Path) -> DatalabBench:
        return DatalabBench(folder, self.access)
