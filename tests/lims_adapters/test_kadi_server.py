"""The contract of lab adapters, held by Kadi4Mat as it is released."""

from pathlib import Path

import pytest

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.kadi_bench import KadiBench
from tests.lims_servers.kadi_server import KadiServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims


@pytest.fixture(scope="session")
def kadi(lab_servers: LabServers, postgres_server: str) -> Access:
    """Access to a Kadi4Mat."""
    return lab_servers.started(KadiServer(lab_servers.home, postgres_server))


class TestContract(LimsAdapterContract):
    bench_class = KadiBench

    @pytest.fixture(autouse=True)
    def _on_a_fresh_lab(self, tmp_path: Path, kadi: Access):
        self.bench = KadiBench(tmp_path, kadi)
        yield
        self.bench.close()
