"""The cursor of a system whose stamps cannot be trusted to move: what was told of each order."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from loop.core.result import ResultBatch
from loop.errors import AdapterError

_SHOWN: Final = 16


@dataclass(frozen=True)
class Told:
    """What was told of each order that was seen at the lab.

    For systems in which something that counts (an archived result, a cut link, a deleted sample)
    moves no stamp that can be asked for: everything is looked at, and what was told is left out.

    Attributes:
        system: Name of the kind of system, so that no other kind goes on from its cursor.
        orders: Order id to the digest of its last snapshot; "" for one without any results yet.
    """

    system: str
    orders: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, system: str, cursor: str | None) -> "Told":
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
                f"the cursor {cursor[:80]!r} was not written by the adapter {system!r}",
                hint="a campaign that changes its [lims] kind starts reading from the beginning",
            ) from error

    def knows(self, order_id: str) -> bool:
        """Whether the lab had this order before."""
        return order_id in self.orders

    def compared(self, batches: Iterable[ResultBatch]) -> "tuple[tuple[ResultBatch, ...], Told]":
        """Return the batches that say something else than before, and what is told then.

        Args:
            batches: One for each order that the lab has, or had; its token is the order id.
        """
        told, news = dict(self.orders), []
        for batch in batches:
            order_id = batch.token
            known = self.orders.get(order_id, "")
            # A sample that only was made is no news.
            says_something = bool(batch.results or batch.problems or known)
            told[order_id] = batch.content_digest[:_SHOWN] if says_something else ""
            if told[order_id] != known:
                news.append(batch)
        return tuple(news), Told(self.system, told)

    def text(self) -> str | None:
        """Return it as a cursor; None before anything was seen."""
        if not self.orders:
            return None
        return json.dumps({self.system: dict(sorted(self.orders.items()))}, separators=(",", ":"))
