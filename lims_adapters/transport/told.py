"""A cursor for systems whose changes cannot be asked for: what was told of each order."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from loop.errors import AdapterError


@dataclass(frozen=True)
class Told:
    """A mark of what was told of each order that was seen at the lab.

    Everything is looked at in every poll, and what has the mark of the last time is left out. No
    clock, ours or the lab's, is involved.

    Attributes:
        system: Name in the cursor, so that another kind of lab refuses it.
        orders: Order id to the mark of what was told of it; "" for one that was only seen.
    """

    system: str
    orders: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None, system: str) -> "Told":
        """Return what `text` wrote.

        Raises:
            AdapterError: the cursor is of another kind of lab system.
        """
        if cursor is None:
            return cls(system)
        try:
            return cls(system, {str(k): str(v) for k, v in json.loads(cursor)[system].items()})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AdapterError(
                f"the cursor {cursor[:80]!r} was not written by this kind of lab system",
                hint="a campaign that changes its [lims] kind starts reading from the beginning",
            ) from error

    def text(self) -> str | None:
        """Return it as a cursor; None before anything was seen."""
        if not self.orders:
            return None
        return json.dumps({self.system: dict(sorted(self.orders.items()))}, separators=(",", ":"))
