"""A cursor for systems that number their changes, and the batch that says all of one order."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from loop.core.canonical import digest
from loop.core.result import LabResult, Outcome, ResultBatch
from loop.errors import AdapterError, Problem


@dataclass(frozen=True)
class FeedCursor:
    """How far a numbered list of changes was read.

    Attributes:
        newest: Number of the last change that was read; 0 before the first.
        early: Order ids that were changed there before they were known here: the reply to a
            submission was lost, and the lab was quick. Without them their results would be passed.
    """

    newest: int = 0
    early: tuple[str, ...] = ()

    @classmethod
    def read(cls, cursor: str | None) -> "FeedCursor":
        """Return the cursor that `text` wrote.

        Raises:
            AdapterError: it is of another kind of lab system.
        """
        if cursor is None:
            return cls()
        try:
            known = json.loads(cursor)
            return cls(int(known["newest"]), tuple(map(str, known["early"])))
        except (ValueError, KeyError, TypeError) as error:
            raise AdapterError(
                f"the cursor {cursor[:80]!r} was not written by this kind of lab system",
                hint="a campaign that changes its [lims] kind starts reading from the beginning",
            ) from error

    def news(self, changed: Iterable[str], known: Collection[str]) -> list[str]:
        """Return the order ids to look at now: changed, now or before, and known here."""
        return sorted({*changed, *self.early} & set(known))

    def advanced(self, newest: int, changed: Iterable[str], known: Collection[str]) -> "FeedCursor":
        """Return the cursor after reading up to change number `newest`."""
        early = sorted({*changed, *self.early} - set(known))
        return FeedCursor(max(self.newest, newest), tuple(early))

    def text(self) -> str:
        """Return it as a cursor."""
        return json.dumps({"newest": self.newest, "early": self.early}, separators=(",", ":"))


def snapshot(
    system: str,
    namespace: str,
    order_id: str,
    results: Sequence[LabResult],
    problems: Sequence[Problem] = (),
) -> ResultBatch:
    """Return the batch that holds everything valid that a lab holds for one order.

    Args:
        system: What people call it.
        namespace: What every result id begins with.
        order_id: The order.
        results: All valid results of it; not used where there are problems.
        problems: Why it cannot be accepted.
    """
    return ResultBatch(
        token=order_id,
        source=f"{system}, {order_id}",
        content_digest=_said(results, problems),
        results=() if problems else tuple(results),
        problems=tuple(problems),
        snapshot_of=(order_id,),
        namespace=namespace,
    )


def gone(system: str, namespace: str, order_id: str) -> ResultBatch:
    """Return the batch of an order whose sample the lab no longer shows: a person must look.

    It is no snapshot: a sample may be deleted by mistake, or hidden from our account, and what
    was measured on it stands until a person withdraws it.

    Args:
        system: What people call it.
        namespace: What every result id begins with.
        order_id: The order.
    """
    missing = LabResult(
        order_id=order_id,
        result_id=f"{namespace}{order_id}/gone",
        outcome=Outcome.NEEDS_FOLLOW_UP,
        note=f"{system} no longer shows the sample of this order; what was recorded of it stands",
        place="sample",
    )
    return ResultBatch(
        token=order_id,
        source=f"{system}, {order_id}",
        content_digest=_said([missing]),
        results=(missing,),
        namespace=namespace,
    )


def _said(results: Sequence[LabResult], problems: Sequence[Problem] = ()) -> str:
    return digest("\n".join([*(r.model_dump_json() for r in results), *map(str, problems)]))
