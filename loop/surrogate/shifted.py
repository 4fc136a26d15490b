"""A Gaussian process on what sources leave unexplained, plus a fixed sum of source predictions.

The form that the density-ratio family and rank-weighted ensembles share: with g the Gaussian
process, f(x) = a g(x) + b0 + b . s(x), plus an independent variance for what the fixed part gets
wrong. a, b0, b are numbers, so that the posterior stays Gaussian.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from loop.core.ports import FeatureMatrix, Rows
from loop.surrogate.gp import NO_SOURCE, StoreKeeper, restored
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import GaussianMixture, Members
from loop.surrogate.observed import Observed
from loop.surrogate.parts import target_parts
from loop.surrogate.report import LeftOut, model_report
from loop.surrogate.rows import FittedRows
from loop.surrogate.storage import unpack
from loop.surrogate.store import PREDICTIONS, Array, Index

_ARRAYS = frozenset({"theta", "target", "a", "b", "fixed", "rows", "y", "scaling"})


@dataclass(frozen=True)
class Shift:
    """The fixed part, in standardised units of the property.

    Attributes:
        a: Factor on the Gaussian process.
        b: Constant, then one weight per source prediction, shape `(1 + s,)`.
        extra: Variance of the fixed part.
        target: What the Gaussian process was fitted to, shape `(n,)`.
    """

    a: float
    b: Array
    extra: float
    target: Array

    @classmethod
    def none(cls, z: Array) -> "Shift":
        """Return the shift that leaves the Gaussian process as it is."""
        return cls(1.0, np.zeros(1), 0.0, z)


class FittedShift(FittedRows):
    """See `FittedRows`; one member.

    Args:
        kind: Name of the surrogate.
        observed: The observations.
        theta: Log parameters of the Gaussian process, `(p,)`.
        shift: The fixed part.
    """

    def __init__(self, kind: str, observed: Observed, theta: Array, shift: Shift) -> None:
        super().__init__(kind, observed)
        self.shift = shift
        kernel = KernelSum(target_parts(observed.store))
        members = Members(theta[None], np.ones(1))
        self.mixture = GaussianMixture(observed.store, kernel, members, observed.rows, shift.target)

    def summarise(self, left_out: LeftOut, words: dict[str, float]) -> None:
        """Make the report from left-out predictions in standardised units."""
        o = self.observed
        scaled = LeftOut(o.offset + o.scale * left_out.mean, o.scale * left_out.sd)
        report = model_report(self.kind, o, scaled, words)
        if PREDICTIONS not in o.store.reals:
            report = report.model_copy(update={"notes": (*report.notes, NO_SOURCE)})
        self.adopt(report)

    @property
    def weights(self) -> Array:
        """One member."""
        return np.ones(1)

    @property
    def noise(self) -> Array:
        """Noise variance, squared unit of the property, shape `(1,)`."""
        unit = self.shift.a * self.observed.scale * self._widening
        return np.asarray(self.mixture.noise * unit**2)

    def _fixed(self, rows: Index) -> Array:
        b = self.shift.b
        if len(b) == 1:
            return np.full(len(rows), b[0])
        return np.asarray(b[0] + self.observed.store.reals[PREDICTIONS][rows] @ b[1:])

    def posterior(self, rows: Rows) -> tuple[Array, Array]:
        """Return mean and sd (without noise), each `(len(rows),)`, in the property's unit."""
        at = np.asarray(rows, dtype=np.intp)
        mean, sd = self.mixture.marginal(at)
        o, s = self.observed, self.shift
        total = np.sqrt((s.a * sd) ** 2 + s.extra) if s.extra else abs(s.a) * sd
        return o.offset + o.scale * (s.a * mean + self._fixed(at)), (
            o.scale * self._widening * total
        )

    def joint(self, rows: Index) -> tuple[Array, Array]:
        """Return means `(1, r)` and covariances `(1, r, r)`, in the property's unit."""
        means, covariances = self.mixture.joint(rows)
        o, s = self.observed, self.shift
        covariance = s.a**2 * covariances + s.extra * np.eye(len(rows))
        mean = o.offset + o.scale * (s.a * means + self._fixed(rows))
        return mean, (o.scale * self._widening) ** 2 * covariance

    def arrays(self) -> dict[str, Any]:
        """Return the hyperparameters and the fixed part."""
        s = self.shift
        return {
            "theta": np.ascontiguousarray(self.mixture.members.thetas[0]),
            "target": s.target,
            "a": np.array([s.a]),
            "b": s.b,
            "fixed": np.array([s.extra]),
        }


def load_shift(
    kind: str, content: bytes, features: FeatureMatrix, stores: StoreKeeper
) -> FittedShift:
    """Return what `FittedShift.dump` stored.

    Raises:
        ModelError: the bytes are no such model, or belong to other features.
    """
    arrays, report = unpack(kind, content, features, _ARRAYS)
    observed = restored(arrays, stores.of(features), features.digest, report)
    shift = Shift(float(arrays["a"][0]), arrays["b"], float(arrays["fixed"][0]), arrays["target"])
    fitted = FittedShift(kind, observed, arrays["theta"], shift)
    fitted.adopt(report)
    return fitted
