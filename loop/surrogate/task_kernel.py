"""The covariance of several properties of the same candidates.

Intrinsic coregionalisation: Bonilla, Chai, Williams, Multi-task Gaussian Process Prediction,
NeurIPS 20 (2007): K((x, s), (x', t)) = R_st k(x, x'), with R = L L' a matrix of correlations. L is
lower triangular with rows of length 1 and no negative entry, so that no correlation is negative
(as BoTorch's `PositiveIndexKernel`); properties that fall with the target are turned round before.
Every property has its own mean, integrated out, and its own noise: standardised properties are
never aligned exactly.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from loop.surrogate.kernels import KernelSum
from loop.surrogate.store import Array, Index, Tables

_LOADING: Final = 0.8
_LOADING_SPREAD: Final = 1.0
_NO_LOADING: Final = -40.0
_NUGGET: Final = 0.05
_NUGGET_SPREAD: Final = 1.2


@dataclass(frozen=True)
class TaskKernel:
    """Covariance of observations that are pairs of candidate and property.

    Its parameters are those of the base kernel, then the logarithms of the entries of L below
    the diagonal relative to it, row by row, then the log noise variance of every property but
    the target, which is property 0.

    Attributes:
        base: Covariance of candidates; its constant 1 becomes the variance of each own mean.
        tasks: Number of properties.
        row: Place of each observation in the tables, shape `(N,)`.
        task: Its property, shape `(N,)`.
    """

    base: KernelSum
    tasks: int
    row: Index
    task: Index

    @property
    def loadings(self) -> int:
        """Number of entries below the diagonal."""
        return self.tasks * (self.tasks - 1) // 2

    def prior(self) -> tuple[Array, Array]:
        """Return mean and sd of the normal prior on the log parameters."""
        middle, spread = self.base.prior()
        own = [math.log(_LOADING)] * self.loadings + [math.log(_NUGGET)] * (self.tasks - 1)
        wide = [_LOADING_SPREAD] * self.loadings + [_NUGGET_SPREAD] * (self.tasks - 1)
        return np.append(middle, own), np.append(spread, wide)

    def _parted(self, theta: Array) -> tuple[Array, Array, Array]:
        a, b = self.base.size, self.base.size + self.loadings
        return theta[:a], theta[a:b], theta[b : b + self.tasks - 1]

    def unrelated(self, theta: Array) -> Array:
        """Return the parameters with all correlations 0."""
        other = theta.copy()
        self._parted(other)[1][:] = _NO_LOADING
        return other

    def root(self, theta: Array) -> Array:
        """Return L, shape `(tasks, tasks)`."""
        root = np.eye(self.tasks)
        root[np.tril_indices(self.tasks, -1)] = np.exp(self._parted(theta)[1])
        return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))

    def correlations(self, theta: Array) -> Array:
        """Return R, shape `(tasks, tasks)`."""
        root = self.root(theta)
        return np.asarray(root @ root.T)

    def with_gradient(self, theta: Array, tables: Tables, n: int) -> tuple[Array, list[Array]]:
        """Return the covariance `(N, N)` and its derivatives by every log parameter."""
        base, _, nuggets = self._parted(theta)
        pairs = np.ix_(self.row, self.row)
        size = len(next(iter(tables.values())))
        plain, slopes = self.base.with_gradient(base, tables, size)
        alike = (plain - 1.0)[pairs]
        shared = np.ix_(self.task, self.task)
        correlation = self.correlations(theta)[shared]
        total = correlation * alike + (self.task[:, None] == self.task)
        derivatives = [correlation * slope[pairs] for slope in slopes]
        derivatives += [change[shared] * alike for change in self._changes(theta)]
        for t, nugget in enumerate(np.exp(nuggets), start=1):
            own = np.diag(np.where(self.task == t, nugget, 0.0))
            total = total + own
            derivatives.append(own)
        del n
        return total, derivatives

    def _changes(self, theta: Array) -> list[Array]:
        """Return the derivatives of R by the log entries of L, each `(tasks, tasks)`."""
        root, found = self.root(theta), []
        for t, i in zip(*np.tril_indices(self.tasks, -1), strict=True):
            slope = -root[t] * root[t, i] ** 2
            slope[i] += root[t, i]
            moved = np.zeros_like(root)
            moved[t] = root @ slope
            found.append(moved + moved.T)
        return found

    def across(self, theta: Array, tables: Tables, shape: tuple[int, int]) -> Array:
        """Return the covariance of the observations with the target of other candidates.

        Args:
            theta: Parameters.
            tables: Of the distinct rows with the other candidates.
            shape: Shape of these tables, `(u, r)`.

        Returns:
            Shape `(N, r)`.
        """
        alike = self.base.covariance(self._parted(theta)[0], tables, shape) - 1.0
        weight = self.correlations(theta)[self.task, 0]
        return np.asarray(weight[:, None] * alike[self.row] + (self.task == 0)[:, None])
