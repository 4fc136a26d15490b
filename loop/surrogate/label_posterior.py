"""Gaussian processes behind a logistic likelihood, by Laplace's method.

Rasmussen & Williams, Gaussian Processes for Machine Learning (2006): mode, algorithm 3.1;
prediction, algorithm 3.2; gradient of the evidence, algorithm 5.1.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from scipy.special import expit

from loop.errors import ModelError
from loop.surrogate.inference import Posterior
from loop.surrogate.kernels import KernelSum
from loop.surrogate.store import Array, Tables

_REACH: Final = 4.0
_STEPS: Final = 100
_SETTLED: Final = 1e-10
_NODES: Final = np.linspace(-8.0, 8.0, 81)
_WEIGHTS: Final = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()


@dataclass(frozen=True)
class Mode:
    """The most probable latent values of n labels.

    Attributes:
        f: Latent values without the offset, shape `(n,)`.
        slope: Gradient of the log likelihood there, shape `(n,)`.
        root_w: Square root of its negative curvature, shape `(n,)`.
        factor: Lower Cholesky factor of 1 + W^1/2 K W^1/2, shape `(n, n)`.
        evidence: Laplace's log marginal likelihood, in nats.
    """

    f: Array
    slope: Array
    root_w: Array
    factor: Array
    evidence: float


def find_mode(covariance: Array, labels: Array, offset: float) -> Mode:
    """Return the mode for labels 0 and 1, latent values ~ N(offset, covariance).

    Newton's steps, halved where a whole one would overshoot; the posterior is concave.

    Raises:
        ModelError: no mode is found: the covariance is not finite.
    """
    n = len(labels)
    a, f = np.zeros(n), np.zeros(n)
    value = _log_posterior(a, f, labels, offset)
    for _ in range(_STEPS):
        p = expit(f + offset)
        root = np.sqrt(p * (1.0 - p))
        factor = _factor(covariance, root)
        b = root**2 * f + labels - p
        inner = cho_solve((factor, True), root * (covariance @ b), check_finite=False)
        step_a, size, gained = b - root * inner - a, 1.0, -math.inf
        while size > 1e-6:
            trial = a + size * step_a
            trial_f = covariance @ trial
            gained = _log_posterior(trial, trial_f, labels, offset) - value
            if gained >= -_SETTLED:
                a, f = trial, trial_f
                break
            size /= 2.0
        value += max(gained, 0.0)
        if gained < _SETTLED:
            break
    p = expit(f + offset)
    root = np.sqrt(p * (1.0 - p))
    factor = _factor(covariance, root)
    value = _log_posterior(a, f, labels, offset)
    return Mode(f, labels - p, root, factor, value - float(np.log(np.diag(factor)).sum()))


def _factor(covariance: Array, root: Array) -> Array:
    scaled = root[:, None] * covariance * root
    scaled[np.diag_indices(len(root))] += 1.0
    try:
        return np.asarray(np.linalg.cholesky(scaled), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise ModelError(
            "the covariance of the labels is not positive definite",
            hint="look for candidates with extreme descriptors",
        ) from error


def _log_posterior(a: Array, f: Array, labels: Array, offset: float) -> float:
    signed = np.where(labels > 0, 1.0, -1.0) * (f + offset)
    return float(-0.5 * a @ f - np.logaddexp(0.0, -signed).sum())


class LabelPosterior(Posterior):
    """Log posterior of the hyperparameters of one kernel, given labels 0 and 1.

    What is a noise variance for a `Posterior` of values does not exist here.

    Args:
        kernel: The kernel, with at least one part.
        tables: Its tables for the labelled rows.
        labels: 0 or 1, float64, shape `(n,)`.
        offset: Prior mean of the latent values.
    """

    def __init__(self, kernel: KernelSum, tables: Tables, labels: Array, offset: float) -> None:
        self.kernel = kernel
        self._tables, self._labels, self._offset = tables, labels, offset
        self.middle, self.spread = kernel.prior()
        self.low = self.middle - _REACH * self.spread
        self.high = self.middle + _REACH * self.spread

    def loss(self, theta: Array) -> tuple[float, Array]:
        """Return the negative log posterior, prior normalised, and its gradient `(p,)`."""
        covariance, derivatives = self.kernel.with_gradient(theta, self._tables, len(self._labels))
        mode = find_mode(covariance, self._labels, self._offset)
        away = (theta - self.middle) / self.spread
        prior = 0.5 * away @ away + np.log(self.spread).sum()
        prior += 0.5 * len(theta) * math.log(2.0 * math.pi)
        gradient = -_evidence_gradient(covariance, derivatives, mode, self._offset)
        return float(prior - mode.evidence), gradient + away / self.spread


def _evidence_gradient(
    covariance: Array, derivatives: list[Array], mode: Mode, offset: float
) -> Array:
    """Return the derivatives of the evidence, those through the mode included, `(p,)`."""
    root = mode.root_w
    p = expit(mode.f + offset)
    half = solve_triangular(mode.factor, np.diag(root), lower=True, check_finite=False)
    resolvent = half.T @ half
    spread = half @ covariance
    variance = np.diag(covariance) - (spread**2).sum(axis=0)
    # dW/df = W (1 - 2 p): the evidence falls where moving the mode sharpens the likelihood.
    through = -0.5 * variance * root**2 * (1.0 - 2.0 * p)
    found = []
    for derivative in derivatives:
        direct = 0.5 * mode.slope @ derivative @ mode.slope
        direct -= 0.5 * np.vdot(resolvent, derivative)
        moved = derivative @ mode.slope
        moved -= covariance @ (resolvent @ moved)
        found.append(direct + through @ moved)
    return np.array(found)


def predict(mode: Mode, cross: Array, prior: Array, offset: float) -> Array:
    """Return P(label 1) of r rows, `(r,)`: the logistic averaged over the latent posterior.

    Args:
        mode: Of the n labels.
        cross: Covariance of labelled and new rows, shape `(n, r)`.
        prior: Prior variance of the new rows, shape `(r,)`.
        offset: Prior mean of the latent values.
    """
    mean = offset + cross.T @ mode.slope
    half = solve_triangular(
        mode.factor, mode.root_w[:, None] * cross, lower=True, check_finite=False
    )
    sd = np.sqrt(np.maximum(prior - (half**2).sum(axis=0), 0.0))
    return np.asarray(expit(mean[:, None] + sd[:, None] * _NODES) @ _WEIGHTS)
