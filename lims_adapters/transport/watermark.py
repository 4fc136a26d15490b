"""A cursor for systems that only know when something was last changed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loop.errors import AdapterError

_OVERLAP = timedelta(hours=2)


@dataclass(frozen=True)
class Watermark:
    """How far a system was read, in its own time.

    Only the server's stamps are compared with each other, never with our clock. What was changed
    within the overlap before the newest stamp is read again, because a transaction may commit
    after one with a later stamp, and known versions are dropped.

    Attributes:
        newest: Latest stamp seen, None before the first read.
        seen: Version of everything changed within the overlap, by its name there.
    """

    newest: datetime | None = None
    seen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> "Watermark":
        """Return the watermark that `text` wrote.

        Raises:
            AdapterError: the cursor is of another kind of lab system.
        """
        if cursor is None:
            return cls()
        try:
            known = json.loads(cursor)
            return cls(datetime.fromisoformat(known["newest"]), dict(known["seen"]))
        except (ValueError, KeyError, TypeError) as error:
            raise AdapterError(
                f"the cursor {cursor[:80]!r} was not written by this kind of lab system",
                hint="a campaign that changes its [lims] kind starts reading from the beginning",
            ) from error

    def since(self) -> datetime | None:
        """Return from which stamp on to ask; None: from the beginning."""
        return None if self.newest is None else self.newest - _OVERLAP

    def is_news(self, name: str, version: str) -> bool:
        """Whether this version of an object was not read yet."""
        return self.seen.get(name) != version

    def advanced(self, changes: Iterable[tuple[str, str, datetime]]) -> "Watermark":
        """Return the watermark after reading (name, version, stamp) of objects."""
        read = {name: (version, stamp) for name, version, stamp in changes}
        stamps = [stamp for _, stamp in read.values()]
        newest = max([*stamps, *([self.newest] if self.newest else [])], default=None)
        if newest is None:
            return self
        fresh = {n: v for n, (v, stamp) in read.items() if stamp >= newest - _OVERLAP}
        return Watermark(newest, dict(sorted(fresh.items())))

    def text(self) -> str | None:
        """Return it as a cursor; None before anything was read."""
        if self.newest is None:
            return None
        known = {"newest": self.newest.isoformat(), "seen": dict(self.seen)}
        return json.dumps(known, sort_keys=True, separators=(",", ":"))
