"""Predictions of a fitted surrogate: mean, interval of one new measurement, domain."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import ApplicabilityDomain, FeatureMatrix
from loop.regression.calibration import Z90

Vector = NDArray[np.float64]


@runtime_checkable
class StatesNoise(Protocol):
    """What our surrogates offer beside the port: the noise of one observation, by member."""

    @property
    def weights(self) -> Vector:
        """Weights of the members, shape `(m,)`."""

    @property
    def noise(self) -> Vector:
        """Noise variance of the members, squared unit of the property, shape `(m,)`."""


@dataclass(frozen=True)
class Predictions:
    """What is foreseen for some structures, each array of shape `(n,)`, float64 unless said.

    Rows that could not be described hold NaN.

    Attributes:
        mean: In the unit of the model.
        sd: Standard deviation of one new measurement, noise included.
        sd_model: The same without noise.
        low: Lower end of the 90 % interval of one new measurement.
        high: Its upper end.
        distance: To the nearest structure of the training, about 1 for two unrelated ones.
        leverage: In [0, 1]; near 1 is unlike everything in the training.
        outside: Bool: beyond the training, where intervals are no calibrated probabilities.
        failures: Row to reason.
    """

    mean: Vector
    sd: Vector
    sd_model: Vector
    low: Vector
    high: Vector
    distance: Vector
    leverage: Vector
    outside: NDArray[np.bool_]
    failures: dict[int, str]


def noise_variance(fitted: Any) -> float:
    """Return the noise variance of one measurement, squared unit; 0 where it is not stated."""
    return float(fitted.weights @ fitted.noise) if isinstance(fitted, StatesNoise) else 0.0


def foreseen(fitted: Any, matrix: FeatureMatrix, start: int) -> Predictions:
    """Return predictions of the rows of a matrix from `start` on."""
    n = len(matrix) - start
    good = np.flatnonzero(matrix.usable()[start:])
    rows = good + start
    columns = np.full((7, n), np.nan)
    outside = np.zeros(n, dtype=np.bool_)
    if len(rows):
        middle, own = fitted.posterior(rows)
        total = np.sqrt(own**2 + noise_variance(fitted))
        columns[:5, good] = middle, total, own, middle - Z90 * total, middle + Z90 * total
        if isinstance(fitted, ApplicabilityDomain):
            trust = fitted.trust(rows)
            columns[5:, good] = trust.distance, trust.leverage
            outside[good] = trust.outside
    failures = {row - start: why for row, why in matrix.failures.items()}
    mean, sd, sd_model, low, high, distance, leverage = columns
    return Predictions(mean, sd, sd_model, low, high, distance, leverage, outside, failures)
