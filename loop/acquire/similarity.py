"""Distances between candidates, for designs and for explanations."""

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import FeatureMatrix, Rows


def distances(features: FeatureMatrix, rows: Rows, other: int) -> NDArray[np.float64]:
    """Return the distance of `rows` to one row, `(n,)`, in [0, 1].

    The mean of the Tanimoto distance of counts and of 1 - exp(-d / sqrt(width)) of standardised
    reals, over the kinds of blocks there are.
    """
    parts = []
    for block in features.blocks:
        if block.kind == "counts":
            a = block.values[rows].astype(np.int64)
            b = block.values[other].astype(np.int64)
            shared, total = np.minimum(a, b).sum(axis=1), np.maximum(a, b).sum(axis=1)
            parts.append(1.0 - np.divide(shared, total, out=np.ones(len(a)), where=total > 0))
        else:
            values = block.values.astype(np.float64)
            sd = values.std(axis=0)
            scaled = values / np.where(sd > 0, sd, 1.0)
            gap = np.linalg.norm(scaled[rows] - scaled[other], axis=1)
            parts.append(1.0 - np.exp(-gap / np.sqrt(values.shape[1])))
    return np.asarray(np.mean(parts, axis=0), dtype=np.float64)


def nearest(features: FeatureMatrix, row: int, observed: Rows) -> tuple[int, float]:
    """Return the most similar observed row and its similarity in [0, 1]."""
    gaps = distances(features, observed, row)
    best = int(np.argmin(gaps))
    return int(observed[best]), float(1.0 - gaps[best])
