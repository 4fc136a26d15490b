"""Connections: one engine per address, with what SQLite and Postgres need to be safe."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event

from loop.errors import LedgerError, MissingExtraError

BUSY_TIMEOUT_MS = 30_000


def connect(url: str) -> sa.Engine:
    """Return an engine for an address.

    SQLite: write-ahead log, full synchronisation (a lab result is worth an fsync), and
    transactions that take the write lock at once, so that waiting replaces failing.

    Raises:
        LedgerError: the address cannot be read.
        MissingExtraError: it names Postgres and psycopg is not installed.
    """
    for alias in ("postgres://", "postgresql://"):
        if url.startswith(alias):
            url = "postgresql+psycopg://" + url.removeprefix(alias)
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as cause:
        raise LedgerError(
            f"database address {url!r} cannot be read",
            hint="expected sqlite:///path/to/ledger.db or postgresql://user@host/name",
        ) from cause
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend != "postgresql":
        raise LedgerError(f"database {backend!r} is not supported", hint="use SQLite or Postgres")
    try:
        return sa.create_engine(parsed, pool_pre_ping=True, isolation_level="READ COMMITTED")
    except ModuleNotFoundError as cause:
        raise MissingExtraError(
            "Postgres needs the package psycopg", hint='pip install "synthloop[postgres]"'
        ) from cause


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @sa_event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        del record
        # Transactions are begun by us, below: the driver's own begin takes no write lock.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @sa_event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        mode = "" if connection.get_execution_options().get("read_only") else "IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine
