"""Hyperparameters of a Gaussian process: their most probable values, spread and evidence.

Log marginal likelihood and its gradient: Rasmussen & Williams, Gaussian Processes for Machine
Learning (2006), eq. 2.30 and 5.9; the parameters are logarithms with normal priors. Evidence by
Laplace's method: MacKay, Information Theory, Inference, and Learning Algorithms (2003), ch. 27.
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

from loop.errors import ModelError
from loop.surrogate.store import Array, Tables

NOISE: Final = 0.05
_NOISE_SPREAD: Final = 1.2
_REACH: Final = 4.0
_STEP: Final = 1e-3
_FREEDOM: Final = 5.0
_IMPOSSIBLE: Final = 1e10
_STEPS: Final = 60


class Covariance(Protocol):
    """A covariance of the observations with priors on the logarithms of its parameters."""

    def prior(self) -> tuple[Array, Array]:
        """Return mean and sd of the normal prior on the log parameters, each `(p,)`."""

    def with_gradient(self, theta: Array, tables: Tables, n: int) -> tuple[Array, list[Array]]:
        """Return the covariance `(n, n)` and its derivatives by every log parameter."""


@dataclass(frozen=True)
class Fit:
    """Most probable hyperparameters of one kernel.

    Attributes:
        kernel: The kernel.
        theta: Log parameters, log noise variance last, shape `(p,)`.
        root: Columns that turn standard normal draws into Laplace's spread, shape `(p, p)`.
        evidence: Log of the marginal likelihood with hyperparameters integrated out, in nats.
    """

    kernel: Covariance
    theta: Array
    root: Array
    evidence: float


class Posterior:
    """Log posterior of the hyperparameters of one kernel, given standardised observations.

    Args:
        kernel: The kernel.
        tables: Its tables for the observed rows.
        z: Standardised observations, shape `(n,)`.
        floor: Least noise variance, in standardised units.
        added: Known noise variance of each observation beside the learned one, shape `(n,)`.
        noisy: Which observations have the learned noise, 1 or 0, shape `(n,)`; all if None.
    """

    def __init__(
        self,
        kernel: Covariance,
        tables: Tables,
        z: Array,
        floor: float,
        added: Array | None = None,
        noisy: Array | None = None,
    ) -> None:
        self.kernel = kernel
        self._tables, self._z, self._added = tables, z, added
        self._noisy = noisy
        middle, spread = kernel.prior()
        self.middle = np.append(middle, math.log(max(NOISE, floor)))
        self.spread = np.append(spread, _NOISE_SPREAD)
        self.low = self.middle - _REACH * self.spread
        self.low[-1] = math.log(floor)
        self.high = self.middle + _REACH * self.spread

    def loss(self, theta: Array) -> tuple[float, Array]:
        """Return the negative log posterior, prior normalised, and its gradient `(p,)`."""
        n = len(self._z)
        covariance, derivatives = self.kernel.with_gradient(theta, self._tables, n)
        noise = math.exp(theta[-1])
        own = noise if self._noisy is None else noise * self._noisy
        covariance[np.diag_indices(n)] += own if self._added is None else own + self._added
        try:
            factor = cho_factor(covariance, lower=True, check_finite=False)
        except LinAlgError:
            return _IMPOSSIBLE, np.zeros_like(theta)
        inverse = cho_solve(factor, np.eye(n), check_finite=False)
        alpha = inverse @ self._z
        outer = np.outer(alpha, alpha) - inverse
        gradient = [-0.5 * np.vdot(outer, d) for d in derivatives]
        gradient.append(-0.5 * float(np.sum(own * np.diagonal(outer))))
        away = (theta - self.middle) / self.spread
        fit = 0.5 * self._z @ alpha + np.log(np.diag(factor[0])).sum()
        constant = 0.5 * n + 0.5 * len(theta)
        prior = 0.5 * away @ away + np.log(self.spread).sum()
        value = fit + prior + constant * math.log(2 * math.pi)
        return float(value), np.array(gradient) + away / self.spread

    def maximum(self) -> Fit:
        """Return the most probable hyperparameters with Laplace's evidence.

        Raises:
            ModelError: no start gives a positive definite covariance.
        """
        start = np.clip(self.middle, self.low, self.high)
        start[-1] = max(start[-1], self.low[-1] + math.log(1.1))
        bounds = list(zip(self.low, self.high, strict=True))
        options = {"maxiter": _STEPS}
        found = minimize(
            self.loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options
        )
        if not np.isfinite(found.x).all() or found.fun >= _IMPOSSIBLE:
            raise ModelError(
                "no hyperparameters could be fitted: the covariance is not positive definite",
                hint="look for contradicting or extreme observations",
            )
        theta = np.asarray(found.x, dtype=np.float64)
        values, vectors = np.linalg.eigh(self._curvature(theta))
        # Flat or saddle directions are no wider than the widest prior.
        values = np.maximum(values, self.spread.max() ** -2)
        log_volume = 0.5 * (len(theta) * math.log(2 * math.pi) - np.log(values).sum())
        evidence = float(log_volume - found.fun)
        return Fit(self.kernel, theta, vectors / np.sqrt(values), evidence)

    def _curvature(self, theta: Array) -> Array:
        rows = []
        for i in range(len(theta)):
            step = np.zeros_like(theta)
            step[i] = _STEP
            rows.append((self.loss(theta + step)[1] - self.loss(theta - step)[1]) / (2 * _STEP))
        curvature = np.array(rows)
        return 0.5 * (curvature + curvature.T)

    def draws(self, fit: Fit, size: int, seed: int) -> tuple[Array, Array]:
        """Return weighted draws of the hyperparameters, `(m, p)` and weights `(m,)`, m <= size.

        Importance sampling from a Student t proposal with 5 degrees of freedom around the
        maximum (Geweke, Econometrica 57 (1989) 1317); draws of weight below 0.001 are left out.
        """
        rng = np.random.default_rng(seed)
        t = rng.standard_t(_FREEDOM, size=(size, len(fit.theta)))
        thetas = np.clip(fit.theta + t @ fit.root.T, self.low, self.high)
        proposed = -0.5 * (_FREEDOM + 1) * np.log1p(t**2 / _FREEDOM).sum(1)
        logs = np.array([-self.loss(theta)[0] for theta in thetas]) - proposed
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        kept = weights > 1e-3
        return thetas[kept], weights[kept] / weights[kept].sum()
