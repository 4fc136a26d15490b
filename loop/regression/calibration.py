"""Whether intervals hold what they say: leave-one-out and k-fold, with a verdict in words.

Reliability diagrams: Kuleshov, Fenner, Ermon, ICML 2018 (arXiv:1807.00263).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from loop.core.base import Frozen
from loop.core.proposal import ParityPoint
from loop.report import model_words

LEVELS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
Z90: Final = float(norm.ppf(0.95))


class Reliability(Frozen):
    """Predictions of observations by models that did not see them.

    Attributes:
        n: How many.
        rmse: Root mean squared error, in the property's unit.
        r2: Coefficient of determination; None when all observations are equal.
        levels: Central probabilities of intervals.
        inside: Share of observations inside the interval of each.
        coverage90: The share at 90 %.
        verdict: Whether the intervals hold, in one sentence.
    """

    n: int
    rmse: float
    r2: float | None
    levels: tuple[float, ...]
    inside: tuple[float, ...]
    coverage90: float
    verdict: str


class Calibration(Frozen):
    """Both ways of leaving out.

    Attributes:
        leave_one_out: By the formulas of the surrogate; hyperparameters have seen all.
        k_fold: By refits that saw nothing of the fold; None with too few observations.
        folds: Number of folds.
        points: Predictions behind `k_fold`.
    """

    leave_one_out: Reliability
    k_fold: Reliability | None
    folds: int
    points: tuple[ParityPoint, ...]


def reliability(points: Sequence[ParityPoint]) -> Reliability:
    """Return what predictions with their standard deviations, noise included, are worth."""
    observed = np.array([p.observed for p in points])
    predicted = np.array([p.predicted for p in points])
    away = np.abs(observed - predicted) / np.array([p.sd for p in points])
    error = observed - predicted
    spread = float(((observed - observed.mean()) ** 2).sum())
    return Reliability(
        n=len(points),
        rmse=float(np.sqrt((error**2).mean())),
        r2=1.0 - float((error**2).sum()) / spread if spread > 0 else None,
        levels=LEVELS,
        inside=tuple(_inside(away, level) for level in LEVELS),
        coverage90=_inside(away, 0.9),
        verdict=verdict(round(_inside(away, 0.9) * len(points)), len(points)),
    )


def _inside(away: NDArray[np.float64], level: float) -> float:
    return float(np.mean(away <= norm.ppf(0.5 + level / 2)))


def verdict(inside: int, n: int) -> str:
    """Return whether 90 % intervals hold, from how many of n observations they held."""
    told = f"{inside} of {n} observations ({inside / n:.0%}) lie in their 90 % interval"
    return f"{told}: {model_words.verdict(inside, n)}"
