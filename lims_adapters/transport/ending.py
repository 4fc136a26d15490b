"""What a status word of the lab comes to, in the light of the values that are there."""

from collections.abc import Mapping, Sequence

from lims_adapters.transport.mapping import Meaning, ended
from loop.core.order import WorkOrder
from loop.core.result import LabResult, Outcome


def ending(
    order: WorkOrder,
    word: str,
    meanings: Mapping[str, Meaning],
    results: Sequence[LabResult],
    result_id: str,
) -> LabResult | None:
    """Return how an order ended, or what a person has to look at; None: nothing to say.

    A sample that was measured and then thrown away has not failed. One that is called failed
    though it has all its values, or done though it has not, is for a person to look at.

    Args:
        order: The order.
        word: Where it stands, in the lab's word.
        meanings: The mapping.
        results: All valid values there.
        result_id: Id of the answer, with the namespace.
    """
    outcome, note = ended(word, meanings)
    open_ones = missing(order, results)
    if outcome is None and _means(word, meanings) == "measured" and open_ones:
        outcome = Outcome.NEEDS_FOLLOW_UP
        note = f"status {word!r} at the lab, but no value of {', '.join(open_ones)}"
    elif outcome is Outcome.CANCELLED and not open_ones:
        outcome = None
    elif outcome in {Outcome.FAILED_SYNTHESIS, Outcome.FAILED_MEASUREMENT} and not open_ones:
        outcome = Outcome.NEEDS_FOLLOW_UP
        note = f"status {word!r} at the lab, though every value is there"
    if outcome is None:
        return None
    return LabResult(
        order_id=order.order_id, result_id=result_id, outcome=outcome, raw=word, note=note,
        place="status",
    )  # fmt: skip


def missing(order: WorkOrder, results: Sequence[LabResult]) -> list[str]:
    """Return what was asked for and has no value yet, in words."""
    have = {(result.property, result.replicate) for result in results if result.value is not None}
    found = []
    for request in order.requests:
        n_have = sum(name == request.property for name, _ in have)
        if n_have < request.replicates:
            count = f" ({n_have} of {request.replicates})" if request.replicates > 1 else ""
            found.append(f"{request.property}{count}")
    return found


def _means(word: str, meanings: Mapping[str, Meaning]) -> str:
    known = {key.casefold(): meaning for key, meaning in meanings.items()}
    return known.get(word.strip().casefold(), "")


def explained(ended_as: LabResult | None, stage: str, reason: str) -> LabResult | None:
    """Return an ending with the reason that the lab wrote down.

    Args:
        ended_as: The ending that the status word says.
        stage: "synthesis" or "measurement" if the lab said where it failed, else empty.
        reason: Its words.
    """
    if ended_as is None:
        return None
    outcome = ended_as.outcome
    failed = {"synthesis": Outcome.FAILED_SYNTHESIS, "measurement": Outcome.FAILED_MEASUREMENT}
    if outcome in failed.values():
        outcome = failed.get(stage, outcome)
    note = f"{ended_as.note}: {reason}" if reason else ended_as.note
    return ended_as.model_copy(update={"outcome": outcome, "note": note})
