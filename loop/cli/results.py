"""Commands about results: worksheet, record, correct, withdraw, comment."""

from pathlib import Path
from typing import Annotated

import typer

from loop.cli.campaigns import must_exist
from loop.cli.output import Reason, Slug, ask, opened, say, talk
from loop.errors import DataError

Measurement = Annotated[str, typer.Argument(help="Id of a measurement (synthloop status --json).")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (worksheet, record, correct, withdraw, comment):
        app.command()(command)


def worksheet(
    slug: Slug, out: Annotated[Path, typer.Option(help="XLSX to write.")] = Path("worksheet.xlsx")
) -> None:
    """Write a worksheet for the orders that wait for results."""
    with opened() as door:
        out.write_bytes(door.service.worksheet(slug))
    say(str(out))


def record(
    slug: Slug,
    file: Annotated[Path, typer.Argument(help="A filled-in worksheet, XLSX or CSV.")],
    dry_run: Annotated[bool, typer.Option(help="Only say what would be recorded.")] = False,
) -> None:
    """Record the results of a worksheet, all or nothing."""
    must_exist(file)
    content = file.read_bytes()
    with opened() as door:
        if dry_run:
            batch = door.service.preview_file(slug, file.name, content)
            if batch.problems:
                raise DataError(f"{file.name} would be refused", problems=batch.problems)
            for result in batch.results:
                say(f"{result.order_id}\t{result.outcome}\t{result.property}\t{result.raw}")
            return
        outcome = door.service.record_file(slug, file.name, content, ask(door))
    talk(
        f"{outcome.n_recorded} recorded, {outcome.n_corrected} corrected, "
        f"{outcome.n_known} known already, {outcome.n_ended} orders ended without a result"
    )


def correct(
    slug: Slug,
    measurement: Measurement,
    value: Annotated[str, typer.Option(help="The right value.")],
    unit: Annotated[str, typer.Option(help="Its unit.")],
    reason: Reason,
) -> None:
    """Replace the value of a measurement; the old one stays in the history."""
    with opened() as door:
        number = door.service.parse_value(slug, value)
        door.service.correct_measurement(slug, measurement, number.value, unit, reason, ask(door))


def withdraw(slug: Slug, measurement: Measurement, reason: Reason) -> None:
    """Let a measurement no longer count."""
    with opened() as door:
        door.service.withdraw_measurement(slug, measurement, reason, ask(door))


def comment(
    slug: Slug,
    text: Annotated[str, typer.Argument(help="The remark.")],
    about: Annotated[
        str, typer.Option(help="An order: its surprising result counts as looked at.")
    ] = "",
) -> None:
    """Write a remark into the history."""
    with opened() as door:
        door.service.comment(slug, text, about, ask(door))
