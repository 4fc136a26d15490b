"""How a surrogate foresees measurements that it did not see, by refits without each fifth of them.

Leave-one-out figures of a Gaussian process keep hyperparameters that have seen every measurement;
here nothing has (Rasmussen & Williams, Gaussian Processes for Machine Learning, section 5.3). It
asks no more of a surrogate than the port gives, so that every kind is judged alike.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Progress, Rows, Surrogate
from loop.core.proposal import FoldReport

LEAST: Final = 10
_FOLDS: Final = 5
_Z90: Final = 1.6448536269514722


def judge_by_folds(
    surrogate: Surrogate,
    features: FeatureMatrix,
    rows: Rows,
    data: TrainingData,
    seed: int,
    progress: Progress,
) -> FoldReport | None:
    """Return how five refits foresaw the fifth they had not seen; None below 10 measurements.

    Args:
        surrogate: Unfitted.
        features: The featurized pool.
        rows: Pool row of each measurement, shape `(n,)`.
        data: The measurements.
        seed: Decides the fifths.
        progress: Told how far it is.

    Raises:
        ModelError: it cannot be fitted on four fifths of the measurements.
    """
    n = len(data)
    if n < LEAST:
        return None
    fold = np.random.default_rng(seed).permutation(n) % _FOLDS
    mean, sd = np.empty(n), np.empty(n)
    for k in range(_FOLDS):
        progress("judging the surrogate", k / _FOLDS)
        out = fold == k
        fitted = surrogate.fit(features, rows[~out], some_of(data, ~out), seed)
        foreseen = fitted.botorch_model().posterior(
            fitted.inputs(rows[out]), observation_noise=True
        )
        mean[out] = foreseen.mean.detach().numpy()[:, 0]
        sd[out] = foreseen.variance.detach().numpy()[:, 0] ** 0.5
    away = np.abs(data.y - mean)
    return FoldReport(
        folds=_FOLDS,
        n=n,
        inside=int(np.sum(away <= _Z90 * sd)),
        rmse=float(np.sqrt(np.mean(away**2))),
    )


def some_of(data: TrainingData, keep: NDArray[np.bool_]) -> TrainingData:
    """Return the measurements that `keep`, shape `(n,)`, names."""
    return TrainingData(
        candidate_ids=tuple(c for c, k in zip(data.candidate_ids, keep, strict=True) if k),
        y=data.y[keep],
        noise_variance=None if data.noise_variance is None else data.noise_variance[keep],
        replicates=data.replicates[keep],
        version=data.version,
    )
