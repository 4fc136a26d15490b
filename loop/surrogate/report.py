"""How far a fitted surrogate can be trusted, judged by predictions that leave one out."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.proposal import ModelReport, ParityPoint
from loop.surrogate.observed import Observed

Vector = NDArray[np.float64]
_Z90: Final = 1.6448536269514722
_JUDGED_FROM: Final = 10
_WIDENED_FROM: Final = 20
_LEAST_COVERAGE: Final = 0.75


@dataclass(frozen=True)
class LeftOut:
    """Predictions of observations by models that did not see them, in the property's unit.

    Attributes:
        mean: Shape `(n,)`.
        sd: Noise included, before any widening, shape `(n,)`.
    """

    mean: Vector
    sd: Vector

    def coverage(self, y: Vector, widening: float = 1.0) -> float:
        """Return the share of observations inside their 90 % interval."""
        return float(np.mean(np.abs(y - self.mean) <= _Z90 * widening * self.sd))

    def widening(self, y: Vector) -> float:
        """Return the factor on every sd that makes the 90 % intervals hold; 1 where they do.

        Only from 20 observations on and where fewer than 75 % are inside: the share is too
        uncertain to act upon otherwise.
        """
        if len(y) < _WIDENED_FROM or self.coverage(y) >= _LEAST_COVERAGE:
            return 1.0
        away = np.abs(y - self.mean) / self.sd
        return max(1.0, float(np.quantile(away, 0.9, method="higher")) / _Z90)


def model_report(
    kind: str, observed: Observed, left_out: LeftOut, settings: dict[str, float]
) -> ModelReport:
    """Return the report of a surrogate from its leave-one-out predictions.

    Outliers are among the points and named in the warnings; the figures are of the others.
    """
    trusted = observed.trusted
    points = zip(observed.ids, observed.y, left_out.mean, left_out.sd, strict=True)
    outliers = [point for point, kept in zip(points, trusted, strict=True) if not kept]
    everything = left_out
    left_out = LeftOut(left_out.mean[trusted], left_out.sd[trusted])
    y, mean = observed.y[trusted], left_out.mean
    n = len(y)
    rmse = float(np.sqrt(np.mean((y - mean) ** 2)))
    others = (y.sum() - y) / (n - 1)
    rmse_of_mean = float(np.sqrt(np.mean((y - others) ** 2)))
    spread = float(np.sum((y - y.mean()) ** 2))
    r2 = None if observed.constant else 1.0 - float(np.sum((y - mean) ** 2)) / spread
    widening = left_out.widening(y)
    warnings = []
    if observed.constant:
        warnings.append("all observations are equal: the model has learned nothing")
    elif (r2 is not None and r2 <= 0) or rmse >= rmse_of_mean:
        warnings.append("no better than predicting the mean: treat the proposals as exploration")
    warnings += _about_coverage(left_out.coverage(y), widening, n)
    warnings += [_about_outlier(*point) for point in outliers]
    warnings += observed.store.notices
    parity = tuple(
        ParityPoint(candidate_id=i, observed=float(o), predicted=float(p), sd=float(s))
        for i, o, p, s in zip(
            observed.ids, observed.y, everything.mean, widening * everything.sd, strict=True
        )
    )
    return ModelReport(
        surrogate=kind,
        n_observations=len(observed.y),
        r2=r2,
        rmse=rmse,
        rmse_of_mean=rmse_of_mean,
        coverage90=left_out.coverage(y, widening),
        parity=parity,
        hyperparameters=settings,
        warnings=tuple(warnings),
        widening=widening,
        outliers=tuple(candidate_id for candidate_id, *_ in outliers),
    )


def _about_coverage(coverage: float, widening: float, n: int) -> list[str]:
    told = f"only {coverage:.0%} of observations lie in their 90 % interval"
    if widening > 1.0:
        return [f"{told}: every standard deviation was widened by {widening:.2f}"]
    if n >= _JUDGED_FROM and coverage < _LEAST_COVERAGE:
        return [told]
    return ["too few observations to judge"] if n < 5 else []


def _about_outlier(candidate_id: str, y: float, mean: float, sd: float) -> str:
    return (
        f"the observation of {candidate_id}, {y:.4g}, is {abs(y - mean) / sd:.1f} standard "
        f"deviations from what the others say, {mean:.4g} ± {sd:.2g}: taken for an outlier and "
        "given little weight; measure it again, correct or withdraw it"
    )
