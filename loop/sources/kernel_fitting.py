"""Fitting of a Gaussian process to a source with few rows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from loop.sources.inputs import Floats
from loop.sources.kernel_mean import KernelMean, distances, matern
from loop.sources.learners import KernelModel

Array = NDArray[np.float64]

_JITTER: Final = 1e-6
_CENTRES: Final = np.log([0.5, 0.1, 0.5, 1.0])
_SPREADS: Final = np.array([1.5, 1.2, 1.5, 0.7])
"""Log-normal priors of the variances (linear, noise, Matérn) of standardised values, and of the
length over the median distance."""
_LINEAR: Final = 2


@dataclass(frozen=True)
class FittedKernel:
    """A Gaussian process and what it says of rows that it had not seen.

    Attributes:
        mean: Its posterior mean.
        left_out: Prediction of each training row by the others, shape `(n,)`, standardised.
        variances: Of the linear part (per mean square of the inputs), the noise and the Matérn
            part; without the last one for ridge.
    """

    mean: KernelMean
    left_out: Array
    variances: Array


def fit_kernel(x: Floats, y: Floats, learner: KernelModel) -> FittedKernel:
    """Return the posterior mean for inputs `(n, d)` and standardised values `(n,)`.

    The kernel's parameters maximise evidence times prior on the first `tuning_rows` rows; the
    mean is exact on all rows given them. Leaving one out has a closed form (Rasmussen &
    Williams 2006, equation 5.12).
    """
    points = x.astype(np.float16)
    # What is stored is what is learned on: the weights would not fit rounded points.
    x, values = points.astype(np.float32), y.astype(np.float64)
    apart = distances(x, x)
    np.fill_diagonal(apart, 0.0)
    linear = (x @ x.T).astype(np.float64) / x.shape[1]
    few = slice(0, learner.tuning_rows)
    pairs = apart[few, few][np.triu_indices(len(apart[few]), 1)]
    scale = max(float(np.median(pairs)), 1e-6)
    theta = _tuned(values[few], linear[few, few], apart[few, few] / scale, learner)
    kernel, _ = _kernels(theta, linear, apart / scale)
    inverse = cho_solve(cho_factor(kernel, lower=True), np.eye(len(kernel)))
    alpha = inverse @ values
    variances = np.exp(theta)
    curved = learner.kind == "gp"
    mean = KernelMean(
        points=points if curved else points[:0],
        alpha=alpha * variances[2] if curved else alpha[:0],
        slope=variances[0] / x.shape[1] * (x.astype(np.float64).T @ alpha),
        length=np.array([scale * variances[3]]) if curved else np.ones(1),
    )
    return FittedKernel(mean, values - alpha / np.diag(inverse), variances[:3])


def _tuned(y: Array, linear: Array, apart: Array, learner: KernelModel) -> Array:
    """Return the log parameters: variances of linear part and noise, Matérn variance, length."""
    free = 4 if learner.kind == "gp" else _LINEAR

    def lost(theta: Array) -> tuple[float, Array]:
        kernel, slopes = _kernels(theta, linear, apart)
        factor = cho_factor(kernel, lower=True)
        inverse = cho_solve(factor, np.eye(len(y)))
        alpha = inverse @ y
        evidence = 0.5 * float(y @ alpha) + float(np.log(np.diag(factor[0])).sum())
        inner = inverse - np.outer(alpha, alpha)
        gradient = np.array([0.5 * float(np.sum(inner * slope)) for slope in slopes])
        away = (theta - _CENTRES[:free]) / _SPREADS[:free]
        return evidence + 0.5 * float(away @ away), gradient + away / _SPREADS[:free]

    bounds = [(c - 4 * s, c + 4 * s) for c, s in zip(_CENTRES, _SPREADS, strict=True)]
    found = minimize(
        lost, _CENTRES[:free], jac=True, method="L-BFGS-B", bounds=bounds[:free],
        options={"maxiter": 60},
    )  # fmt: skip
    return np.asarray(found.x)


def _kernels(theta: Array, linear: Array, apart: Array) -> tuple[Array, list[Array]]:
    """Return the covariance of the observations, and its slope in each log parameter."""
    eye = np.eye(len(linear))
    noise = np.exp(theta[1]) * eye
    slopes = [np.exp(theta[0]) * linear, noise]
    kernel = slopes[0] + noise + _JITTER * eye
    if len(theta) > _LINEAR:
        r = apart / np.exp(theta[3])
        curved = np.exp(theta[2]) * matern(r)
        s = np.sqrt(5.0) * r
        slopes += [curved, np.exp(theta[2]) * s**2 * (1.0 + s) * np.exp(-s) / 3.0]
        kernel = kernel + curved
    return kernel, slopes
