"""The cursor of a system without one: what was told of each order, to compare with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from loop.errors import AdapterError


@dataclass(frozen=True)
class Told:
    """What was told of each order that was seen at the lab.

    Kadi4Mat has stamps, but a link that is made or cut and a record that is deleted move none
    that can be asked for; so everything is looked at, and what was told is left out.

    Attributes:
        orders: Order id to the digest of its last snapshot; "" for one without any results yet.
    """

    orders: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> "Told":
        """Return what `text` wrote.

        Raises:
            AdapterError: the cursor is of another kind of lab system.
        """
        if cursor is None:
            return cls()
        try:
            return cls({str(k): str(v) for k, v in json.loads(cursor)["kadi"].items()})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AdapterError(
                f"the cursor {cursor[:80]!r} was not written by a Kadi4Mat",
                hint="a campaign that changes its [lims] kind starts reading from the beginning",
            ) from error

    def text(self) -> str | None:
        """Return it as a cursor; None before anything was seen."""
        if not self.orders:
            return None
        return json.dumps({"kadi": dict(sorted(self.orders.items()))}, separators=(",", ":"))
