"""Builds a service from settings: the only module that knows every room."""

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from loop.core.ports import silent
from loop.design.inventor import CampaignInventor
from loop.errors import ConfigError, ModelError
from loop.ledger.artifacts import FolderArtifacts
from loop.ledger.store import SqlLedger
from loop.service.archive import Archive
from loop.service.campaigns import CampaignService
from loop.service.door import Door
from loop.service.plugins import PluginLookup
from loop.service.stages import Stages
from loop.service.worker import Worker
from loop.settings import Settings

_PLANNERS: Final = {"molecule": "named-reactions", "polymer": "polymer-rules"}

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from loop.backtest.random_search import Comparison
    from loop.core.candidate import Material
    from loop.core.definition import PluginChoice, PoolSpace
    from loop.core.generation_ports import Route
    from loop.core.lab_ports import LabContext, ResultFileReader
    from loop.core.ports import (
        FeatureMatrix,
        PoolBuild,
        Progress,
        Rows,
        Table,
    )
    from loop.core.source_ports import SourceRequest, Sources, SourceSupply
    from loop.core.space import ForbiddenPattern
    from loop.featurize.catalogue import KnownBlock
    from loop.featurize.table_file import Described, Wanted
    from loop.report.pictures import Picture
    from loop.service.views import CampaignView


class SystemClock:
    """The machine's time, in UTC."""

    def now(self) -> datetime:
        """Return the present time, UTC, with zone."""
        return datetime.now(UTC)


class _LazyPools:
    """Loads the chemistry of pools when a pool is read: the command line must start fast."""

    def read(self, path: "Path", section: str = "space") -> "Table":
        from loop.space.pool import PoolFiles

        return PoolFiles().read(path, section)

    def build(
        self, table: "Table", space: "PoolSpace", slug: str, section: str = "space"
    ) -> "PoolBuild":
        from loop.space.pool import PoolFiles

        return PoolFiles().build(table, space, slug, section)

    def check_patterns(self, forbid: "Sequence[ForbiddenPattern]") -> None:
        from loop.space.pool import check_patterns

        check_patterns(forbid)


class _LazySources:
    """Opens the source library when a surrogate asks for it: most campaigns never do."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Sources | None = None

    def digest(self, request: "SourceRequest") -> str:
        return self._sources().digest(request)

    def supply(self, request: "SourceRequest", progress: "Progress" = silent) -> "SourceSupply":
        return self._sources().supply(request, progress)

    def _sources(self) -> "Sources":
        if self._opened is None:
            from loop.source_wiring.commands import SourceShelf

            self._opened = SourceShelf(self._settings).sources()
        return self._opened


def _nearest(features: "FeatureMatrix", row: int, observed: "Rows") -> tuple[int, float]:
    from loop.acquire.similarity import nearest

    found = nearest(features, row, observed)
    if found is None:
        raise ModelError("nothing is observed yet, so there is no nearest candidate")
    return found


def _draw(material: "Material", structure: str) -> str:
    from loop.space.drawing import draw

    return draw(material, structure)


def _draw_route(route: "Route") -> str:
    from loop.makeability.drawing import draw_route

    return draw_route(route)


def _draw_png(material: "Material", structure: str) -> bytes:
    from loop.space.drawing import draw_png

    return draw_png(material, structure)


def _worksheets(context: "LabContext") -> "ResultFileReader":
    from lims_adapters.worksheet.adapter import WorksheetFolder

    told = context.definition.lims
    # What a campaign says of plates and instruments holds for files that a person hands in too.
    options = told.options if told.kind == "worksheet" else {}
    return WorksheetFolder(WorksheetFolder.Config.model_validate(options), context)


def build(settings: Settings) -> Door:
    """Return the service for a workspace; folders are made as needed.

    Raises:
        SchemaVersionError: the database is of another release.
    """
    settings.state_folder.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    ledger = SqlLedger(settings.effective_database_url, clock)
    plugins = PluginLookup()
    stages = Stages(
        plugins=plugins,
        pools=_LazyPools(),
        nearest=_nearest,
        draw=_draw,
        draw_route=_draw_route,
        file_reader=_worksheets,
        exchange_folder=settings.exchange_folder,
        cache_folder=settings.state_folder / "cache",
        sources=_LazySources(settings),
        inventor=CampaignInventor(plugins),
        draw_png=_draw_png,
    )
    archive = Archive(ledger, FolderArtifacts(settings.state_folder / "artifacts"), stages)
    service = CampaignService(archive)
    return Door(
        service=service,
        queries=service.queries,
        worker=Worker(archive, clock),
        settings=settings,
        close=archive.close,
    )


def comparison(door: Door, slug: str, n_seeds: int = 20) -> "Comparison | None":
    """Return the campaign beside random search, or None where no oracle knows the truth."""
    from loop.backtest.random_search import compare_with_random

    known = door.queries.truth(slug)
    if known is None:
        return None
    truth, measured = known
    view = door.queries.view(slug)
    return compare_with_random(
        truth,
        measured,
        view.definition.objective,
        view.summary.n_experiments,
        n_seeds,
        view.definition.seed,
    )


def write_report(door: Door, slug: str, n_seeds: int = 20) -> "Path":
    """Write the report of a campaign; return its path."""
    from loop.report.page import BEST, render

    view = door.queries.view(slug)
    shown = [r.candidate_id for r in view.ranking[:BEST]]
    if view.current_round is not None:
        shown += [i.item.candidate.candidate_id for i in view.current_round.items]
    drawings = {identity: door.queries.drawing(slug, identity) for identity in shown}
    routes = {identity: door.queries.route_drawing(slug, identity) for identity in shown}
    compared = comparison(door, slug, n_seeds)
    page = render(view, drawings, compared, _pictures(door, view), routes)
    folder = door.settings.reports_folder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{slug}.html"
    draft = path.with_suffix(".part")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    return path


def _pictures(door: Door, view: "CampaignView") -> "tuple[Picture, ...]":
    from loop.report.pictures import Picture, space_pictures

    try:
        described = door.queries.described_pool(view.summary.slug)
    except ModelError as error:
        # The report must say what happened even when the source library is damaged.
        return (Picture("The space of candidates", None, f"not drawn: {error.message}"),)
    title = f"{view.definition.objective.property} [{view.summary.unit}]"
    return space_pictures(described, title, view.definition.seed)


def known_blocks() -> "list[KnownBlock]":
    """Return every installed block of descriptors."""
    from loop.featurize.catalogue import known_blocks

    return known_blocks()


def describe_file(wanted: "Wanted", featurizer: str, progress: "Progress") -> "Described":
    """Describe every row of a table and write the descriptors; return an account.

    Args:
        wanted: The table, what its rows are, and where the descriptors go.
        featurizer: Name of a featurizer or of a block, or path of a TOML file with blocks.
        progress: Told how far it is.

    Raises:
        ConfigError: the featurizer is unknown, or cannot describe such a material.
        DataError: the table cannot be read or used, or no row of it can be described.
    """
    from loop.featurize.table_file import pool_of, refuse_format, write_described

    refuse_format(wanted.out)
    cls, config = PluginLookup().configure("synthloop.featurizers", _featurizer(featurizer))
    if wanted.material.value not in cls.materials:
        raise ConfigError(
            f"featurizer {featurizer!r} describes {', '.join(sorted(cls.materials))}; "
            f"the material is {wanted.material.value}",
        )
    if wanted.workers is not None and "workers" in type(config).model_fields:
        config = config.model_copy(update={"workers": wanted.workers})
    table = _LazyPools().read(wanted.file)
    pool = pool_of(table, wanted)
    matrix = cls(config).featurize(pool, wanted.space(), progress, wanted.cache)
    return write_described(wanted, table, pool, matrix)


def _featurizer(name: str) -> "PluginChoice":
    from loop.core.definition import PluginChoice
    from loop.featurize.catalogue import GROUP
    from loop.featurize.table_file import read_choice

    if name.endswith(".toml"):
        return PluginChoice.model_validate(read_choice(name))
    plugins = PluginLookup()
    blocks, known = plugins.names(GROUP), plugins.names("synthloop.featurizers")
    if name in blocks and name not in known:
        return PluginChoice.model_validate({"kind": "blocks", "blocks": [{"kind": name}]})
    if name in known:
        return PluginChoice(kind=name)
    near = difflib.get_close_matches(name, [*known, *blocks], n=1)
    raise ConfigError(
        f"{name!r} is none of the featurizers {', '.join(known)}, "
        f"none of the blocks {', '.join(blocks)}, and no .toml file",
        hint=f"did you mean {near[0]!r}?" if near else "synthloop blocks says what each describes",
    )


def plan_routes(
    structure: str,
    planner: str = "",
    options: "Mapping[str, object] | None" = None,
    stock_file: "Path | None" = None,
    limit: int = 10,
) -> "tuple[Route, ...]":
    """Return routes to a molecule or a polymer, the best first.

    Args:
        structure: SMILES, or a repeat unit with two `*`.
        planner: Name of a planner; the one for the structure's material when empty.
        options: What its `Config` takes.
        stock_file: List of what is in stock; without it, nothing is.
        limit: Most routes.

    Raises:
        ConfigError: the planner is unknown, refuses an option, or plans for other materials.
        NotFoundError: there is no such stock file.
        DataError: structure or stock file cannot be read.
    """
    from loop.core.definition import PluginChoice
    from loop.makeability.stock import StockList

    material = "polymer" if "*" in structure else "molecule"
    name = planner or _PLANNERS[material]
    choice = PluginChoice.model_validate({"kind": name, **(options or {})})
    cls, config = PluginLookup().configure("synthloop.planners", choice)
    if material not in cls.materials:
        raise ConfigError(
            f"planner {name!r} plans for {', '.join(sorted(cls.materials))}; "
            f"{structure!r} is a {material}",
            hint=f"use {_PLANNERS[material]!r}",
        )
    stock = StockList() if stock_file is None else StockList.read(stock_file)
    routes: tuple[Route, ...] = cls(config).routes(structure, stock, limit)
    return routes


def open_ledger(settings: Settings) -> SqlLedger:
    """Return the ledger alone, for maintenance."""
    settings.state_folder.mkdir(parents=True, exist_ok=True)
    return SqlLedger(settings.effective_database_url, SystemClock())
