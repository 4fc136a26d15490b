"""How far a fitted Gaussian process can be trusted: leave-one-out in closed form."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.proposal import ModelReport, ParityPoint

Vector = NDArray[np.float64]
_Z90: Final = 1.6448536269514722


def leave_one_out(covariance: NDArray[np.float64], y: Vector) -> tuple[Vector, Vector]:
    """Return mean and sd of each y given the others.

    Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), eq. 5.10-5.12.

    Args:
        covariance: Shape `(n, n)`, noise included.
        y: Shape `(n,)`, prior mean removed.
    """
    inverse = np.linalg.inv(covariance)
    precision = np.diag(inverse)
    return y - inverse @ y / precision, np.sqrt(1.0 / precision)


def model_report(
    ids: tuple[str, ...], y: Vector, predicted: tuple[Vector, Vector], settings: dict[str, float]
) -> ModelReport:
    """Return the report of leave-one-out predictions `(mean, sd)`, in the property's unit."""
    mean, sd = predicted
    n = len(y)
    rmse = float(np.sqrt(np.mean((y - mean) ** 2)))
    others = (y.sum() - y) / (n - 1)
    rmse_of_mean = float(np.sqrt(np.mean((y - others) ** 2)))
    spread = float(np.sum((y - y.mean()) ** 2))
    constant = bool(np.ptp(y) == 0)
    r2 = None if constant else 1.0 - float(np.sum((y - mean) ** 2)) / spread
    coverage = float(np.mean(np.abs(y - mean) <= _Z90 * sd))
    warnings = []
    if constant:
        warnings.append("all observations are equal: the model has learned nothing")
    elif (r2 is not None and r2 <= 0) or rmse >= rmse_of_mean:
        warnings.append("no better than predicting the mean: treat the proposals as exploration")
    if n >= 10 and not 0.75 <= coverage <= 1.0:
        warnings.append(f"only {coverage:.0%} of observations lie in their 90 % interval")
    if n < 5:
        warnings.append("too few observations to judge")
    parity = tuple(
        ParityPoint(candidate_id=i, observed=float(o), predicted=float(p), sd=float(s))
        for i, o, p, s in zip(ids, y, mean, sd, strict=True)
    )
    return ModelReport(
        surrogate="gp",
        n_observations=n,
        r2=r2,
        rmse=rmse,
        rmse_of_mean=rmse_of_mean,
        coverage90=coverage,
        parity=parity,
        hyperparameters=settings,
        warnings=tuple(warnings),
    )
