"""The command `demo`: a real search closes its loop."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from loop.cli.campaigns import advance
from loop.cli.output import ask, opened, progress_bar, say, table, talk

if TYPE_CHECKING:
    from loop.backtest.seeds import BackTest

SLUG: Final = "thermal-liquid"
COMPARED: Final = ("gp", "transfer-gp")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Workspace of the demo.")] = Path(".demo"),
    seeds: Annotated[int, typer.Option(min=10, help="Random searches to compare with.")] = 20,
    backtest: Annotated[
        int,
        typer.Option(
            min=0, help="Instead run it over so many seeds, without and with borrowed sources."
        ),
    ] = 0,
) -> None:
    """Search 540 real liquids for thermal conductivity, with a simulated lab."""
    os.environ["SYNTHLOOP_WORKSPACE"] = str(folder.resolve())
    home = _copied(folder / "campaigns" / SLUG)
    talk("reading the data set; the first time takes some seconds")
    if backtest:
        _over_seeds(home / "campaign.toml", backtest, folder)
        return
    _once(home, folder, seeds)


def _copied(home: Path) -> Path:
    from importlib.resources import as_file, files

    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with as_file(files("campaigns") / SLUG) as shipped:
            shutil.copytree(shipped, home)
    return home


def _over_seeds(file: Path, n_seeds: int, folder: Path) -> None:
    from loop.backtest.seeds import back_test
    from loop.service.campaign_file import read_campaign
    from loop.service.plugins import PluginLookup
    from loop.settings import Settings

    budget = read_campaign(file, PluginLookup()).budget.experiments
    cache = Settings(workspace=folder).state_folder / "cache"
    with progress_bar(len(COMPARED) * n_seeds * budget) as (phase, done):

        def told(count: int, text: str) -> None:
            done(count)
            phase(text, 0.0)

        found = back_test(file, COMPARED, n_seeds, cache, told)
    _print_runs(found)
    _print_totals(found, n_seeds)


def _print_runs(found: "BackTest") -> None:
    top = found.guessing.in_pool
    table(
        ("seed", "surrogate", "first of the best 1 %", "found of them", f"best [{found.unit}]"),
        [
            (
                s.offset,
                s.surrogate,
                ("never" if s.first is None else f"order {s.first}")
                + (" (initial design)" if s.lucky else ""),
                f"{s.found} of {top}",
                s.best,
            )
            for s in found.searches
        ],
    )


def _print_totals(found: "BackTest", n_seeds: int) -> None:
    from statistics import mean, median

    guess, top = found.guessing, found.guessing.in_pool
    rows: list[tuple[str, float, str, str, float, str]] = []
    for surrogate in COMPARED:
        runs, first = found.of(surrogate), found.median_first(surrogate)
        rows.append(
            (
                surrogate,
                first,
                f"{first / guess.first:.0%}",
                f"{mean(s.found for s in runs):.1f} of {top}",
                median(s.best for s in runs),
                f"{sum(s.met_best for s in runs)} of {n_seeds}",
            )
        )
    found_by_chance = f"{guess.found:.1f} of {top}"
    rows.append(("random search", guess.first, "100%", found_by_chance, guess.best, ""))
    say(
        f"{n_seeds} campaigns each, {found.budget} experiments, random initial designs "
        f"(median orders; a campaign that met none counts as {found.budget + 1})"
    )
    table(
        (
            "search",
            "orders to the first of the best 1 %",
            "of what random search needs",
            "found of them (mean)",
            f"best [{found.unit}] (median)",
            "met the best of all",
        ),
        rows,
    )


def _once(home: Path, folder: Path, seeds: int) -> None:
    with opened() as door:
        from loop.wiring import comparison, write_report

        door.service.open(home / "campaign.toml", ask(door))
        outcome = advance(door, SLUG)
        view = door.queries.view(SLUG)
        compared = comparison(door, SLUG, seeds)
        path = write_report(door, SLUG, seeds)
    s = view.summary
    say(f"{s.title}: {outcome.text}")
    table(
        ("rank", "label", "structure", f"value [{s.unit}]", "round"),
        [(r.rank, r.label, r.structure, r.value, r.round_number) for r in view.ranking[:5]],
    )
    say(
        f"experiments: {s.n_experiments} ordered, {view.n_measured} measured, "
        f"{view.n_failed} failed; cost {view.cost:g} {view.definition.budget.currency}"
    )
    if compared is not None:
        say(
            f"true value of the best: {compared.best:.4g} {s.unit}, "
            f"better than or equal to {compared.percentile:.1f} % of {view.n_candidates} candidates"
        )
        say(
            f"random search with {compared.budget} experiments (median of {compared.n_seeds} "
            f"seeds): {compared.random_median_best:.4g} {s.unit}; it needs "
            f"{compared.random_median_needed:.0f} experiments for as good a candidate"
        )
        say(
            f"of the best 1 % ({compared.top1_in_pool}): {compared.top1_found} found, "
            f"random search {compared.top1_random:.1f}"
        )
    say(f"report: {path}")
    say("dashboard: http://127.0.0.1:8501 after "
        f"`synthloop --workspace {folder} dashboard`")  # fmt: skip
