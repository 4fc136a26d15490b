"""Expected improvement of single candidates, stable far into the tails.

Logarithm of EI after Ament et al., NeurIPS 2023 (arXiv:2310.20708), eq. 9.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, log_ndtr, ndtr, ndtri

from loop.core.objective import Objective, TargetRange

Vector = NDArray[np.float64]
_FAR: Final = -1e3
_QUANTILES: Final = 512


def log_h(u: Vector) -> Vector:
    """Return log(phi(u) + u Phi(u)), shape kept."""
    u = np.asarray(u, dtype=np.float64)
    log_phi = -0.5 * u**2 - 0.5 * math.log(2 * math.pi)
    near = np.maximum(u, -1.0)
    direct = np.log(np.exp(-0.5 * near**2) / math.sqrt(2 * math.pi) + near * ndtr(near))
    middle = np.clip(u, _FAR, -1.0)
    tail = np.log1p(middle * math.sqrt(math.pi / 2) * erfcx(-middle / math.sqrt(2)))
    far = np.minimum(u, _FAR)
    last = -2 * np.log(-far) + np.log1p(-3 / far**2)
    return np.where(u > -1.0, direct, log_phi + np.where(u > _FAR, tail, last))


def log_between(low: float, high: float, mean: Vector, sd: Vector) -> Vector:
    """Return log P(low <= y <= high), y ~ N(mean, sd^2), shape of `mean`."""
    a, b = (low - mean) / sd, (high - mean) / sd
    flip = a + b > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    upper, lower = log_ndtr(b), log_ndtr(a)
    return np.asarray(upper + np.log(-np.expm1(np.minimum(lower - upper, -1e-300))))


def log_score(objective: Objective, mean: Vector, sd: Vector, best: float) -> Vector:
    """Return log expected improvement, or for a range log P(inside), shape of `mean`."""
    if isinstance(objective, TargetRange):
        return log_between(objective.low, objective.high, mean, sd)
    return log_h((objective.signed(mean) - best) / sd) + np.log(sd)


def chance_to_improve(objective: Objective, mean: Vector, sd: Vector, best: float) -> Vector:
    """Return P(utility > best); for a range already reached, P(inside it)."""
    if isinstance(objective, TargetRange):
        slack = max(-best, 0.0)
        low, high = objective.low - slack, objective.high + slack
        return np.exp(log_between(low, high, mean, sd))
    return np.asarray(ndtr((objective.signed(mean) - best) / sd))


def explore_share(objective: Objective, mean: Vector, sd: Vector, best: float) -> Vector:
    """Return the share of EI owed to sd, in [0, 1]: 1 - max(u(mean) - best, 0) / EI."""
    gain = np.maximum(objective.signed(mean) - best, 0.0)
    if isinstance(objective, TargetRange):
        z = ndtri((np.arange(_QUANTILES) + 0.5) / _QUANTILES)
        expected = np.maximum(objective.signed(mean[:, None] + sd[:, None] * z) - best, 0).mean(1)
    else:
        expected = np.exp(log_score(objective, mean, sd, best))
    share = np.ones(len(mean))
    np.divide(gain, expected, out=share, where=expected > 0)
    return np.where(expected > 0, np.clip(1.0 - share, 0.0, 1.0), 1.0)
