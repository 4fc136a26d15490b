"""Results that nobody would have foretold: shown to people, never refused, never changed.

A surprise is either the discovery that the search is for, or a swapped sample, a wrong unit, a
spoilt film. Which one it is only the lab can say, so it is asked.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from loop.core.objective import Property
from loop.core.proposal import ProposalItem
from loop.core.result import Measurement
from loop.core.state import CampaignState, OrderRecord, RoundRecord

AWAY: Final = 4.0
"""Standard deviations from the prediction at which a result is surprising: 1 in 16,000 results if
they were Gaussian. Predictions of a young model are not, hence the floor in `_spread`."""

APART: Final = 5.0
"""Standard deviations between one repeat and the mean of the others: noise is stated roughly."""


@dataclass(frozen=True)
class Surprise:
    """One result that a person should look at.

    Attributes:
        order_id: Its order.
        label: Its candidate.
        property: What was measured.
        text: What is odd about it, in words.
    """

    order_id: str
    label: str
    property: str
    text: str


def surprises(state: CampaignState) -> tuple[Surprise, ...]:
    """Return the surprising results that nobody has remarked on yet, in the order of the orders.

    A comment about an order says that somebody looked.
    """
    looked_at = {comment.about for comment in state.comments}
    return tuple(
        found
        for order_id, record in state.orders.items()
        if order_id not in looked_at
        for found in _of_order(state, record)
    )


def _of_order(state: CampaignState, record: OrderRecord) -> Iterator[Surprise]:
    order = record.order
    for request in order.requests:
        spec = state.definition.properties[request.property]
        values = [
            m
            for m in state.valid_measurements(order.order_id, request.property)
            if m.qualifier == "="
        ]
        texts = [_repeats(values, spec)]
        if request.property == state.definition.objective.property and values:
            made_by = state.rounds[order.round_number]
            item = made_by.items.get(order.candidate.candidate_id)
            texts.append(_unforeseen(values, spec, made_by, item))
        for text in filter(None, texts):
            yield Surprise(order.order_id, order.candidate.label, request.property, text)


def _unforeseen(
    values: list[Measurement], spec: Property, made_by: RoundRecord, item: ProposalItem | None
) -> str:
    """Say how far a result lies from what the model foretold before it was ordered, if too far."""
    if item is None or item.mean is None or item.sd is None or item.outside:
        return ""
    value = math.fsum(m.value for m in values) / len(values)
    spread = _spread(values, spec, made_by, item.sd, value)
    away = abs(value - item.mean) / spread if spread > 0 else 0.0
    if away < AWAY:
        return ""
    return (
        f"{value:.4g} {spec.unit} was measured and {item.mean:.4g} ± {spread:.2g} foretold, "
        f"{away:.1f} standard deviations away: a discovery or a mistake"
    )


def _spread(
    values: list[Measurement], spec: Property, made_by: RoundRecord, sd: float, value: float
) -> float:
    """Return the standard deviation of a result about its prediction, in the property's unit.

    It is at least the error with which the model foretold what it had left out: an interval of a
    model that is surer than it is right would flag everything.
    """
    noises = [m.sd if m.sd is not None else spec.noise_at(value) or 0.0 for m in values]
    noise = math.sqrt(math.fsum(n * n for n in noises)) / len(noises)
    left_out = made_by.report.rmse if made_by.report is not None else 0.0
    return max(math.hypot(sd, noise), left_out)


def _repeats(values: list[Measurement], spec: Property) -> str:
    """Say which repeat disagrees with the others, if one does and the noise is stated."""
    if len(values) < 2:
        return ""
    numbers = np.array([m.value for m in values])
    others = (numbers.sum() - numbers) / (len(numbers) - 1)
    middle = float(np.median(numbers))
    noise = spec.noise_at(middle)
    if not noise:
        return ""
    away = np.abs(numbers - others) / (noise * math.sqrt(1 + 1 / (len(numbers) - 1)))
    if away.max() < APART:
        return ""
    shown = ", ".join(f"{n:.4g}" for n in numbers)
    return (
        f"repeats of one sample disagree, {shown} {spec.unit}: {away.max():.1f} standard "
        "deviations apart"
    )
