"""Weighted particles: effective size, the next temperature, and resampling.

Log weights need not be normalised. All draws take their randomness from a generator handed in.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.generation_ports import Vector

Places = NDArray[np.intp]
_BISECTIONS: Final = 60


def normalised(log_weights: Vector) -> Vector:
    """Return the weights, summing to 1, shape `(n,)`; at least one must be finite."""
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def effective_size(log_weights: Vector) -> float:
    """Return 1 / sum(w^2) of the normalised weights, from 1 to n (Kish; Liu 2001)."""
    return float(1.0 / np.square(normalised(log_weights)).sum())


def conditional_share(log_weights: Vector, increments: Vector) -> float:
    """Return the conditional effective size after `increments`, as a share of 1.

    Zhou, Johansen and Aston, J. Comput. Graph. Stat. 25, 701 (2016), eq. 3.17:
    (sum W v)^2 / sum W v^2. It measures the step alone, so that weights that were uneven before
    do not bring the schedule to a halt.
    """
    w = normalised(log_weights)
    v = np.exp(increments - increments.max())
    return float((w @ v) ** 2 / (w @ v**2))


def next_beta(log_weights: Vector, log_likelihood: Vector, beta: float, share: float) -> float:
    """Return the largest inverse temperature in [beta, 1] that keeps the effective size.

    Args:
        log_weights: Of the particles at `beta`, shape `(n,)`.
        log_likelihood: Of the particles, finite, shape `(n,)`.
        beta: Where the schedule stands.
        share: Conditional effective size to keep, in (0, 1); found by bisection.
    """
    if conditional_share(log_weights, (1.0 - beta) * log_likelihood) >= share:
        return 1.0
    low, high = beta, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if conditional_share(log_weights, (middle - beta) * log_likelihood) >= share:
            low = middle
        else:
            high = middle
    return low


def systematic(weights: Vector, size: int, rng: np.random.Generator) -> Places:
    """Draw `size` places in proportion to weights by one uniform number.

    Each place comes floor or ceil of `size` times its weight times (Kitagawa 1996).
    """
    edges = np.cumsum(weights)
    points = (rng.random() + np.arange(size)) / size * edges[-1]
    # A rounding of the last point past the last edge would name a place that is not there.
    places: Places = np.minimum(np.searchsorted(edges, points, side="right"), len(weights) - 1)
    return places


def distinct(log_weights: Vector, size: int, rng: np.random.Generator) -> tuple[Places, Vector]:
    """Thin particles to `size` places, none twice, with weights that are right on average.

    Fearnhead and Clifford, J. R. Stat. Soc. B 65, 887 (2003), section 4: with c the root of
    sum(min(c w, 1)) = size, particles of weight at least 1/c are kept with it, and of the others
    a systematic draw gets 1/c each. Among structures a copy carries no information, so ordinary
    resampling would waste the population on twins.

    Returns:
        Places, sorted, and their log weights, `(size,)` or fewer if fewer have any weight.
    """
    w = normalised(log_weights)
    alive = np.flatnonzero(w)
    if len(alive) <= size:
        return alive, np.log(w[alive])
    threshold = _threshold(w, size)
    heavy = w >= threshold
    light = np.flatnonzero(~heavy)
    left = size - int(heavy.sum())
    drawn = light[systematic(w[light], left, rng)] if left else light[:0]
    places = np.union1d(np.flatnonzero(heavy), drawn)
    return places, np.log(np.maximum(w[places], threshold))


def _threshold(weights: Vector, size: int) -> float:
    """Return 1/c: with k heavy ones, c (sum of the light weights) = size - k."""
    falling = np.sort(weights)[::-1]
    lighter = np.concatenate([np.cumsum(falling[::-1])[::-1], [0.0]])
    k = np.arange(size)
    candidates = lighter[:size] / (size - k)
    consistent = falling[:size] < candidates
    # If all the light ones together are lost in rounding, only the heaviest are left to keep.
    return float(candidates[np.argmax(consistent)] if consistent.any() else falling[size - 1])
