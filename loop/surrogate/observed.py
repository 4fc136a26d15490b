"""Observations as every surrogate takes them: checked, standardised, with their features."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.errors import ModelError
from loop.surrogate.store import Array, FeatureStore, Index

LEAST_NOISE: Final = 1e-5


@dataclass(frozen=True)
class Observed:
    """Standardised observations.

    Attributes:
        store: Features of the pool.
        digest: Digest of those features.
        rows: Pool rows, shape `(n,)`.
        ids: Their candidates.
        y: Values in the property's unit, shape `(n,)`.
        offset: Their mean.
        scale: Their sample sd (divisor n - 1), or what is expected of it; 1 when all are equal.
        noise_floor: Least known noise variance in units of `scale`^2, at least 1e-5, at most 1.
        extra: Known noise variance of each observation above the floor, in units of `scale`^2,
            shape `(n,)`; None where all are alike or nothing is known.
        slack: Further variance of observations taken for outliers, in units of `scale`^2, 0 for
            the others, shape `(n,)`; None where there are none.
    """

    store: FeatureStore
    digest: str
    rows: Index
    ids: tuple[str, ...]
    y: Array
    offset: float
    scale: float
    noise_floor: float
    extra: Array | None = None
    slack: Array | None = None

    @property
    def added(self) -> Array | None:
        """Noise variance beside the learned one, in units of `scale`^2, shape `(n,)`, if any."""
        if self.extra is None or self.slack is None:
            return self.slack if self.extra is None else self.extra
        return self.extra + self.slack

    @property
    def usual_extra(self) -> float:
        """Mean of `extra`: what a further observation like these would have."""
        return 0.0 if self.extra is None else math.fsum(self.extra) / len(self.extra)

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Which observations are not taken for outliers, shape `(n,)`."""
        n = len(self.y)
        return np.ones(n, dtype=np.bool_) if self.slack is None else self.slack == 0

    def levelled(self) -> "Observed":
        """Return the same with the mean noise for all, for models that know one noise only."""
        if self.extra is None:
            return self
        floor = min(self.noise_floor + self.usual_extra, 1.0)
        return replace(self, noise_floor=floor, extra=None)

    @property
    def z(self) -> Array:
        """Standardised values, shape `(n,)`."""
        return (self.y - self.offset) / self.scale

    @property
    def constant(self) -> bool:
        """Whether all observations are equal, so that nothing can be learned."""
        return bool(np.ptp(self.y) == 0)


def observe(
    features: FeatureMatrix,
    store: FeatureStore,
    rows: Rows,
    data: TrainingData,
    minimum: int,
    least_scale: float = 0.0,
) -> Observed:
    """Return the observations; `rows[i]` is the pool row of `data.y[i]`.

    Args:
        features: The pool.
        store: The same, prepared.
        rows: Observed pool rows.
        data: Their values.
        minimum: Fewest observations that will do.
        least_scale: Least `scale`, in the property's unit: few values can lie close together by
            chance.

    Raises:
        ModelError: too few, non-finite or undescribed observations.
    """
    _check(features, rows, data, minimum)
    # Exact sums: the order of observations must not change a bit.
    offset = math.fsum(data.y) / len(data)
    variance = math.fsum((data.y - offset) ** 2) / (len(data) - 1)
    scale = max(math.sqrt(variance), least_scale) if np.ptp(data.y) > 0 else 1.0
    floor, extra = LEAST_NOISE, None
    if data.noise_variance is not None and np.ptp(data.y) > 0:
        known = np.maximum(data.noise_variance / scale**2, LEAST_NOISE)
        floor = float(min(known.min(), 1.0))
        extra = known - known.min() if np.ptp(known) > 0 else None
    at = np.asarray(rows, dtype=np.intp)
    y = np.array(data.y, dtype=np.float64)
    return Observed(store, features.digest, at, data.candidate_ids, y, offset, scale, floor, extra)


def _check(features: FeatureMatrix, rows: Rows, data: TrainingData, minimum: int) -> None:
    if len(data) < minimum:
        raise ModelError(
            f"{len(data)} observations; this surrogate needs at least {minimum}",
            hint="measure more of the initial design",
        )
    if len(rows) != len(data):
        raise ModelError(f"{len(rows)} rows for {len(data)} observations")
    if data.noise_variance is not None:
        wrong = ~(np.isfinite(data.noise_variance) & (data.noise_variance >= 0))
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise ModelError(
                f"the noise variance of {data.candidate_ids[i]} is {data.noise_variance[i]:g}; "
                "expected a finite number, 0 or more"
            )
    if not np.isfinite(data.y).all():
        bad = data.candidate_ids[int(np.flatnonzero(~np.isfinite(data.y))[0])]
        raise ModelError(
            f"the observation of {bad} is not a finite number", hint="withdraw or correct it"
        )
    undescribed = [int(r) for r in rows if int(r) in features.failures]
    if undescribed:
        raise ModelError(
            f"pool row {undescribed[0]} was measured but has no features: "
            f"{features.failures[undescribed[0]]}"
        )
