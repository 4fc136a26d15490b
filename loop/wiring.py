"""Builds a service from settings: the only module that knows every room."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loop.ledger.artifacts import FolderArtifacts
from loop.ledger.store import SqlLedger
from loop.service.archive import Archive
from loop.service.campaigns import CampaignService
from loop.service.door import Door
from loop.service.plugins import PluginLookup
from loop.service.stages import Stages
from loop.service.worker import Worker
from loop.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from loop.core.candidate import Material
    from loop.core.definition import PoolSpace
    from loop.core.ports import (
        FeatureMatrix,
        LabContext,
        PoolBuild,
        ResultFileReader,
        Rows,
        Table,
    )


class SystemClock:
    """The machine's time, in UTC."""

    def now(self) -> datetime:
        """Return the present time, UTC, with zone."""
        return datetime.now(UTC)


class _LazyPools:
    """Loads the chemistry of pools when a pool is read: the command line must start fast."""

    def read(self, path: "Path") -> "Table":
        from loop.space.pool import PoolFiles

        return PoolFiles().read(path)

    def build(self, table: "Table", space: "PoolSpace", slug: str) -> "PoolBuild":
        from loop.space.pool import PoolFiles

        return PoolFiles().build(table, space, slug)


def _nearest(features: "FeatureMatrix", row: int, observed: "Rows") -> tuple[int, float]:
    from loop.acquire.similarity import nearest

    return nearest(features, row, observed)


def _draw(material: "Material", structure: str) -> str:
    from loop.space.drawing import draw

    return draw(material, structure)


def _worksheets(context: "LabContext") -> "ResultFileReader":
    from lims_adapters.worksheet.adapter import WorksheetFolder

    return WorksheetFolder(WorksheetFolder.Config(), context)


def build(settings: Settings) -> Door:
    """Return the service for a workspace; folders are made as needed.

    Raises:
        SchemaVersionError: the database is of another release.
    """
    settings.state_folder.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    ledger = SqlLedger(settings.effective_database_url, clock)
    stages = Stages(
        plugins=PluginLookup(),
        pools=_LazyPools(),
        nearest=_nearest,
        draw=_draw,
        file_reader=_worksheets,
        exchange_folder=settings.exchange_folder,
        cache_folder=settings.state_folder / "cache",
    )
    archive = Archive(ledger, FolderArtifacts(settings.state_folder / "artifacts"), stages)
    service = CampaignService(archive)
    return Door(
        service=service,
        queries=service.queries,
        worker=Worker(archive, clock),
        settings=settings,
        close=ledger.close,
    )
