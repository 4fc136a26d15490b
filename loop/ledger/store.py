"""The event store: facts are appended, all or none, after the version that was looked at."""

import platform
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import metadata

import sqlalchemy as sa

from loop.core.canonical import canonical_json
from loop.core.events import Actor, Event, EventBody
from loop.core.machine import fold
from loop.core.ports import Appended, Clock, Lease
from loop.core.state import CampaignState
from loop.errors import ConflictError
from loop.ledger import lease, migration, projection
from loop.ledger import tables as t
from loop.ledger.chain import event_digest, to_event
from loop.ledger.database import connect

_NAMED = ("synthloop", "botorch", "rdkit", "torch")


@lru_cache(maxsize=1)
def software_versions() -> dict[str, str]:
    """Return the releases that decide what the program computes; nothing is imported for it."""
    found = {"python": platform.python_version()}
    for name in _NAMED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


class SqlLedger:
    """The ledger in SQLite or Postgres.

    Raises:
        SchemaVersionError: the database is of another release; a new one is set up silently.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self.engine = connect(url)
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, tuple[list[Event], CampaignState]] = {}
        migration.ensure_current(self.engine)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection.execution_options(read_only=True)

    def events(self, campaign: str, after: int = 0) -> list[Event]:
        """Return the events with `seq > after`, in order; empty if there is no such campaign."""
        with self._reading() as connection:
            return _events(connection, campaign, after)

    def version(self, campaign: str) -> int:
        """Return the campaign's version; 0 if there is no such campaign."""
        with self._reading() as connection:
            return _head(connection, campaign)[0]

    def campaigns(self) -> list[str]:
        """Return the slugs of all campaigns, sorted."""
        with self._reading() as connection:
            query = sa.select(t.event.c.campaign).where(t.event.c.seq == 1)
            return sorted(connection.execute(query).scalars())

    def find_command(self, command_id: str) -> int | None:
        """Return the version a command led to, or None if it is not known."""
        with self._reading() as connection:
            query = sa.select(sa.func.max(t.event.c.seq)).where(t.event.c.command_id == command_id)
            found: int | None = connection.execute(query).scalar()
            return found

    @contextmanager
    def lease(self, campaign: str) -> Iterator[Lease]:
        """Hold the campaign for this worker while the context lasts.

        Raises:
            LeaseHeldError: another worker holds it.
        """
        held = lease.take(self.engine, campaign)
        try:
            yield held
        finally:
            held.release()

    def append(
        self,
        campaign: str,
        expected_version: int,
        command_id: str,
        actor: Actor,
        bodies: Sequence[EventBody],
    ) -> Appended:
        """Write events after `expected_version`, with their read tables, all or none.

        Raises:
            ConflictError: the campaign is at another version; the message says what came between.
        """
        try:
            with self.engine.begin() as connection:
                known = _by_command(connection, command_id)
                if known:
                    return Appended(known[-1].seq, tuple(known), repeated=True)
                version, head = _head(connection, campaign)
                if version != expected_version:
                    raise _stale(connection, campaign, expected_version, version)
                rows = self._rows(campaign, version, head, command_id, actor, bodies)
                connection.execute(sa.insert(t.event), rows)
                events = _events(connection, campaign, version)
                projection.write(connection, self._state_with(connection, campaign, events))
        except sa.exc.IntegrityError:
            # Postgres lets two transactions read the same head; the primary key lets one win.
            with self._reading() as connection:
                known = _by_command(connection, command_id)
                if known:
                    return Appended(known[-1].seq, tuple(known), repeated=True)
                version, _ = _head(connection, campaign)
                raise _stale(connection, campaign, expected_version, version) from None
        return Appended(version + len(events), tuple(events))

    def _rows(
        self,
        campaign: str,
        version: int,
        head: str,
        command_id: str,
        actor: Actor,
        bodies: Sequence[EventBody],
    ) -> list[dict[str, str | int]]:
        time = self._clock.now().isoformat()
        rows: list[dict[str, str | int]] = []
        for ordinal, body in enumerate(bodies):
            row: dict[str, str | int] = {
                "campaign": campaign,
                "seq": version + 1 + ordinal,
                "command_id": command_id,
                "ordinal": ordinal,
                "kind": body.kind,
                "body": canonical_json(body.model_dump(mode="json", by_alias=True)),
                "actor_name": actor.name,
                "actor_kind": actor.kind,
                "time": time,
                "versions": canonical_json(software_versions()),
                "previous_digest": head,
            }
            head = event_digest(row)
            rows.append(row | {"digest": head})
        return rows

    def _state_with(
        self, connection: sa.Connection, campaign: str, fresh: list[Event]
    ) -> CampaignState:
        """Return the state after `fresh`. It is folded from what is stored, never from memory
        alone: the remembered events count only if they end where `fresh` begins.
        """  # noqa: D205
        with self._lock:
            known, _ = self._states.get(campaign, ([], None))
        if not known or known[-1].digest != fresh[0].previous_digest:
            known = _events(connection, campaign, 0)[: -len(fresh)]
        events = [*known, *fresh]
        state = fold(events)
        with self._lock:
            self._states[campaign] = (events, state)
        return state


def _head(connection: sa.Connection, campaign: str) -> tuple[int, str]:
    query = (
        sa.select(t.event.c.seq, t.event.c.digest)
        .where(t.event.c.campaign == campaign)
        .order_by(t.event.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (0, "") if row is None else (row.seq, row.digest)


def _events(connection: sa.Connection, campaign: str, after: int) -> list[Event]:
    query = (
        sa.select(t.event)
        .where(t.event.c.campaign == campaign, t.event.c.seq > after)
        .order_by(t.event.c.seq)
    )
    return [to_event(row) for row in connection.execute(query).mappings()]


def _by_command(connection: sa.Connection, command_id: str) -> list[Event]:
    query = sa.select(t.event).where(t.event.c.command_id == command_id).order_by(t.event.c.ordinal)
    return [to_event(row) for row in connection.execute(query).mappings()]


def _stale(connection: sa.Connection, campaign: str, expected: int, version: int) -> ConflictError:
    between = _events(connection, campaign, expected)
    what = "; ".join(f"{e.seq} {e.body.kind} by {e.actor.name}" for e in between[:5])
    return ConflictError(
        f"campaign {campaign!r} is at version {version}, you looked at {expected}; "
        f"meanwhile: {what or 'nothing'}. Nothing was recorded",
        hint="look again and repeat what you wanted",
    )
