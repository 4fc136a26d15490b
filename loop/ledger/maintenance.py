"""Looking after the ledger: verify, rebuild, export, upgrade."""

import os
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError

from loop.core.canonical import canonical_json
from loop.core.machine import fold
from loop.errors import LedgerError, NotFoundError, Problem
from loop.ledger import migration, projection
from loop.ledger import tables as t
from loop.ledger.chain import event_digest, to_event
from loop.ledger.database import connect
from loop.ledger.store import SqlLedger


def verify(ledger: SqlLedger) -> list[Problem]:
    """Return everything wrong with the ledger: the chain, the numbers, the read tables."""
    problems: list[Problem] = []
    with ledger.engine.connect() as connection:
        slugs = sorted(connection.execute(sa.select(t.event.c.campaign).distinct()).scalars())
        for slug in slugs:
            problems.extend(_verify_campaign(connection, slug))
    return problems


def _verify_campaign(connection: sa.Connection, slug: str) -> list[Problem]:
    query = sa.select(t.event).where(t.event.c.campaign == slug).order_by(t.event.c.seq)
    rows = list(connection.execute(query).mappings())
    head = ""
    for number, row in enumerate(rows, start=1):
        place = f"event {row['seq']} ({row['kind']})"
        if row["seq"] != number:
            return [Problem(slug, place, str(row["seq"]), f"number {number}: events are missing")]
        if row["previous_digest"] != head:
            return [Problem(slug, place, row["previous_digest"], f"previous digest {head}")]
        if event_digest(dict(row)) != row["digest"]:
            return [
                Problem(slug, place, row["digest"], "the digest of its content: it was changed")
            ]
        head = row["digest"]
    try:
        state = fold(to_event(row) for row in rows)
    except (LedgerError, ValidationError) as error:
        return [Problem(slug, "history", str(error), "a history that can happen")]
    differing = projection.same(projection.rows(state), projection.stored(connection, slug))
    return [
        Problem(slug, f"read table {name}", "differs", "what the events say: run ledger rebuild")
        for name in differing
    ]


def rebuild(ledger: SqlLedger) -> list[str]:
    """Make the read tables of every campaign anew from its events; return the slugs."""
    slugs = ledger.campaigns()
    with ledger.engine.begin() as connection:
        for table in t.READ_TABLES:
            connection.execute(sa.delete(table))
        for slug in slugs:
            projection.write(connection, fold(ledger.events(slug)))
    return slugs


def export(ledger: SqlLedger, slug: str, path: Path) -> int:
    """Write the events of a campaign as JSON lines; return how many.

    Raises:
        NotFoundError: there is no such campaign.
    """
    events = ledger.events(slug)
    if not events:
        raise NotFoundError(f"there is no campaign {slug!r} in the ledger")
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="utf-8") as file:
        for event in events:
            file.write(canonical_json(event.model_dump(mode="json", by_alias=True)) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return len(events)


def upgrade(url: str) -> tuple[str | None, str | None]:
    """Bring a database to this release; return its revision before and after."""
    engine = connect(url)
    try:
        before, _ = migration.revisions(engine)
        migration.upgrade(engine)
        return before, migration.revisions(engine)[0]
    finally:
        engine.dispose()
