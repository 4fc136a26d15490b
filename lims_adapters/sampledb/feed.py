"""How far SampleDB's log of changes was read: by its own numbers, never by a clock."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lims_adapters.sampledb.stored import LogEntry
from loop.errors import AdapterError

OVERLAP: Final = 200


@dataclass(frozen=True)
class FeedMark:
    """The cursor.

    A number is given when an entry is written and can be read when its transaction ends, so a
    smaller one may come to light after a larger one: the last numbers are asked for again, and
    what was read is dropped.

    Attributes:
        newest: Largest number read.
        seen: Numbers read among the last `OVERLAP`.
        told: Order id to the digest of its last snapshot, of the orders that changed lately.
        early: Order ids that changed before they were known here: the reply to a submission was
            lost, and the lab was quick. Without them their results would be passed over.
    """

    newest: int = 0
    seen: frozenset[int] = frozenset()
    told: Mapping[str, str] = field(default_factory=dict)
    early: frozenset[str] = frozenset()

    @classmethod
    def read(cls, cursor: str | None) -> "FeedMark":
        """Return the mark that `text` wrote.

        Raises:
            AdapterError: the cursor is of another kind of lab system.
        """
        if cursor is None:
            return cls()
        try:
            known = json.loads(cursor)
            seen = frozenset(int(number) for number in known["seen"])
            early = frozenset(map(str, known["early"]))
            return cls(int(known["newest"]), seen, dict(known["told"]), early)
        except (ValueError, KeyError, TypeError) as error:
            raise AdapterError(
                f"the cursor {cursor[:80]!r} was not written by a SampleDB",
                hint="a campaign that changes its [lims] kind starts reading from the beginning",
            ) from error

    @property
    def since(self) -> int:
        """The number after which to ask."""
        return max(0, self.newest - OVERLAP)

    def news(self, entries: Iterable[LogEntry]) -> list[LogEntry]:
        """Return the entries that were not read yet."""
        return [entry for entry in entries if entry.entry_id not in self.seen]

    def advanced(
        self, entries: Iterable[LogEntry], told: Mapping[str, str], early: Iterable[str]
    ) -> "FeedMark":
        """Return the mark after reading entries and telling of orders, not yet of `early`."""
        numbers = {entry.entry_id for entry in entries} | self.seen
        newest = max([self.newest, *numbers])
        seen = frozenset(number for number in numbers if number > newest - OVERLAP)
        merged = {k: v for k, v in self.told.items() if k not in told} | dict(told)
        kept = dict(list(merged.items())[-OVERLAP:])
        return FeedMark(newest, seen, kept, frozenset(early))

    def text(self) -> str | None:
        """Return it as a cursor; None before anything was read."""
        if not self.newest:
            return None
        known = {
            "newest": self.newest,
            "seen": sorted(self.seen),
            "told": dict(self.told),
            "early": sorted(self.early),
        }
        return json.dumps(known, separators=(",", ":"))
