"""The rows worth a joint look: the best alone, without near twins of a better one.

Generated pools hold families of near twins. They would fill the shortlist, cost joint samples and
make the covariance singular, while one batch can use only one of each.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.acquire.similarity import tanimoto
from loop.core.ports import FeatureMatrix, Rows

Vector = NDArray[np.float64]
_BLOCK: Final = 4


def best_apart(
    alone: Vector, rows: Rows, features: FeatureMatrix, size: int, twins_above: float
) -> Rows:
    """Return places in `rows` of the best, best first.

    Args:
        alone: Score of each row alone, shape `(n,)`.
        rows: Pool rows, shape `(n,)`.
        features: Of the pool; twins are told by its counts.
        size: How many to return; fewer if there are no more.
        twins_above: Tanimoto similarity to a row on the list above which a row is passed over;
            1 keeps all, and so does a pool without counts.
    """
    order = np.argsort(-alone, kind="stable").astype(np.intp)
    counts = [block.values for block in features.blocks if block.kind == "counts"]
    if twins_above >= 1 or not counts:
        return order[:size]
    chosen: list[int] = []
    kept = np.zeros((0, sum(values.shape[1] for values in counts)), dtype=counts[0].dtype)
    # Most pools are settled within the first block; a long tail of them is never compared.
    for start in range(0, len(order), _BLOCK * size):
        block = order[start : start + _BLOCK * size]
        described = np.concatenate([values[rows[block]] for values in counts], axis=1)
        free = np.ones(len(block), dtype=np.bool_)
        for one in kept:
            free &= tanimoto(one, described) <= twins_above
        for i in range(len(block)):
            if free[i] and len(chosen) < size:
                chosen.append(int(block[i]))
                kept = np.concatenate([kept, described[i : i + 1]])
                free[i + 1 :] &= tanimoto(described[i], described[i + 1 :]) <= twins_above
        if len(chosen) == size:
            break
    return np.array(chosen, dtype=np.intp)
