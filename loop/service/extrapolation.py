"""Where a proposed candidate stands to what was measured, so that nobody trusts a guess."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import ApplicabilityDomain, Choice, FittedSurrogate
from loop.core.proposal import ProposalItem


@dataclass(frozen=True)
class Standing:
    """See `loop.core.ports.Trust`; nothing is set where the model does not say.

    Attributes:
        distance: To the nearest observed candidate.
        leverage: Share of variance that the observations leave open.
        outside: Whether the candidate lies outside what was measured.
        beyond: In which way it does; empty if it does not.
    """

    distance: float | None = None
    leverage: float | None = None
    outside: bool | None = None
    beyond: str = ""


def standings(
    fitted: FittedSurrogate, choices: Sequence[Choice], y: NDArray[np.float64]
) -> list[Standing]:
    """Return where each choice stands.

    Args:
        fitted: The model; one that is no `ApplicabilityDomain` says nothing.
        choices: What the acquisition chose.
        y: The measured values, in the property's unit, shape `(n,)`.
    """
    if not choices or not isinstance(fitted, ApplicabilityDomain):
        return [Standing() for _ in choices]
    trust = fitted.trust(np.array([choice.row for choice in choices], dtype=np.intp))
    return [
        Standing(
            float(distance),
            float(leverage),
            bool(outside),
            _beyond(choice.mean, y) if outside else "",
        )
        for choice, distance, leverage, outside in zip(
            choices, trust.distance, trust.leverage, trust.outside, strict=True
        )
    ]


def _beyond(mean: float | None, y: NDArray[np.float64]) -> str:
    if mean is not None and mean > y.max():
        return "above everything measured"
    if mean is not None and mean < y.min():
        return "below everything measured"
    return "unlike anything measured"


def extrapolation_notices(items: Sequence[ProposalItem]) -> list[str]:
    """Return how many of a batch lie outside, if any do."""
    outside = sum(item.outside is True for item in items)
    if not outside:
        return []
    one = outside == 1
    told = f"{outside} of {len(items)} candidates {'lies' if one else 'lie'}"
    so = "its interval is" if one else "their intervals are"
    return [f"{told} outside the range of what was measured: {so} no calibrated probability"]
