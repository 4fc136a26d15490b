"""Centres and scales of columns."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Quartiles of a normal distribution are this many standard deviations apart.
_IQR: Final = 1.3489795003921634


def varying(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which columns have two different values, shape `(d,)`.

    Args:
        values: Shape `(n, d)`.
        missing: Which of them do not count, same shape.
    """
    low = np.where(missing, np.inf, values).min(axis=0)
    high = np.where(missing, -np.inf, values).max(axis=0)
    varies: NDArray[np.bool_] = high > low
    return varies


def centre_and_scale(
    values: NDArray[np.float64], kind: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centre and scale of each column, both shape `(d,)`, the scale positive.

    Args:
        values: Shape `(n, d)`, finite.
        kind: "standard": mean and sd. "robust": median and the distance of the quartiles, as the
            sd of a normal distribution; the sd where they are equal. "none": 0 and 1.
    """
    d = values.shape[1]
    if kind == "none":
        return np.zeros(d), np.ones(d)
    deviation = values.std(axis=0)
    # Two numbers may differ while their deviation underflows.
    deviation = np.where(deviation > 0, deviation, 1.0)
    if kind == "standard":
        return values.mean(axis=0), deviation
    low, centre, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    spread = (high - low) / _IQR
    return centre, np.where(spread > 0, spread, deviation)


def scaled_and_clipped(
    values: NDArray[np.float64],
    centre: NDArray[np.float64],
    scale: NDArray[np.float64],
    clip: float | None,
) -> NDArray[np.float64]:
    """Return columns in scales from their centres, shape `(n, d)`, within `clip` if given."""
    scaled: NDArray[np.float64] = (values - centre) / scale
    return scaled if clip is None else np.clip(scaled, -clip, clip)
