"""The simulated lab's own memory: what it was asked, and how late it is there."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sample (
    number INTEGER PRIMARY KEY, order_id TEXT NOT NULL, content TEXT NOT NULL, due INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS attempt (what TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), tick INTEGER NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);
"""


class Journal:
    """Survives the death of the worker, as a real lab does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as db:
            db.executescript(_SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=30)
        try:
            with db:
                yield db
        finally:
            db.close()

    def tick(self) -> int:
        """Return the present tick of the lab's clock."""
        with self._open() as db:
            return int(db.execute("SELECT tick FROM clock").fetchone()[0])

    def advance(self, tick: int) -> None:
        """Move the clock; it never goes back."""
        with self._open() as db:
            db.execute("UPDATE clock SET tick = max(tick, ?)", (tick,))

    def attempt(self, what: str) -> int:
        """Count one more attempt at something; return which one it is, from 1."""
        with self._open() as db:
            db.execute(
                "INSERT INTO attempt VALUES (?, 1) "
                "ON CONFLICT (what) DO UPDATE SET count = count + 1",
                (what,),
            )
            query = "SELECT count FROM attempt WHERE what = ?"
            return int(db.execute(query, (what,)).fetchone()[0])

    def add_sample(self, order_id: str, content: str, due: int) -> int:
        """Write down a sample; return its number."""
        with self._open() as db:
            cursor = db.execute(
                "INSERT INTO sample (order_id, content, due) VALUES (?, ?, ?)",
                (order_id, content, due),
            )
            return int(cursor.lastrowid or 0)

    def samples(self, order_id: str) -> list[int]:
        """Return the numbers of the samples of an order, oldest first."""
        with self._open() as db:
            query = "SELECT number FROM sample WHERE order_id = ? ORDER BY number"
            return [int(row[0]) for row in db.execute(query, (order_id,))]

    def orders(self) -> list[tuple[str, str, int]]:
        """Return order id, content and due tick of the first sample of every order."""
        with self._open() as db:
            query = "SELECT order_id, content, due, min(number) FROM sample GROUP BY order_id"
            rows = sorted(db.execute(query), key=lambda row: int(row[3]))
            return [(str(r[0]), str(r[1]), int(r[2])) for r in rows]
