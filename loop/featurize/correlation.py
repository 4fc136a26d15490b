"""Which columns say something that earlier ones do not."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_COLUMNS: Final = 256


def uncorrelated(values: NDArray[np.float64], limit: float) -> NDArray[np.intp]:
    """Return the columns none of whose earlier, kept columns has Pearson |r| above a limit.

    Columns are taken in their order, so the outcome depends on nothing else. At most 256 columns
    are compared at once: memory is `(k, 256)`, not `(d, d)`.

    Args:
        values: Shape `(n, d)`, finite.
        limit: In (0, 1]; a constant column has r = 0 with every other.

    Returns:
        Indices, sorted, intp.
    """
    centred = values - values.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(lengths > 0, lengths, 1.0)
    # A rounding error must not make r = 1 exceed the limit 1, nor keep a copy at a lower one.
    bound = min(limit + 1e-12, 1.0 + 1e-9)
    kept: list[int] = []
    for start in range(0, unit.shape[1], _COLUMNS):
        block = unit[:, start : start + _COLUMNS]
        free = np.ones(block.shape[1], dtype=np.bool_)
        if kept:
            free = np.abs(unit[:, kept].T @ block).max(axis=0) <= bound
        within = np.abs(block.T @ block)
        for j in range(block.shape[1]):
            if free[j]:
                kept.append(start + j)
                free[j + 1 :] &= within[j, j + 1 :] <= bound
    return np.array(kept, dtype=np.intp)
