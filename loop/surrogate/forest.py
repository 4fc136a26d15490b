"""Tree ensembles with intervals that hold what they say.

The members of an ensemble (trees of a random forest, or boosted models) give a mean and a
covariance between rows. What the members agree on wrongly is added as an independent variance, and
both are scaled so that the observations lie in the intervals of the members that did not see them:
normalised conformal prediction, Johansson, Bostrom, Lofstrom, Linusson, Machine Learning 97 (2014)
155.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import FeatureMatrix, Rows
from loop.surrogate.observed import Observed
from loop.surrogate.report import LeftOut, model_report
from loop.surrogate.rows import FittedRows
from loop.surrogate.store import Array, Index
from loop.surrogate.trees import Trees

_CHUNK: Final = 4096
_Z90: Final = 1.6448536269514722
_LEAST_VARIANCE: Final = 1e-6
_LEAST_FACTOR: Final = 0.5


@dataclass(frozen=True)
class Ensemble:
    """Members made of equally many trees each, for z-standardised observations.

    Attributes:
        trees: All trees, member by member.
        bases: What each member starts from, shape `(k,)`.
        rate: Factor on every leaf.
    """

    trees: Trees
    bases: Array
    rate: float

    def predict(self, x: NDArray[np.float32]) -> Array:
        """Return predictions of rows `x` `(n, d)` by every member, shape `(n, k)`."""
        leaves = self.trees.predict(x).reshape(len(x), len(self.bases), -1)
        return np.asarray(self.bases + self.rate * leaves.sum(axis=2))

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.bases)

    def arrays(self) -> dict[str, Any]:
        """Return what must be stored but the rate."""
        return self.trees.arrays() | {"bases": self.bases}


class Committee(Protocol):
    """Members that predict the same, as trees of a forest do."""

    @property
    def size(self) -> int:
        """Number of members."""

    @property
    def rate(self) -> float:
        """What the members' parts are scaled by; 1 where there is no such factor."""

    def predict(self, x: Any) -> Array:
        """Return predictions of rows `x` `(n, d)` by every member, shape `(n, k)`."""

    def arrays(self) -> dict[str, Any]:
        """Return what must be stored but the rate."""


class Columns:
    """Raw features of chosen block kinds, gathered for a few rows at a time."""

    def __init__(self, features: FeatureMatrix, kinds: tuple[str, ...]) -> None:
        self._blocks = [b.values for b in features.blocks if b.kind in kinds]

    def __call__(self, rows: Index) -> NDArray[np.float32]:
        """Return the features of rows, shape `(len(rows), d)`."""
        parts = [b[rows].astype(np.float32) for b in self._blocks]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(rows), 1), np.float32)


@dataclass(frozen=True)
class Calibration:
    """What turns disagreement of members into a standard deviation, standardised.

    Attributes:
        shared: Variance on which the members agree wrongly.
        factor: Factor on every standard deviation.
    """

    shared: float
    factor: float


def calibrate(predicted: Array, unseen: NDArray[np.bool_], z: Array) -> tuple[Calibration, LeftOut]:
    """Return the calibration, with the predictions of members that did not see an observation.

    Args:
        predicted: Predictions of the observations by every member, shape `(n, k)`.
        unseen: Which member did not see which observation; at least one each. Shape `(n, k)`.
        z: Standardised observations, shape `(n,)`.
    """
    n, count = len(z), unseen.sum(axis=1)
    mean = (predicted * unseen).sum(axis=1) / count
    variance = (unseen * (predicted - mean[:, None]) ** 2).sum(axis=1) / count
    shared = max(float(np.mean((z - mean) ** 2) - variance.mean()), 0.0)
    spread = np.sqrt(variance + shared + _LEAST_VARIANCE)
    level = min(1.0, 0.9 * (n + 1) / n)
    away = float(np.quantile(np.abs(z - mean) / spread, level, method="higher"))
    found = Calibration(shared + _LEAST_VARIANCE, max(away / _Z90, _LEAST_FACTOR))
    return found, LeftOut(mean, found.factor * spread)


class FittedForest(FittedRows):
    """See `FittedRows`; one member.

    Args:
        kind: Name of the surrogate.
        observed: The observations.
        columns: Pool rows to the features that the members look at.
        ensemble: The fitted members.
        calibration: How far they are wrong.
    """

    def __init__(
        self,
        kind: str,
        observed: Observed,
        columns: Callable[[Index], Any],
        ensemble: Committee,
        calibration: Calibration,
    ) -> None:
        super().__init__(kind, observed)
        self._columns, self._ensemble, self._calibration = columns, ensemble, calibration

    def summarise(self, left_out: LeftOut) -> None:
        """Make the report from predictions in standardised units."""
        o = self.observed
        scaled = LeftOut(o.offset + o.scale * left_out.mean, o.scale * left_out.sd)
        words = {
            "members": float(self._ensemble.size),
            "sd shared by all members (property's unit)": o.scale
            * float(np.sqrt(self._calibration.shared)),
            "factor on standard deviations": self._calibration.factor,
        }
        self.adopt(model_report(self.kind, o, scaled, words))
        self.note(*(f"{name} is not used by {self.kind}; gp uses it" for name, _ in o.store.assays))

    @property
    def weights(self) -> Array:
        """One member."""
        return np.ones(1)

    @property
    def noise(self) -> Array:
        """Stated noise variance, squared unit; errors of the model count in the posterior."""
        return np.array([self.observed.noise_floor * self.observed.scale**2])

    @property
    def _unit(self) -> float:
        return self.observed.scale * self._calibration.factor * self._widening

    def posterior(self, rows: Rows) -> tuple[Array, Array]:
        """Return mean and sd, each `(len(rows),)`, in the property's unit."""
        means, sds = [np.empty(0)], [np.empty(0)]
        at = np.asarray(rows, dtype=np.intp)
        for start in range(0, len(at), _CHUNK):
            predicted = self._ensemble.predict(self._columns(at[start : start + _CHUNK]))
            means.append(predicted.mean(axis=1))
            sds.append(np.sqrt(predicted.var(axis=1) + self._calibration.shared))
        o = self.observed
        return o.offset + o.scale * np.concatenate(means), self._unit * np.concatenate(sds)

    def joint(self, rows: Index) -> tuple[Array, Array]:
        """Return means `(1, r)` and covariances `(1, r, r)`, in the property's unit."""
        predicted = self._ensemble.predict(self._columns(rows))
        mean = predicted.mean(axis=1)
        off = predicted - mean[:, None]
        covariance = off @ off.T / off.shape[1] + self._calibration.shared * np.eye(len(rows))
        return (self.observed.offset + self.observed.scale * mean)[None], (
            self._unit**2 * covariance
        )[None]

    def arrays(self) -> dict[str, Any]:
        """Return the trees and their calibration."""
        found = [self._ensemble.rate, self._calibration.shared, self._calibration.factor]
        return self._ensemble.arrays() | {"calibration": np.array(found)}
