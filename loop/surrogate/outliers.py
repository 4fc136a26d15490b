"""Observations that all the others contradict: found, given their own noise, named; never dropped.

Relevance pursuit: Ament, Santorella, Eriksson, Letham, Balandat, Bakshy, NeurIPS 2024
(arXiv:2410.24222). Every observation may have a noise variance of its own beside the common one;
one after another gets the one that raises the likelihood most, with the hyperparameters refitted
each time, and how many are kept is decided by the evidence along that path. The best own variance
of one observation is known in closed form: what its left-out error squared exceeds its left-out
variance by.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from loop.surrogate.inference import Posterior
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import GaussianMixture, Members
from loop.surrogate.observed import LEAST_NOISE, Observed
from loop.surrogate.store import Array

TOLD_FROM: Final = 10
"""Fewest observations among which an outlier can be told."""
_MOST: Final = 5
_PRICE: Final = 5.0
_PATIENCE: Final = 3
_LEAST_AWAY: Final = 3.5


@dataclass(frozen=True)
class _Step:
    """One model on the path.

    Attributes:
        observed: The observations with their own variances.
        score: Log evidence per unit of the property, less the price of the outliers, in nats.
        error: Left-out errors, in units of the scale, shape `(n,)`.
        variance: Left-out variances without own variances, same unit squared, shape `(n,)`.
    """

    observed: Observed
    score: float
    error: Array
    variance: Array

    @property
    def away(self) -> Array:
        """Left-out errors in standard deviations, shape `(n,)`."""
        return np.asarray(np.abs(self.error) / np.sqrt(self.variance))


def with_outliers(observed: Observed, kernel: KernelSum) -> Observed:
    """Return the observations with a variance of its own for each outlier, standardised anew.

    At most a fifth of the observations can be outliers. Each costs 5 nats of evidence, which a
    single one earns from about 3.8 left-out standard deviations on, and all that are kept lie at
    least 3.5 away in the end.

    Args:
        observed: At least 10 observations; fewer are returned as they are.
        kernel: What the values are expected to vary with.

    Raises:
        ModelError: no hyperparameters could be fitted.
    """
    n = len(observed.y)
    if n < TOLD_FROM:
        return observed
    path = [_step(observed, kernel)]
    for k in range(n // _MOST):
        suspect = _furthest(path[-1])
        best = int(np.argmax([step.score for step in path]))
        # Outliers hide each other, so that the first few need not pay.
        if suspect is None or k - best >= _PATIENCE:
            break
        marked = ~path[-1].observed.trusted
        marked[suspect] = True
        path.append(_step(_own_noise(path[-1], marked), kernel))
    return _confirmed(max(path, key=lambda step: step.score), kernel).observed


def _step(observed: Observed, kernel: KernelSum) -> _Step:
    o = observed
    tables = o.store.tables(kernel.keys, o.rows, o.rows)
    fit = Posterior(kernel, tables, o.z, o.noise_floor, o.added).maximum()
    mixture = GaussianMixture(
        o.store, kernel, Members(fit.theta[None], np.ones(1)), o.rows, o.z, o.added
    )
    mean, variance = mixture.leave_one_out()
    own = np.zeros(len(o.y)) if o.slack is None else o.slack
    score = fit.evidence - len(o.y) * math.log(o.scale) - _PRICE * float((own > 0).sum())
    return _Step(o, score, o.z - mean[0], np.maximum(variance[0] - own, LEAST_NOISE))


def _furthest(step: _Step) -> int | None:
    """Return the trusted observation that its own variance would help most, if any."""
    o = step.observed
    away = np.where(o.trusted, step.away, 0.0)
    # The row decides between equals, so that the order of observations does not.
    best = int(np.lexsort((o.rows, -away))[0])
    rest = o.y[o.trusted & (np.arange(len(o.y)) != best)]
    return best if away[best] > 1.0 and np.ptp(rest) > 0 else None


def _own_noise(step: _Step, marked: np.ndarray) -> Observed:
    """Return the observations with own variances for the marked, on the scale of the others."""
    o = step.observed
    others = o.y[~marked]
    offset = math.fsum(others) / len(others)
    scale = math.sqrt(math.fsum((others - offset) ** 2) / (len(others) - 1))
    ratio = (o.scale / scale) ** 2
    own = np.maximum(step.error**2 - step.variance, step.variance)
    floor = o.noise_floor if o.noise_floor == LEAST_NOISE else min(o.noise_floor * ratio, 1.0)
    return replace(
        o,
        offset=offset,
        scale=scale,
        noise_floor=max(floor, LEAST_NOISE),
        extra=None if o.extra is None else o.extra * ratio,
        slack=np.where(marked, own * ratio, 0.0) if marked.any() else None,
    )


def _confirmed(step: _Step, kernel: KernelSum) -> _Step:
    """Return the model without outliers that it no longer finds far away."""
    while (marked := ~step.observed.trusted).any():
        away = np.where(marked, step.away, np.inf)
        if away.min() >= _LEAST_AWAY:
            break
        marked[int(np.lexsort((step.observed.rows, away))[0])] = False
        step = _step(_own_noise(step, marked), kernel)
    return step
