"""The contract of lab adapters, held by SampleDB as it is released."""

from pathlib import Path

import pytest

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.sampledb_bench import SampleDBBench
from tests.lims_servers.sampledb_server import SampleDBServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims


@pytest.fixture(scope="session")
def sampledb(lab_servers: LabServers, postgres_server: str) -> Access:
    """Access to a SampleDB."""
    return lab_servers.started(SampleDBServer(lab_servers.home, postgres_server))


class TestContract(LimsAdapterContract):
    bench_class = SampleDBBench

    @pytest.fixture(autouse=True)
    def _on_a_fresh_lab(self, tmp_path: Path, sampledb: Access):
        self.bench = SampleDBBench(tmp_path, sampledb)
        yield
        self.bench.close()
