"""Folders, databases and notebooks' archives hold the contract of every adapter to a lab."""

import pytest

from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.eln_bench import ElnBench
from tests.lims_adapters.folder_servers import webdav
from tests.lims_adapters.sql_bench import SqlBench
from tests.lims_adapters.worksheet_bench import WebdavBench, WorksheetBench


class TestWorksheets(LimsAdapterContract):
    bench_class = WorksheetBench


class TestNotebookArchives(LimsAdapterContract):
    bench_class = ElnBench


class TestDatabase(LimsAdapterContract):
    bench_class = SqlBench

    def make_bench(self, folder):
        return SqlBench(f"sqlite:///{folder / 'lab.db'}", folder)


class TestDatabaseReadByStamp(LimsAdapterContract):
    bench_class = SqlBench

    def make_bench(self, folder):
        return SqlBench(f"sqlite:///{folder / 'lab.db'}", folder, cursor="changed_at")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("webdav")
    with webdav(home) as address:
        yield address, home


@pytest.mark.slow
class TestWorksheetsOnWebdav(LimsAdapterContract):
    """The line is broken at every call, before a real WebDAV server."""

    bench_class = WebdavBench

    @pytest.fixture(autouse=True)
    def _server(self, server, tmp_path, monkeypatch):
        monkeypatch.setenv("LAB_FOLDER", "geheim")
        self.address, home = server
        self.shared = home / tmp_path.name
        self.shared.mkdir()

    def make_bench(self, folder):
        return WebdavBench(folder, self.shared, self.address)
