"""Principal components of a table that may be large."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def principal_axes(
    values: NDArray[Any], k: int, fitted: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coordinates on the first principal components, and their shares of the variance.

    Exact where one side of the table is at most 1,000 long (eigenvectors of the smaller Gram
    matrix); else by random projection with seven power iterations (Halko, Martinsson and Tropp,
    SIAM Rev. 53, 217, 2011, algorithm 4.4). The sign makes the largest loading positive.

    Args:
        values: Shape `(n, d)`, finite.
        k: How many at most.
        fitted: Rows beyond which a random sample of so many decides on the axes.
        seed: Source of all randomness.

    Returns:
        Shape `(n, k')` and `(k',)`, float64, `k' <= min(k, n, d)`; shares are of the rows that
        the axes were fitted on, 0 where nothing varies.
    """
    rng = np.random.default_rng(seed)
    n, d = values.shape
    rows = np.arange(n) if n <= fitted else np.sort(rng.choice(n, fitted, replace=False))
    sample = np.asarray(values[rows], dtype=np.float64)
    mean = sample.mean(axis=0)
    sample -= mean
    total = float((sample**2).sum())
    k = min(k, len(sample), d)
    axes, variances = _exact(sample, k) if min(sample.shape) <= 1000 else _sketched(sample, k, rng)
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(k)] < 0, -1.0, 1.0)
    places: NDArray[np.float64] = np.asarray(values @ axes - mean @ axes, dtype=np.float64)
    return places, variances / total if total > 0 else np.zeros(k)


def _exact(sample: NDArray[np.float64], k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n, d = sample.shape
    if d <= n:
        variances, axes = np.linalg.eigh(sample.T @ sample)
        return axes[:, ::-1][:, :k].copy(), np.maximum(variances[::-1][:k], 0.0)
    variances, left = np.linalg.eigh(sample @ sample.T)
    variances, left = np.maximum(variances[::-1][:k], 0.0), left[:, ::-1][:, :k]
    lengths = np.sqrt(variances)
    return (sample.T @ left) / np.where(lengths > 0, lengths, 1.0), variances


def _sketched(
    sample: NDArray[np.float64], k: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    basis = np.linalg.qr(sample @ rng.normal(size=(sample.shape[1], k + 10)))[0]
    for _ in range(7):
        basis = np.linalg.qr(sample @ np.linalg.qr(sample.T @ basis)[0])[0]
    _, lengths, axes = np.linalg.svd(basis.T @ sample, full_matrices=False)
    return axes[:k].T.copy(), lengths[:k] ** 2
