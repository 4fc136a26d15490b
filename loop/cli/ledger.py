"""Commands about the ledger: verify, rebuild, upgrade, export."""

from pathlib import Path
from typing import Annotated

import typer

from loop.cli.output import Slug, say, talk
from loop.errors import LedgerError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def verify() -> None:
    """Check the chain of all events and the tables made from them."""
    from loop.ledger import maintenance
    from loop.settings import Settings
    from loop.wiring import open_ledger

    ledger = open_ledger(Settings())
    try:
        problems = maintenance.verify(ledger)
        slugs = ledger.campaigns()
    finally:
        ledger.close()
    if problems:
        raise LedgerError(
            "the ledger is damaged", problems=problems, hint="restore it from a backup"
        )
    say(f"{len(slugs)} campaigns are whole")


@app.command()
def rebuild() -> None:
    """Make the read tables anew from the events."""
    from loop.ledger import maintenance
    from loop.settings import Settings
    from loop.wiring import open_ledger

    ledger = open_ledger(Settings())
    try:
        say(f"{len(maintenance.rebuild(ledger))} campaigns rebuilt")
    finally:
        ledger.close()


@app.command()
def upgrade() -> None:
    """Bring the database to this release."""
    from loop.ledger import maintenance
    from loop.settings import Settings

    before, after = maintenance.upgrade(Settings().effective_database_url)
    talk(f"revision {before} → {after}")


@app.command()
def export(
    slug: Slug, out: Annotated[Path, typer.Option(help="File to write.")] = Path("events.jsonl")
) -> None:
    """Write the events of a campaign as JSON lines."""
    from loop.ledger import maintenance
    from loop.settings import Settings
    from loop.wiring import open_ledger

    ledger = open_ledger(Settings())
    try:
        talk(f"{maintenance.export(ledger, slug, out)} events")
    finally:
        ledger.close()
    say(str(out))
