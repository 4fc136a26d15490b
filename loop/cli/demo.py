"""The command `demo`: a real search closes its loop."""

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from loop.cli.campaigns import advance
from loop.cli.output import ask, opened, say, table, talk

SLUG = "thermal-liquid"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Workspace of the demo.")] = Path(".demo"),
    seeds: Annotated[int, typer.Option(min=10, help="Random searches to compare with.")] = 20,
) -> None:
    """Search 540 real liquids for thermal conductivity, with a simulated lab."""
    from importlib.resources import as_file, files

    os.environ["SYNTHLOOP_WORKSPACE"] = str(folder.resolve())
    home = folder / "campaigns" / SLUG
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with as_file(files("campaigns") / SLUG) as shipped:
            shutil.copytree(shipped, home)
    talk("reading the data set; the first time takes some seconds")
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
