"""Observations as every surrogate takes them: checked, standardised, with their features."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.errors import ModelError
from loop.surrogate.store import Array, FeatureStore, Index

_LEAST_NOISE: Final = 1e-5


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
        noise_floor: Mean stated noise variance in units of `scale`^2, at least 1e-5, at most 1.
    """

    store: FeatureStore
    digest: str
    rows: Index
    ids: tuple[str, ...]
    y: Array
    offset: float
    scale: float
    noise_floor: float

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
    floor = _LEAST_NOISE
    if data.noise_variance is not None and np.ptp(data.y) > 0:
        floor = float(np.clip(np.mean(data.noise_variance) / scale**2, _LEAST_NOISE, 1.0))
    at = np.asarray(rows, dtype=np.intp)
    y = np.array(data.y, dtype=np.float64)
    return Observed(store, features.digest, at, data.candidate_ids, y, offset, scale, floor)


def _check(features: FeatureMatrix, rows: Rows, data: TrainingData, minimum: int) -> None:
    if len(data) < minimum:
        raise ModelError(
            f"{len(data)} observations; this surrogate needs at least {minimum}",
            hint="measure more of the initial design",
        )
    if len(rows) != len(data):
        raise ModelError(f"{len(rows)} rows for {len(data)} observations")
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
