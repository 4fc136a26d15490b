"""A cheap measurement with gaps as an input of the model.

With a(x) the assay and y = b a(x) + rest, b ~ N(0, s), the covariance that the assay brings is
s E[a(x) a(x')] = s (m(x) m(x') + C(x, x')): m is the value where it was measured, else the
prediction of a Gaussian process on the descriptors, and C is the covariance of those predictions,
0 where the value is known. What is not known of the assay is so carried into the uncertainty of
the property; with every gap filled this is the auto-regressive model of Kennedy and O'Hagan,
Biometrika 87 (2000) 1. An assay enters only if the evidence speaks for it.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from loop.surrogate.inference import Posterior
from loop.surrogate.kernels import KernelSum
from loop.surrogate.observed import Observed
from loop.surrogate.parts import assay_parts, target_parts
from loop.surrogate.store import Array, FeatureStore, Index

LEAST_MEASURED: Final = 5
_MOST_USED: Final = 300
_CHUNK: Final = 4096
_FLOOR: Final = 1e-4


class AssayModel:
    """The assay over a whole pool.

    Args:
        store: Features of the pool.
        values: Measured values, 0 in the gaps, shape `(n,)`.
        measured: Where they were measured, at least 5 times and not all alike, shape `(n,)`.

    Raises:
        ModelError: the assay could not be fitted to the descriptors.
    """

    def __init__(self, store: FeatureStore, values: Array, measured: NDArray[np.bool_]) -> None:
        self._store, self._measured = store, measured
        self._kernel = KernelSum(target_parts(store, assays=False))
        known = np.flatnonzero(measured)
        z = (values - values[known].mean()) / values[known].std()
        self._z = np.where(measured, z, 0.0)
        # More would cost more than it tells; evenly spaced, so that it does not hang on chance.
        places = np.linspace(0, len(known) - 1, min(len(known), _MOST_USED)).round().astype(np.intp)
        self._used = known[places].astype(np.intp)
        tables = store.tables(self._kernel.keys, self._used, self._used, keep=False)
        fit = Posterior(self._kernel, tables, self._z[self._used], _FLOOR).maximum()
        self._theta = fit.theta
        n = len(self._used)
        covariance = self._kernel.covariance(fit.theta, tables, (n, n))
        covariance[np.diag_indices(n)] += np.exp(fit.theta[-1])
        self._factor = cho_factor(covariance, lower=True)
        self._mean, self._variance = self._everywhere()

    def _everywhere(self) -> tuple[Array, Array]:
        """Return mean and variance of every pool row, each `(n,)`."""
        mean, variance = self._z.copy(), np.zeros(len(self._z))
        alpha = cho_solve(self._factor, self._z[self._used])
        gaps = np.flatnonzero(~self._measured).astype(np.intp)
        for start in range(0, len(gaps), _CHUNK):
            rows = gaps[start : start + _CHUNK]
            cross = self._cross(rows)
            explained = (cross * cho_solve(self._factor, cross)).sum(axis=0)
            prior = self._kernel.diagonal(self._theta, self._store, rows)
            mean[rows] = cross.T @ alpha
            variance[rows] = np.maximum(prior - explained, 0.0)
        return mean, variance

    def _cross(self, rows: Index) -> Array:
        tables = self._store.tables(self._kernel.keys, self._used, rows, keep=False)
        return self._kernel.covariance(self._theta, tables, (len(self._used), len(rows)))

    def table(self, left: Index, right: Index) -> Array:
        """Return E[a(x) a(x')] of pairs of rows, standardised, shape `(len(left), len(right))`."""
        found = np.multiply.outer(self._mean[left], self._mean[right])
        i, j = np.flatnonzero(~self._measured[left]), np.flatnonzero(~self._measured[right])
        if not len(i) or not len(j):
            return found
        tables = self._store.tables(self._kernel.keys, left[i], right[j], keep=False)
        prior = self._kernel.covariance(self._theta, tables, (len(i), len(j)))
        weights = cho_solve(self._factor, self._cross(left[i]))
        unsure = prior - weights.T @ self._cross(right[j])
        same = left[i][:, None] == right[j]
        # The diagonal is that of `diagonal`, to the last bit.
        unsure = np.where(same, self._variance[left[i]][:, None], unsure)
        found[np.ix_(i, j)] += unsure
        return found

    def diagonal(self, rows: Index) -> Array:
        """Return E[a(x)^2], standardised, shape `(len(rows),)`."""
        return np.asarray(self._mean[rows] ** 2 + self._variance[rows])


def with_useful_assays(observed: Observed) -> tuple[Observed, list[str]]:
    """Return the observations with the assays that the evidence speaks for, and a word on others.

    Each assay is judged alone, beside what else describes the candidates.

    Raises:
        ModelError: no fit was found.
    """
    o, plain = observed, target_parts(observed.store, assays=False)
    if not o.store.assays or not plain:
        return observed, []
    without = _evidence(o, KernelSum(plain))
    parts = assay_parts(o.store)
    gains = [_evidence(o, KernelSum((*plain, part))) - without for part in parts]
    notes = [
        f"{part.label} is left out: the {len(o.y)} observations are explained better without it, "
        f"by {-gain:.1f} nats"
        for part, gain in zip(parts, gains, strict=True)
        if gain <= 0
    ]
    useful = [i for i, gain in enumerate(gains) if gain > 0]
    return replace(observed, store=o.store.with_assays(useful)), notes


def _evidence(observed: Observed, kernel: KernelSum) -> float:
    o = observed
    tables = o.store.tables(kernel.keys, o.rows, o.rows)
    return Posterior(kernel, tables, o.z, o.noise_floor, o.added).maximum().evidence


def attach_assays(store: FeatureStore, blocks: list[tuple[str, Array]]) -> None:
    """Give a store the tables of assays, and a notice for each that cannot be used.

    Args:
        store: Of the pool, without them.
        blocks: Name and values `(n, 2)`, as the block `assay` gives them.

    Raises:
        ModelError: an assay could not be fitted to the descriptors.
    """
    for name, values in blocks:
        measured = values[:, 1] > 0
        known = values[measured, 0]
        if len(known) < LEAST_MEASURED or np.ptp(known) == 0:
            why = f"{len(known)} values" if len(known) < LEAST_MEASURED else "all values are equal"
            store.notices.append(f"{name} is not used: {why}; {LEAST_MEASURED} unequal are needed")
        elif not target_parts(store, assays=False) and not measured.all():
            store.notices.append(f"{name} is not used: nothing else describes the candidates")
        else:
            store.assays.append((name, AssayModel(store, values[:, 0], measured)))
