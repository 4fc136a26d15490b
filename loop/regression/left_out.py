"""Predictions of values by models that saw nothing of them: refits without a fold."""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Progress, Rows
from loop.core.proposal import ParityPoint
from loop.regression.describing import Workshop
from loop.regression.foreseen import noise_variance
from loop.regression.request import FitRequest

FOLDS: Final = 5
_FROM: Final = 10


def left_out_folds(
    workshop: Workshop,
    request: FitRequest,
    features: FeatureMatrix,
    data: TrainingData,
    progress: Progress,
) -> tuple[ParityPoint, ...]:
    """Return predictions of every fold by a model that saw nothing of it, in the order of data.

    Args:
        workshop: Builds the surrogate.
        request: What is asked.
        features: Of the training rows.
        data: Their values.
        progress: Told how far it is.

    Returns:
        One point per value; none below 10 values, or where a refit would have too few.

    Raises:
        ModelError: no fit was found.
    """
    n = len(data)
    surrogate = workshop.surrogate(request)
    if n < max(_FROM, math.ceil(surrogate.minimum * FOLDS / (FOLDS - 1)) + 1):
        return ()
    fold = np.random.default_rng(request.seed).permutation(n) % FOLDS
    points: list[tuple[int, ParityPoint]] = []
    for k in range(FOLDS):
        progress("refitting without a fifth of the values", k / FOLDS)
        seen, left = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        matrix = replace(features, reference=fold != k)
        fitted = surrogate.fit(matrix, seen, _only(data, seen), request.seed + 1 + k)
        mean, sd = fitted.posterior(left)
        total = np.sqrt(sd**2 + noise_variance(fitted))
        for i, m, s in zip(left.tolist(), mean, total, strict=True):
            point = ParityPoint(
                candidate_id=data.candidate_ids[i],
                observed=float(data.y[i]),
                predicted=float(m),
                sd=float(s),
            )
            points.append((i, point))
    return tuple(point for _, point in sorted(points, key=lambda pair: pair[0]))


def _only(data: TrainingData, rows: Rows) -> TrainingData:
    noise = data.noise_variance
    return TrainingData(
        tuple(data.candidate_ids[i] for i in rows),
        data.y[rows],
        None if noise is None else noise[rows],
        data.replicates[rows],
        data.version,
    )
