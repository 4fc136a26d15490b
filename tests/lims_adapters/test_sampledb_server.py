"""The contract of lab adapters, held by SampleDB as it is released."""

from pathlib import Path
from typing import ClassVar

import pytest

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.sampledb_bench import SampleDBBench
from tests.lims_servers.sampledb_server import SampleDBServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims


@pytest.fixture(scope="module")
def sampledb(lab_servers: LabServers, postgres_server: str) -> Access:
    """Access to a SampleDB."""
    return lab_servers.started(SampleDBServer(lab_servers.home, postgres_server))


class TestContract(LimsAdapterContract):
    bench_class = SampleDBBench

    access: ClassVar[Access]

    @pytest.fixture(autouse=True, scope="class")
    def _server(self, request: pytest.FixtureRequest, sampledb: Access) -> None:
        request.cls.access = sampledb

    def make_bench(self, folder: Path) -> SampleDBBench:
        return SampleDBBench(folder, self.access)
