"""Commands that show: status, history, export, report, dashboard."""

import subprocess
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.output import AsJson, Slug, document, opened, say, table, talk

if TYPE_CHECKING:
    from loop.service.views import CampaignView


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, history, export, report, dashboard):
        app.command()(command)


def status(
    slug: Annotated[str, typer.Argument(help="One campaign; all if absent.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show all campaigns, or one."""
    with opened() as door:
        if not slug:
            found = door.queries.campaigns()
            if as_json:
                document("campaigns", found)
                return
            if not found:
                talk("no campaign yet; see one run: synthloop demo")
            table(
                ("campaign", "status", "round", "best", "unit", "experiments", "waits for"),
                [
                    (s.slug, s.status, f"{s.round_number} {s.round_state}", s.best_value, s.unit,
                     f"{s.n_experiments}/{s.budget}", s.waiting_for)
                    for s in found
                ],
            )  # fmt: skip
            return
        view = door.queries.view(slug)
    if as_json:
        document("campaign", view)
        return
    s = view.summary
    say(f"{s.title}: {s.objective} [{s.unit}]")
    say(f"{s.status}, round {s.round_number} {s.round_state}, version {s.version}")
    say(f"{s.n_experiments} of {s.budget} experiments, {view.n_failed} failed")
    for warning in view.warnings:
        talk(f"warning: {warning}")
    _about_model(view)
    table(
        ("rank", "candidate", "label", f"value [{s.unit}]", "round"),
        [(r.rank, r.candidate_id, r.label, r.value, r.round_number) for r in view.ranking[:10]],
    )


def _about_model(view: "CampaignView") -> None:
    from loop.report.model_words import about_model

    reports = [(r.number, r.report) for r in view.rounds if r.report is not None]
    if not reports:
        return
    number, newest = reports[-1]
    say(f"model of round {number}, {newest.surrogate}:")
    for line in about_model(newest, view.summary.unit):
        say(f"  {line}")
    if newest.transfer is not None:
        say(f"transfer: {newest.transfer.verdict}")
    for note in newest.notes:
        say(f"note: {note}")


def history(slug: Slug, as_json: AsJson = False) -> None:
    """Show every event of a campaign in words."""
    with opened() as door:
        lines = door.queries.history(slug)
    if as_json:
        document("history", lines)
        return
    table(
        ("seq", "time", "who", "what", ""),
        [(x.seq, x.time.isoformat(timespec="seconds"), x.actor, x.kind, x.text) for x in lines],
    )


class ExportFormat(StrEnum):
    """Forms in which a campaign leaves the house."""

    CSV = "csv"
    RO_CRATE = "ro-crate"
    ORD = "ord"


def export(
    slug: Slug,
    out: Annotated[
        Path | None, typer.Option(help="File to write; named by the form if absent.")
    ] = None,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="csv: measurements with their history. ro-crate: everything, as a ZIP with "
            "JSON-LD. ord: planned reactions with results, for the Open Reaction Database.",
        ),
    ] = ExportFormat.CSV,
) -> None:
    """Write measurements, or the whole campaign, for other programs."""
    from loop.export.writing import as_csv, as_ord, as_ro_crate

    writers = {
        ExportFormat.CSV: (as_csv, Path("measurements.csv")),
        ExportFormat.RO_CRATE: (as_ro_crate, Path(f"{slug}.crate.zip")),
        ExportFormat.ORD: (as_ord, Path(f"{slug}.ord.json")),
    }
    write, usual = writers[form]
    with opened() as door:
        content = write(door, slug)
    path = out or usual
    path.write_bytes(content)
    say(str(path))


def report(slug: Slug) -> None:
    """Write one self-contained HTML page about a campaign."""
    from loop.wiring import write_report

    with opened() as door:
        say(str(write_report(door, slug)))


def dashboard(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
) -> None:
    """Show the campaigns in a browser until stopped."""
    from dashboard.launch import command, environment
    from loop.settings import Settings

    say(f"http://127.0.0.1:{port}")
    subprocess.run(command(port), env=environment(Settings().workspace), check=False)  # noqa: S603
