"""What was delivered and answered, so that a repetition is answered alike."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """What a sender is told.

    Attributes:
        status: HTTP status.
        body: JSON text.
    """

    status: int
    body: str


@dataclass(frozen=True)
class Delivery:
    """One delivery that was answered.

    Attributes:
        digest: SHA-256 of path and body.
        answer: The first answer.
    """

    digest: str
    answer: Answer


class DeliveryBook:
    """Deliveries by sender and nonce, in a file of the state folder.

    Only final answers are kept: what failed for a passing reason may be tried again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._open()) as book, book:
            book.execute(
                "CREATE TABLE IF NOT EXISTS delivery (sender TEXT, nonce TEXT, digest TEXT, "
                "status INTEGER, answer TEXT, PRIMARY KEY (sender, nonce))"
            )

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30.0)

    def find(self, sender: str, nonce: str) -> Delivery | None:
        """Return the delivery of that nonce, if it was answered."""
        query = "SELECT digest, status, answer FROM delivery WHERE sender = ? AND nonce = ?"
        with closing(self._open()) as book:
            row = book.execute(query, (sender, nonce)).fetchone()
        return None if row is None else Delivery(row[0], Answer(int(row[1]), row[2]))

    def keep(self, sender: str, nonce: str, delivery: Delivery) -> None:
        """Keep an answer; the first one of a nonce stays."""
        with closing(self._open()) as book, book:
            book.execute(
                "INSERT OR IGNORE INTO delivery VALUES (?, ?, ?, ?, ?)",
                (sender, nonce, delivery.digest, delivery.answer.status, delivery.answer.body),
            )
