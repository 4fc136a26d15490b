"""The likelihood that a measurement falls where it is wanted, exact far into both tails.

A property is predicted as N(mean, sd^2), sd including the noise of a measurement; a region is
wanted of it (Ikebata et al., J. Comput.-Aided Mol. Des. 31, 379 (2017), eq. 6). A difference of
two cumulative probabilities is 0 from about 8 sd on, which leaves a search without direction just
where it starts; here the logarithm is exact up to 30 sd and goes on along a line beyond.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr, ndtr

from loop.core.generation_ports import Vector

EXACT_TO: Final = 30.0
"""Distance of the mean from the region, in sd, up to which the logarithm is exact."""

# Derivative of -log P at that distance: the hazard x + 1/x - 2/x^3 of a normal tail.
_SLOPE: Final = EXACT_TO + 1 / EXACT_TO - 2 / EXACT_TO**3
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_LOG_ROOT_2PI: Final = 0.5 * np.log(2 * np.pi)
_MOST: Final = 1e300


def log_interval(low: ArrayLike, high: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Vector:
    """Return log P(low <= y <= high), y ~ N(mean, sd^2), finite everywhere.

    Args:
        low: Lower end, may be minus infinity; broadcast with the others.
        high: Upper end above `low`, may be infinity.
        mean: Predicted means, finite.
        sd: Standard deviations with noise, positive.

    Returns:
        float64 of the common shape; exact to 1e-12 relative while the mean is within
        `EXACT_TO` sd of the interval, and falling linearly with the distance beyond.
    """
    low, high, mean, sd = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.float64) for x in (low, high, mean, sd))
    )
    with np.errstate(over="ignore"):
        a, b, width = ((low - mean) / sd, (high - mean) / sd, (high - low) / sd)
    a, b = (np.clip(x, -_MOST, _MOST) for x in (a, b))
    mirrored = a + b > 0
    a, b = np.where(mirrored, -b, a), np.where(mirrored, -a, b)
    beyond = np.maximum(-EXACT_TO - b, 0.0)
    near = b + beyond
    # Of two huge distances the difference is lost; the width is known apart from them.
    far = np.where(beyond > 0, near - width, a)
    return np.asarray(_log_mass(far, near, width) - _SLOPE * beyond)


def _log_mass(a: Vector, b: Vector, width: Vector) -> Vector:
    """Return log(Phi(b) - Phi(a)) for a + b <= 0, `width` being b - a before rounding."""
    narrow = width * np.maximum(1.0, np.maximum(np.abs(b), 0.5 * width)) < 1.0
    inside = ~narrow & (b > 0)
    outside = ~narrow & (b <= 0)
    result = np.empty(a.shape)
    result[narrow] = _by_quadrature(b[narrow], width[narrow])
    # With the mean inside, the two outer tails are taken from 1: no digit of them is lost.
    result[inside] = np.log1p(-(ndtr(a[inside]) + ndtr(-b[inside])))
    upper, lower = log_ndtr(b[outside]), log_ndtr(a[outside])
    result[outside] = upper + np.log1p(-np.exp(lower - upper))
    return result


def _by_quadrature(b: Vector, width: Vector) -> Vector:
    # Two nearly equal logarithms would cancel: the density is summed over the interval instead.
    half = 0.5 * width
    middle = b - half
    t = half[:, None] * _NODES
    total = (np.exp(-middle[:, None] * t - 0.5 * t**2) * _WEIGHTS).sum(1)
    return np.asarray(-0.5 * middle**2 - _LOG_ROOT_2PI + np.log(half * total))


def log_sigmoid(logit: ArrayLike) -> Vector:
    """Return log(1 / (1 + exp(-logit))), shape kept, without overflow on either side."""
    x = np.asarray(logit, dtype=np.float64)
    return np.asarray(np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x))))


def moderated(logit: Vector, sd: Vector) -> Vector:
    """Return the logit whose sigmoid is about the mean sigmoid of N(logit, sd^2).

    MacKay, Neural Comput. 4, 720 (1992): logit / sqrt(1 + pi sd^2 / 8).
    """
    return np.asarray(logit / np.sqrt(1.0 + np.pi * sd**2 / 8.0))
