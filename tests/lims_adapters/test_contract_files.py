"""Folders, databases and notebooks' archives hold the contract of every adapter to a lab."""

from contextlib import ExitStack

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


class _ServedBench(WebdavBench):
    def __init__(self, folder):
        self._stack = ExitStack()
        (folder / "server").mkdir()
        address = self._stack.enter_context(webdav(folder / "server"))
        super().__init__(folder, folder / "server", address)

    def close(self):
        super().close()
        self._stack.close()


@pytest.mark.slow
class TestWorksheetsOnWebdav(LimsAdapterContract):
    """The line is broken at every call, before a real WebDAV server."""

    bench_class = _ServedBench

    @pytest.fixture(autouse=True)
    def _secret(self, monkeypatch):
        monkeypatch.setenv("LAB_FOLDER", "geheim")
