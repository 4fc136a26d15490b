"""A target and some sources as properties of one Gaussian process."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, solve_triangular

from loop.core.ports import Rows
from loop.errors import ModelError
from loop.surrogate.inference import Posterior
from loop.surrogate.kernels import KernelSum
from loop.surrogate.observed import Observed
from loop.surrogate.parts import target_parts
from loop.surrogate.report import LeftOut
from loop.surrogate.rows import FittedRows
from loop.surrogate.store import PREDICTIONS, Array, Index
from loop.surrogate.task_kernel import TaskKernel

_CHUNK: Final = 4096
_LEAST_VARIANCE: Final = 1e-12


@dataclass(frozen=True)
class Tasks:
    """What is known of every property, the target's observations first.

    Attributes:
        sources: Columns of the source predictions that take part, shape `(k,)`.
        rows: Pool row of each observation, shape `(N,)`.
        task: Its property: 0 for the target, 1..k for the sources, shape `(N,)`.
        values: Standardised by property, shape `(N,)`.
    """

    sources: Index
    rows: Index
    task: Index
    values: Array

    @classmethod
    def of(cls, observed: Observed, sources: Index, signs: Array, anchors: Index) -> "Tasks":
        """Return the target's observations and what sources say of those rows and of anchors."""
        n = len(observed.rows)
        at = np.concatenate([observed.rows, anchors])
        said = observed.store.reals[PREDICTIONS][np.ix_(at, sources)] * signs
        said = (said - said.mean(axis=0)) / np.maximum(said.std(axis=0), 1e-9)
        rows = np.concatenate([observed.rows, *[at] * len(sources)])
        task = np.repeat(np.arange(len(sources) + 1), [n, *[len(at)] * len(sources)])
        return cls(sources, rows, task, np.concatenate([observed.z, said.T.ravel()]))


class FittedTasks(FittedRows):
    """See `FittedRows`; one member.

    Args:
        kind: Name of the surrogate.
        observed: The observations.
        tasks: The same with those of the sources.
        theta: Log parameters, or None to fit them.

    Raises:
        ModelError: no fit was found.
    """

    def __init__(
        self, kind: str, observed: Observed, tasks: Tasks, theta: Array | None = None
    ) -> None:
        super().__init__(kind, observed)
        self.tasks = tasks
        self._known, row = np.unique(tasks.rows, return_inverse=True)
        base = KernelSum(target_parts(observed.store))
        self.kernel = TaskKernel(base, len(tasks.sources) + 1, row, tasks.task)
        self._tables = observed.store.tables(base.keys, self._known, self._known)
        own = (tasks.task == 0).astype(np.float64)
        added = np.zeros(len(own))
        added[: len(observed.y)] = 0.0 if observed.added is None else observed.added
        # Source predictions have no noise of the lab's; a little keeps equal rows apart.
        added[len(observed.y) :] = 1e-6
        if theta is None:
            posterior = Posterior(
                self.kernel, self._tables, tasks.values, observed.noise_floor, added, own
            )
            # Equal values teach nothing: the prior stands, and no source is like them.
            prior = self.kernel.unrelated(posterior.middle)
            theta = prior if observed.constant else posterior.maximum().theta
        self.theta = theta
        covariance, _ = self.kernel.with_gradient(theta, self._tables, len(own))
        covariance[np.diag_indices(len(own))] += own * np.exp(theta[-1]) + added
        try:
            self._root = np.linalg.cholesky(covariance)
        except LinAlgError as error:
            raise ModelError(
                "the covariance of the observations is not positive definite",
                hint="look for contradicting or repeated observations",
            ) from error
        self._alpha = cho_solve((self._root, True), tasks.values)

    def left_out(self) -> LeftOut:
        """Return each observation of the target given all else, in the property's unit.

        Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), eq. 5.10-5.12.
        """
        o, n = self.observed, len(self.observed.y)
        half = solve_triangular(self._root, np.eye(len(self._root))[:, :n], lower=True)
        precision = (half**2).sum(axis=0)
        mean = o.z - self._alpha[:n] / precision
        return LeftOut(o.offset + o.scale * mean, o.scale / np.sqrt(precision))

    @property
    def weights(self) -> Array:
        """One member."""
        return np.ones(1)

    @property
    def noise(self) -> Array:
        """Noise variance, squared unit of the property, shape `(1,)`."""
        usual = float(np.exp(self.theta[-1])) + self.observed.usual_extra
        return np.array([usual * (self.observed.scale * self._widening) ** 2])

    def _cross(self, rows: Index, *, keep: bool) -> tuple[Array, Array]:
        keys = self.kernel.base.keys
        tables = self.observed.store.tables(keys, self._known, rows, keep=keep)
        cross = self.kernel.across(self.theta, tables, (len(self._known), len(rows)))
        half = solve_triangular(self._root, cross, lower=True, check_finite=False)
        return cross.T @ self._alpha, half

    def posterior(self, rows: Rows) -> tuple[Array, Array]:
        """Return mean and sd (without noise), each `(len(rows),)`, in the property's unit."""
        at = np.asarray(rows, dtype=np.intp)
        base, o = self.kernel.base, self.observed
        means, variances = [np.empty(0)], [np.empty(0)]
        for start in range(0, len(at), _CHUNK):
            chunk = at[start : start + _CHUNK]
            mean, half = self._cross(chunk, keep=False)
            prior = base.diagonal(self.theta[: base.size], o.store, chunk)
            means.append(mean)
            variances.append(np.maximum(prior - (half**2).sum(axis=0), _LEAST_VARIANCE))
        sd = np.sqrt(np.concatenate(variances))
        return o.offset + o.scale * np.concatenate(means), o.scale * self._widening * sd

    def joint(self, rows: Index) -> tuple[Array, Array]:
        """Return means `(1, r)` and covariances `(1, r, r)`, in the property's unit."""
        base, o = self.kernel.base, self.observed
        mean, half = self._cross(rows, keep=True)
        own = o.store.tables(base.keys, rows, rows)
        covariance = base.covariance(self.theta[: base.size], own, (len(rows), len(rows)))
        covariance = covariance - half.T @ half
        prior = base.diagonal(self.theta[: base.size], o.store, rows)
        at = np.diag_indices(len(rows))
        covariance[at] = np.maximum(prior - (half**2).sum(axis=0), _LEAST_VARIANCE)
        return (o.offset + o.scale * mean)[None], ((o.scale * self._widening) ** 2 * covariance)[
            None
        ]

    def arrays(self) -> dict[str, Any]:
        """Return the hyperparameters and what the sources said."""
        t = self.tasks
        return {
            "theta": self.theta,
            "sources": t.sources.astype(np.int64),
            "task_rows": t.rows.astype(np.int64),
            "task": t.task.astype(np.int64),
            "values": t.values,
        }
