"""What the scatter of replicates says about the noise of their means."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WORTH: Final = 8.0
"""Degrees of freedom that a prior variance counts for beside the scatter of one candidate."""


def noise_of_means(
    values: Sequence[Sequence[float]], stated: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Return the noise variance of each candidate's mean, or None where nothing is known of it.

    One candidate has too few replicates to know its own variance. The variance pooled over all of
    them is the prior of each, and each one's own scatter is shrunk towards it: v_i = (d0 v0 +
    d_i s_i^2) / (d0 + d_i), with d_i = r_i - 1 and d0 = 8 (the moderated variance of Smyth,
    Statistical Applications in Genetics and Molecular Biology 3 (2004) 3, eq. 5, with d0 given).
    Candidates without replicates have the prior. The variance of a mean is v_i / r_i.

    Where the lab states its noise, replicates can raise all of it by one factor, never lower it:
    repeats of one sample do not show what differs between samples.

    Args:
        values: Measurements of each candidate, n lists of at least one.
        stated: Variance of one measurement of each, as stated, shape `(n,)`, squared unit; None
            where it is not stated for all.

    Returns:
        Shape `(n,)`, squared unit.
    """
    counts = np.array([len(v) for v in values], dtype=np.float64)
    scatter = np.array([_squares(v) for v in values])
    free = counts - 1.0
    if stated is None:
        if not free.any():
            return None
        prior = np.full(len(values), math.fsum(scatter) / free.sum())
    else:
        # A stated noise of 0 is not raised by a factor; its own scatter still counts below.
        relative = np.divide(scatter, stated, out=np.zeros_like(scatter), where=stated > 0)
        factor = (_WORTH + math.fsum(relative)) / (_WORTH + free[stated > 0].sum())
        prior = stated * max(1.0, factor)
    own = (_WORTH * prior + scatter) / (_WORTH + free)
    if stated is not None:
        own = np.maximum(own, stated)
    return np.asarray(own / counts)


def _squares(values: Sequence[float]) -> float:
    """Return the sum of squares about the mean, whatever the order of the values."""
    mean = math.fsum(values) / len(values)
    return math.fsum((v - mean) ** 2 for v in values)
