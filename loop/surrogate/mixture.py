"""A weighted mixture of Gaussian processes that share their observations.

A single Gaussian process is the mixture of one. Draws of hyperparameters, the average over models
with and without transfer, and stacking are all mixtures over one kernel sum, in which a member
may leave parts out.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.linalg import LinAlgError, solve_triangular

from loop.errors import ModelError
from loop.surrogate.kernels import ABSENT, KernelSum
from loop.surrogate.store import Array, FeatureStore, Index

_CHUNK: Final = 4096
_LEAST_VARIANCE: Final = 1e-12


@dataclass(frozen=True)
class Members:
    """What tells the members of a mixture apart.

    Attributes:
        thetas: Log parameters by member, log noise variance last, shape `(m, p)`; `-inf` for the
            variance of a part that is left out.
        weights: Shape `(m,)`, sum 1.
    """

    thetas: Array
    weights: Array

    @classmethod
    def joined(cls, groups: "list[tuple[Members, float]]") -> "Members":
        """Return one mixture of mixtures; groups of weight 0 are left out."""
        kept = [(m, w) for m, w in groups if w > 0]
        thetas = np.concatenate([m.thetas for m, _ in kept])
        weights = np.concatenate([w * m.weights for m, w in kept])
        return cls(thetas, weights / weights.sum())


class GaussianMixture:
    """Gaussian processes conditioned on standardised observations.

    Args:
        store: Features of the pool.
        kernel: The kernel sum; members may leave out parts.
        members: Hyperparameters and weights.
        rows: Observed pool rows, shape `(n,)`.
        z: Standardised observations, shape `(n,)`.
        added: Known noise variance of each observation beside the members' own, shape `(n,)`.

    Raises:
        ModelError: the covariance of a member is not positive definite.
    """

    def __init__(
        self,
        store: FeatureStore,
        kernel: KernelSum,
        members: Members,
        rows: Index,
        z: Array,
        added: Array | None = None,
    ) -> None:
        self.store, self.kernel, self.members = store, kernel, members
        self.rows, self.z, self.added = rows, z, added
        self.noise = np.exp(members.thetas[:, -1])
        tables = store.tables(kernel.keys, rows, rows)
        n = len(rows)
        own = np.eye(n)
        try:
            self._roots = [
                np.linalg.cholesky(
                    kernel.covariance(t, tables, (n, n))
                    + (s * own if added is None else np.diag(s + added))
                )
                for t, s in zip(members.thetas, self.noise, strict=True)
            ]
        except LinAlgError as error:
            raise ModelError(
                "the covariance of the observations is not positive definite",
                hint="look for contradicting or repeated observations",
            ) from error
        self.alphas = [
            solve_triangular(r, solve_triangular(r, z, lower=True), lower=True, trans=1)
            for r in self._roots
        ]

    def only(self, members: Members) -> "GaussianMixture":
        """Return the same observations under other members."""
        return GaussianMixture(self.store, self.kernel, members, self.rows, self.z, self.added)

    def marginal(self, rows: Index) -> tuple[Array, Array]:
        """Return mean and sd without noise of the mixture, each `(len(rows),)`, standardised."""
        means, variances = [np.empty(0)], [np.empty(0)]
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            tables = self.store.tables(self.kernel.keys, self.rows, chunk, keep=False)
            pairs = [self._one(k, chunk, tables) for k in range(len(self._roots))]
            mean, variance = moments(
                self.members.weights, np.array([p[0] for p in pairs]), [p[1] for p in pairs]
            )
            means.append(mean)
            variances.append(variance)
        return np.concatenate(means), np.sqrt(np.concatenate(variances))

    def _one(self, k: int, chunk: Index, tables: dict[str, Array]) -> tuple[Array, Array]:
        theta = self.members.thetas[k]
        cross = self.kernel.covariance(theta, tables, (len(self.rows), len(chunk)))
        half = solve_triangular(self._roots[k], cross, lower=True, check_finite=False)
        prior = self.kernel.diagonal(theta, self.store, chunk)
        variance = np.maximum(prior - (half**2).sum(0), _LEAST_VARIANCE)
        return cross.T @ self.alphas[k], variance

    def joint(self, rows: Index) -> tuple[Array, Array]:
        """Return means `(m, r)` and covariances `(m, r, r)` of the members, standardised."""
        cross_tables = self.store.tables(self.kernel.keys, self.rows, rows)
        own_tables = self.store.tables(self.kernel.keys, rows, rows)
        r = len(rows)
        means, covariances = [], []
        for theta, root, alpha in zip(self.members.thetas, self._roots, self.alphas, strict=True):
            cross = self.kernel.covariance(theta, cross_tables, (len(self.rows), r))
            half = solve_triangular(root, cross, lower=True, check_finite=False)
            covariance = self.kernel.covariance(theta, own_tables, (r, r)) - half.T @ half
            at = np.diag_indices(r)
            prior = self.kernel.diagonal(theta, self.store, rows)
            covariance[at] = np.maximum(prior - (half**2).sum(0), _LEAST_VARIANCE)
            means.append(cross.T @ alpha)
            covariances.append(covariance)
        return np.array(means), np.array(covariances)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Return means and variances with noise of each observation given the others, `(m, n)`.

        Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), eq. 5.10-5.12.
        """
        means, variances = [], []
        for root, alpha in zip(self._roots, self.alphas, strict=True):
            half = solve_triangular(root, np.eye(len(root)), lower=True, check_finite=False)
            precision = (half**2).sum(0)
            means.append(self.z - alpha / precision)
            variances.append(1.0 / precision)
        return np.array(means), np.array(variances)

    def shares(self) -> dict[str, float]:
        """Return the share of each part in the prior variance among the observed rows, sum 1.

        The variance of a part is that about its own mean over the observed rows; noise counts
        as a part, with the usual one of what is known of single observations.
        """
        usual = 0.0 if self.added is None else float(np.median(self.added))
        tables = self.store.tables(self.kernel.keys, self.rows, self.rows)
        total = {p.label: 0.0 for p in self.kernel.parts} | {"noise": 0.0}
        for weight, theta in zip(self.members.weights, self.members.thetas, strict=True):
            total["noise"] += weight * (float(np.exp(theta[-1])) + usual)
            for part, at in zip(self.kernel.parts, self.kernel.slices, strict=True):
                if theta[at][0] != ABSENT:
                    k = part.covariance(theta[at], tables)
                    total[part.label] += weight * float(np.trace(k) / len(k) - k.mean())
        whole = sum(total.values())
        return {label: value / whole for label, value in total.items()}


def moments(weights: Array, means: Array, variances: list[Array]) -> tuple[Array, Array]:
    """Return mean and variance of a mixture from those of its members, shape of one member."""
    mean = weights @ means
    variance = weights @ (np.array(variances) + (means - mean) ** 2)
    return mean, variance


def loo_log_scores(mixture: GaussianMixture) -> Array:
    """Return log densities of each observation given the others, by member, `(m, n)`."""
    mean, variance = mixture.leave_one_out()
    return np.asarray(-0.5 * ((mixture.z - mean) ** 2 / variance + np.log(2 * np.pi * variance)))


def loo_moments(mixture: GaussianMixture, *, evidence_weights: bool) -> tuple[Array, Array]:
    """Return mean and variance with noise of each observation given the others, `(n,)`.

    Args:
        mixture: The fitted mixture.
        evidence_weights: The weights rest on the evidence of all observations; that of the one
            left out is then taken back, w_k / p_k(y_i | others), so that it does not judge
            itself.
    """
    mean, variance = mixture.leave_one_out()
    logs = np.log(mixture.members.weights)[:, None] + np.zeros_like(mean)
    if evidence_weights:
        logs = logs - loo_log_scores(mixture)
    weights = np.exp(logs - logs.max(0))
    weights /= weights.sum(0)
    middle = (weights * mean).sum(0)
    return middle, (weights * (variance + (mean - middle) ** 2)).sum(0)


def renumbered(members: Members, small: KernelSum, full: KernelSum) -> Members:
    """Return members of a nested kernel in the layout of the full one."""
    return replace(members, thetas=np.array([full.embed(small, t) for t in members.thetas]))
