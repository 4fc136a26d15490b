"""The lease: one worker per campaign, so that the lab gets no order twice.

A row with an expiry that a thread keeps moving. A worker that was killed is recognised at once on
the same host, because its process is gone; on another host after the lease ran out.
"""

import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from loop.errors import LeaseHeldError
from loop.ledger import tables as t

SECONDS = 60.0


def process_start(pid: int, processes: Path = Path("/proc")) -> str:
    """Return a mark that tells a process from a later one of the same number; "" if it is gone.

    Where the system has no `/proc` (macOS), the mark only says that the process is alive.
    """
    if (processes / "self").exists():
        try:
            return (processes / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[19]
        except (OSError, IndexError):
            return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"


@dataclass
class RowLease:
    """A held lease."""

    engine: sa.Engine
    campaign: str
    owner: str
    token: str
    _stop: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Return if the lease still holds.

        Raises:
            LeaseHeldError: it ran out and another worker has it.
        """
        with self.engine.connect().execution_options(read_only=True) as connection:
            row = (
                connection.execute(sa.select(t.lease).where(t.lease.c.campaign == self.campaign))
                .mappings()
                .first()
            )
        if row is None or row["token"] != self.token:
            raise LeaseHeldError(
                f"campaign {self.campaign!r}: this worker lost its lease; nothing was sent",
                hint="another worker goes on; start this one again if that was not meant",
            )

    def keep(self) -> None:
        """Move the expiry until `release`; runs in a thread of its own."""
        while not self._stop.wait(SECONDS / 4):
            # A database that does not answer for a moment must not end the thread: the lease
            # lasts longer than four of these beats, and `check` decides what holds.
            with suppress(sa.exc.SQLAlchemyError), self.engine.begin() as connection:
                connection.execute(
                    sa.update(t.lease)
                    .where(t.lease.c.token == self.token)
                    .values(expires_at=time.time() + SECONDS)
                )

    def release(self) -> None:
        """Give the campaign back."""
        self._stop.set()
        with self.engine.begin() as connection:
            connection.execute(sa.delete(t.lease).where(t.lease.c.token == self.token))


def take(engine: sa.Engine, campaign: str) -> RowLease:
    """Return the lease of a campaign.

    Raises:
        LeaseHeldError: another worker holds it.
    """
    host, pid = socket.gethostname(), os.getpid()
    lease = RowLease(engine, campaign, f"{host}:{pid}", uuid.uuid4().hex)
    new = {
        "campaign": campaign,
        "token": lease.token,
        "host": host,
        "pid": pid,
        "process_start": process_start(pid),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "expires_at": time.time() + SECONDS,
    }
    try:
        with engine.begin() as connection:
            query = sa.select(t.lease).where(t.lease.c.campaign == campaign).with_for_update()
            row = connection.execute(query).mappings().first()
            if row is not None and not _stale(row, host):
                raise _held(row)
            connection.execute(sa.delete(t.lease).where(t.lease.c.campaign == campaign))
            connection.execute(sa.insert(t.lease).values(**new))
    except sa.exc.IntegrityError as cause:
        raise LeaseHeldError(
            f"campaign {campaign!r}: another worker was a moment faster"
        ) from cause
    threading.Thread(target=lease.keep, daemon=True, name=f"lease {campaign}").start()
    return lease


def _stale(row: sa.RowMapping, host: str) -> bool:
    if row["expires_at"] < time.time():
        return True
    return bool(row["host"] == host and process_start(row["pid"]) != row["process_start"])


def _held(row: sa.RowMapping) -> LeaseHeldError:
    until = datetime.fromtimestamp(row["expires_at"], UTC).isoformat(timespec="seconds")
    return LeaseHeldError(
        f"campaign {row['campaign']!r} is served by the worker with process {row['pid']} on "
        f"{row['host']}, since {row['since']}; its lease lasts until {until} unless renewed",
        hint="wait for it, or stop that process",
    )
