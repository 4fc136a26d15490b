"""How alike two candidates are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import FeatureMatrix, Rows

Vector = NDArray[np.float64]


def tanimoto(one: NDArray[Any], many: NDArray[Any]) -> Vector:
    """Return sum(min) / sum(max) of one vector of counts `(d,)` and many `(n, d)`, `(n,)`."""
    shared = np.minimum(one, many).sum(1, dtype=np.float64)
    union = np.maximum(one, many).sum(1, dtype=np.float64)
    return np.asarray(np.where(union > 0, shared / np.maximum(union, 1.0), 1.0))


class Likeness:
    """Distances between rows of a featurized pool, each in [0, 1)-like scale.

    Counts: 1 - Tanimoto. Reals: Euclidean distance of standardised columns over sqrt(2 d), the
    root-mean-square distance of two independent rows. Both present: their average.
    """

    def __init__(self, features: FeatureMatrix) -> None:
        usable = features.usable()
        counts = [b.values for b in features.blocks if b.kind == "counts"]
        reals = [b.values.astype(np.float64) for b in features.blocks if b.kind == "reals"]
        self._counts = np.concatenate(counts, axis=1) if counts else None
        self._reals = _scaled(np.concatenate(reals, axis=1), usable) if reals else None

    def tanimoto(self, row: int, rows: Rows) -> Vector | None:
        """Return sum(min) / sum(max) of counts, `(len(rows),)`; None if there are no counts."""
        if self._counts is None:
            return None
        return tanimoto(self._counts[row], self._counts[rows])

    def euclid(self, row: int, rows: Rows) -> Vector | None:
        """Return scaled distances of reals, `(len(rows),)`; None if no column varies."""
        if self._reals is None or self._reals.shape[1] == 0:
            return None
        apart = ((self._reals[rows] - self._reals[row]) ** 2).sum(1)
        return np.asarray(np.sqrt(apart / (2.0 * self._reals.shape[1])))

    def distance(self, row: int, rows: Rows) -> Vector:
        """Return the distances of `row` to `rows`, `(len(rows),)`."""
        similar, apart = self.tanimoto(row, rows), self.euclid(row, rows)
        parts: list[Vector] = [] if similar is None else [1.0 - similar]
        parts += [] if apart is None else [apart]
        return np.asarray(np.mean(parts, axis=0)) if parts else np.zeros(len(rows))


def _scaled(values: Vector, usable: NDArray[np.bool_]) -> Vector:
    known = values[usable]
    if not len(known):
        return values[:, :0]
    sd = known.std(axis=0)
    varies = sd > 1e-6 * np.maximum(np.abs(known).max(axis=0), 1e-30)
    scaled = (values[:, varies] - known[:, varies].mean(axis=0)) / sd[varies]
    return np.asarray(np.clip(scaled, -5.0, 5.0))


def nearest(features: FeatureMatrix, row: int, observed: Rows) -> tuple[int, float] | None:
    """Return the most similar observed row and its similarity in [0, 1]; None if none is observed.

    Tanimoto of counts where there are counts, else exp(-distance).
    """
    if not len(observed):
        return None
    likeness = Likeness(features)
    similar = likeness.tanimoto(row, observed)
    if similar is None:
        similar = np.exp(-likeness.distance(row, observed))
    best = int(np.argmax(similar))
    return int(observed[best]), float(similar[best])
