"""A cursor for systems that cannot tell when something changed.

It remembers of each order what was last read of it, as a short digest. No clock takes part, so
that neither a wrong one nor a late edit can hide a change.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from loop.core.canonical import digest
from loop.errors import AdapterError

_LENGTH: Final = 12


def fingerprint(content: str) -> str:
    """Return a short digest of what was read; 48 bits, so that two versions hardly collide."""
    return digest(content)[:_LENGTH]


@dataclass(frozen=True)
class Fingerprints:
    """What was read of each order.

    Attributes:
        known: Fingerprint by the digest of the order's id, so that a cursor over a thousand
            orders stays small.
    """

    known: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> "Fingerprints":
        """Return what `text` wrote.

        Raises:
            AdapterError: the cursor is of another kind of lab system.
        """
        if cursor is None:
            return cls()
        try:
            known = json.loads(cursor)["fingerprints"]
            return cls({str(name): str(seen) for name, seen in known.items()})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AdapterError(
                f"the cursor {cursor[:80]!r} was not written by this kind of lab system",
                hint="a campaign that changes its [lims] kind starts reading from the beginning",
            ) from error

    def of(self, name: str) -> str:
        """Return the fingerprint of an order; empty if nothing was read of it."""
        return self.known.get(fingerprint(name), "")

    def advanced(self, read: Mapping[str, str]) -> "Fingerprints":
        """Return them after reading orders, given as fingerprint by order id."""
        return Fingerprints({**self.known, **{fingerprint(n): seen for n, seen in read.items()}})

    def text(self) -> str | None:
        """Return them as a cursor; None before anything was read."""
        if not self.known:
            return None
        return json.dumps({"fingerprints": dict(sorted(self.known.items()))}, separators=(",", ":"))
