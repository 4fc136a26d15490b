"""Commands about the lab's own system: adapters, check, poll, reconcile, rejected, files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.output import AsJson, Slug, ask, document, opened, say, table, talk
from loop.errors import ConfigError, DataError

if TYPE_CHECKING:
    from loop.core.state import Refusal
    from loop.service.lab_checks import LabReport

_DIFFERS = 3

app = typer.Typer(no_args_is_help=True)


@app.command()
def adapters(as_json: AsJson = False) -> None:
    """List the kinds of lab systems that a campaign file can name."""
    from loop.service.lab_checks import installed_adapters
    from loop.service.plugins import PluginLookup

    found = installed_adapters(PluginLookup())
    if as_json:
        document("lims-adapters", found)
        return
    table(
        ("kind", "package", "needs", "offers", ""),
        [
            (a.name, a.package, ", ".join(a.required), ", ".join(a.offers), a.problem or a.summary)
            for a in found
        ],
    )


@app.command()
def check(slug: Slug, as_json: AsJson = False) -> None:
    """Ask the live system who we are and whether the mapping holds; change nothing there.

    Exit code 0 if the loop can work, 3 with problems, 7 if the system does not answer.
    """
    with opened() as door:
        path = door.settings.campaigns_folder / slug / "campaign.toml"
        report = door.service.lab_report(slug, path)
    if as_json:
        document("lims-check", report)
    else:
        _describe(report)
    if report.problems:
        raise ConfigError(
            f"campaign {slug!r}: the lab cannot be used as described", problems=report.problems
        )


def _describe(report: "LabReport") -> None:
    say(f"lims: {report.kind}")
    if report.account:
        say(f"known there as: {report.account}")
    can = report.capabilities.model_dump()
    rows = [(name.replace("_", " "), _word(value)) for name, value in can.items()]
    rows += [(offer, "yes") for offer in report.offers]
    table(("can it", ""), rows)
    if report.preview:
        say(f"would be written for {report.previewed}:")
        say(report.preview)


def _word(value: object) -> str:
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )


@app.command()
def poll(slug: Slug) -> None:
    """Ask the lab now what is new, also after the campaign has closed."""
    with opened() as door:
        outcome = door.worker.look(slug)
    say(f"{slug}: {outcome.text}")


@app.command()
def reconcile(slug: Slug, as_json: AsJson = False) -> None:
    """Compare the ledger with what the lab holds, both directions; change nothing.

    Exit code 0 if they are equal, 3 if they differ, 7 if the system does not answer.
    """
    with opened() as door:
        found = door.service.reconciler.reconcile(slug)
    if as_json:
        document("reconciliation", found)
    else:
        table(
            ("what", "order", "at the lab", "about", "ours", "theirs", "note"),
            [
                (d.kind.value, d.order_id, d.external_id, d.about, d.ours, d.theirs, d.note)
                for d in found.differences
            ],
        )
    talk(
        f"{found.n_ours} orders here, {found.n_theirs} at the lab, {found.n_values} values alike, "
        f"{len(found.differences)} differences"
    )
    if not found.equal:
        raise typer.Exit(_DIFFERS)


@app.command()
def rejected(slug: Slug, as_json: AsJson = False) -> None:
    """List what the lab sent and was refused, with the reasons."""
    with opened() as door:
        found = door.service.rejected(slug)
    if as_json:
        document("rejected", found)
        return
    table(
        ("digest", "time", "source", "state", "reason"),
        [
            (
                r.content_digest[:12],
                r.time.isoformat(timespec="seconds"),
                r.source,
                _state(r),
                str(p),
            )
            for r in found
            for p in r.problems
        ],
    )


def _state(refusal: "Refusal") -> str:
    if refusal.settled:
        return refusal.settled
    return "waits" if refusal.artifact else "no copy was kept"


@app.command()
def replay(
    slug: Slug,
    digest: Annotated[
        str, typer.Argument(help="Beginning of one batch's digest; all that wait if absent.")
    ] = "",
) -> None:
    """Take refused results in after a fix (say, a wider `plausible`); each batch all or nothing."""
    with opened() as door:
        outcomes = door.service.replay(slug, digest, ask(door))
    for one in outcomes:
        if not one.problems:
            say(f"{one.source}: {one.n_recorded} recorded, {one.n_corrected} corrected")
    still = [p for one in outcomes for p in one.problems]
    if still:
        raise DataError(f"campaign {slug!r}: some results are still refused", problems=still)
    if not outcomes:
        talk("nothing waits")


@app.command()
def files(
    slug: Slug,
    out: Annotated[Path | None, typer.Option(help="Folder to write them to.")] = None,
    fetch: Annotated[bool, typer.Option(help="First try again what could not be fetched.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the files that came with results, or write them to a folder."""
    with opened() as door:
        if fetch:
            talk(f"{door.service.fetch_files(slug, ask(door))} files came")
        found = door.service.files(slug)
        if out is not None:
            for line in found:
                if line.file.digest:
                    folder = out / line.order_id
                    folder.mkdir(parents=True, exist_ok=True)
                    # The digest keeps two files of one name apart.
                    path = folder / f"{line.file.digest[:8]}-{line.file.name}"
                    path.write_bytes(door.service.file_content(line.file.digest))
    if as_json:
        document("files", found)
        return
    table(
        ("order", "candidate", "property", "file", "bytes", "sha256", ""),
        [
            (x.order_id, x.label, x.property, x.file.name, x.file.size, x.file.digest[:12],
             x.file.problem)
            for x in found
        ],
    )  # fmt: skip
