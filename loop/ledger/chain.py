"""The chain: each event's digest covers its content and the digest of the event before."""

import json
from typing import Any

import sqlalchemy as sa

from loop.core.canonical import canonical_json, digest
from loop.core.events import Actor, Event
from loop.core.upgrade import read_body


def event_digest(row: dict[str, Any]) -> str:
    """Return the digest of a stored event, from the text as it is stored."""
    covered = (
        "campaign", "seq", "command_id", "ordinal", "kind", "body",
        "actor_name", "actor_kind", "time", "versions", "previous_digest",
    )  # fmt: skip
    return digest(canonical_json({name: row[name] for name in covered}))


def to_event(row: sa.RowMapping) -> Event:
    """Return the event of a stored row, its body upgraded to the current format."""
    return Event(
        campaign=row["campaign"],
        seq=row["seq"],
        command_id=row["command_id"],
        actor=Actor(name=row["actor_name"], kind=row["actor_kind"]),
        time=row["time"],
        versions=json.loads(row["versions"]),
        previous_digest=row["previous_digest"],
        digest=row["digest"],
        body=read_body(json.loads(row["body"])),
    )
