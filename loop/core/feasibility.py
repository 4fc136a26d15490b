"""Which candidates could be made so far, and which could not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.core.state import CampaignState, OrderRecord, OrderStatus

FAILED = 0
MADE = 1


@dataclass(frozen=True)
class FeasibilityLabels:
    """One label per candidate whose order says whether it can be made.

    Attributes:
        candidate_ids: Length n, sorted.
        labels: 1 made, 0 failed, shape `(n,)`.
    """

    candidate_ids: tuple[str, ...]
    labels: NDArray[np.intp]

    @property
    def n_made(self) -> int:
        """Candidates that were made."""
        return int((self.labels == MADE).sum())

    @property
    def n_failed(self) -> int:
        """Candidates that could not be made."""
        return int((self.labels == FAILED).sum())


def feasibility_labels(
    state: CampaignState, *, measurement_failures: bool = False
) -> FeasibilityLabels:
    """Return what the orders say of which candidates can be made.

    A failed synthesis is a failure. A value, even one withdrawn later, or a failed measurement
    means that there was something to measure. An order that was cancelled, refused by the lab's
    system or is still running says nothing. Reasons are free text and are not interpreted: a lab
    that spilled a flask records the order as cancelled. What was made once can be made.

    Args:
        state: The campaign.
        measurement_failures: A failed measurement counts as a failure too.
    """
    found: dict[str, int] = {}
    measured = {record.current.order_id for record in state.measurements.values()}
    for key, record in state.orders.items():
        label = _label(record, has_value=key in measured, strict=measurement_failures)
        if label is not None:
            candidate = record.order.candidate.candidate_id
            found[candidate] = max(label, found.get(candidate, FAILED))
    ids = tuple(sorted(found))
    return FeasibilityLabels(ids, np.array([found[i] for i in ids], dtype=np.intp))


def _label(record: OrderRecord, *, has_value: bool, strict: bool) -> int | None:
    if has_value:
        return MADE
    if record.status is not OrderStatus.FAILED:
        return None
    if record.failure_stage == "synthesis":
        return FAILED
    if record.failure_stage == "measurement":
        return FAILED if strict else MADE
    return None
