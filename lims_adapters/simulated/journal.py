"""The simulated lab's own memory: what it was asked, and how late it is there."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_COMPUTED = -1
"""In place of the due tick that older releases wrote: it follows from the arrival."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sample (
    number INTEGER PRIMARY KEY, order_id TEXT NOT NULL, content TEXT NOT NULL, due INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS attempt (what TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), tick INTEGER NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);
CREATE TABLE IF NOT EXISTS arrival (number INTEGER PRIMARY KEY, tick INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refusal (
    order_id TEXT NOT NULL, content TEXT NOT NULL, tick INTEGER NOT NULL,
    PRIMARY KEY (order_id, content)
);
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

    def add_sample(self, order_id: str, content: str, *, once: bool) -> int:
        """Write down a sample that comes now; return its number.

        Args:
            order_id: The order.
            content: The order, as JSON.
            once: Return the sample that is there already, if there is one.
        """
        with self._open() as db:
            # Two workers at once must not both find that there is none.
            db.execute("BEGIN IMMEDIATE")
            query = "SELECT min(number) FROM sample WHERE order_id = ?"
            known = db.execute(query, (order_id,)).fetchone()[0]
            if once and known is not None:
                return int(known)
            tick = int(db.execute("SELECT tick FROM clock").fetchone()[0])
            cursor = db.execute(
                "INSERT INTO sample (order_id, content, due) VALUES (?, ?, ?)",
                (order_id, content, _COMPUTED),
            )
            number = int(cursor.lastrowid or 0)
            db.execute("INSERT INTO arrival VALUES (?, ?)", (number, tick))
            return number

    def samples(self, order_id: str) -> list[int]:
        """Return the numbers of the samples of an order, oldest first."""
        with self._open() as db:
            query = "SELECT number FROM sample WHERE order_id = ? ORDER BY number"
            return [int(row[0]) for row in db.execute(query, (order_id,))]

    def orders(self) -> list[tuple[str, int, int]]:
        """Return content, arrival and, from older releases, due tick of every order, as they came.

        Of several samples of one order the first one counts. The arrival is -1 in a journal that
        an older release wrote; there the due tick tells.
        """
        with self._open() as db:
            query = (
                "SELECT content, coalesce(arrival.tick, -1), due, min(sample.number) AS first "
                "FROM sample LEFT JOIN arrival USING (number) GROUP BY order_id ORDER BY first"
            )
            return [(str(r[0]), int(r[1]), int(r[2])) for r in db.execute(query)]

    def refuse(self, order_id: str, content: str, tick: int) -> None:
        """Take note that the loop refused an answer; the same one counts once."""
        with self._open() as db:
            db.execute("INSERT OR IGNORE INTO refusal VALUES (?, ?, ?)", (order_id, content, tick))

    def refusals(self) -> dict[str, tuple[int, ...]]:
        """Return order id to the ticks at which an answer to it was refused, oldest first."""
        found: dict[str, tuple[int, ...]] = {}
        with self._open() as db:
            for order_id, tick in db.execute("SELECT order_id, tick FROM refusal ORDER BY tick"):
                found[str(order_id)] = (*found.get(str(order_id), ()), int(tick))
        return found
