"""The applicability domain: how far pool rows lie from what was observed.

Distance to the model: Sahigara et al., Molecules 17 (2012) 4791. Leverage is its kernel form, the
posterior variance of a Gaussian process over its prior variance, with a fixed kernel
exp(-distance), so that it says the same whatever surrogate was fitted.
"""

import math
from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from loop.core.ports import Trust
from loop.surrogate.store import COUNTS, FEATURES, PREDICTIONS, REALS, Array, FeatureStore, Index

_CHUNK: Final = 4096
_NOISE: Final = 0.1
_USUAL: Final = 0.95


class Domain:
    """What was observed, as a region of the pool.

    Args:
        store: Features of the pool.
        rows: Observed rows, shape `(n,)`, n >= 2.
        y: Their values, shape `(n,)`.
    """

    def __init__(self, store: FeatureStore, rows: Index, y: Array) -> None:
        self._store, self._rows = store, rows
        self._low, self._high = float(y.min()), float(y.max())
        apart = self._apart(rows)
        self._factor = cho_factor(np.exp(-apart) + _NOISE * np.eye(len(rows)), lower=True)
        np.fill_diagonal(apart, np.inf)
        self._limit = float(np.quantile(apart.min(axis=0), _USUAL))

    def _apart(self, rows: Index) -> Array:
        """Return scaled distances of observed rows to others, `(n, len(rows))`.

        1 - Tanimoto for counts; Euclidean over sqrt(2 d), the root-mean-square distance of two
        independent rows, for reals; their average where there are both.
        """
        kinds = [k for k in (REALS,) if k in self._store.reals]
        if not kinds and not self._store.has_counts:
            kinds = [k for k in (PREDICTIONS, FEATURES) if k in self._store.reals]
        keys = [f"{k}:distance" for k in kinds]
        tables = self._store.tables(keys, self._rows, rows, keep=False)
        found = [tables[f"{k}:distance"] / math.sqrt(2.0 * self._store.dimension(k)) for k in kinds]
        if self._store.has_counts:
            key = f"{COUNTS}:tanimoto"
            found.append(1.0 - self._store.tables([key], self._rows, rows, keep=False)[key])
        if not found:
            return np.zeros((len(self._rows), len(rows)))
        return np.asarray(np.mean(found, axis=0))

    def trust(self, rows: Index, mean: Array) -> Trust:
        """Return the trust in predictions `mean` of `rows`, each `(r,)`."""
        distances, leverages = [np.empty(0)], [np.empty(0)]
        for start in range(0, len(rows), _CHUNK):
            apart = self._apart(rows[start : start + _CHUNK])
            near = np.exp(-apart)
            explained = (near * cho_solve(self._factor, near)).sum(axis=0)
            distances.append(apart.min(axis=0))
            leverages.append(np.clip(1.0 - explained, 0.0, 1.0))
        distance = np.concatenate(distances)
        outside = (mean < self._low) | (mean > self._high) | (distance > self._limit)
        return Trust(distance, np.concatenate(leverages), outside)
