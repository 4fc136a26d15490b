"""What one search over a pool of known values found, and what several of them say together."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.objective import Vector

RESAMPLES: Final = 4000


def best_rows(utility: Vector, share: float) -> NDArray[np.intp]:
    """Return the rows of the best `share` of a pool, at least one, best first.

    Args:
        utility: Of every candidate, `(n,)`, larger is better; ties go to the earlier row.
        share: In (0, 1].
    """
    size = max(1, round(share * len(utility)))
    return np.argsort(-utility, kind="stable")[:size]


def first_hit(rows: Sequence[int], wanted: NDArray[np.intp]) -> int | None:
    """Return how many experiments it took until one of the wanted rows; None if it never did.

    Args:
        rows: Pool rows in the order of the experiments.
        wanted: Pool rows that count.
    """
    among = frozenset(wanted.tolist())
    return next((count for count, row in enumerate(rows, start=1) if row in among), None)


def found_share(rows: Sequence[int], wanted: NDArray[np.intp]) -> float:
    """Return the share of the wanted rows that were measured."""
    return len(set(rows) & set(wanted.tolist())) / len(wanted)


def ratio_interval(
    above: Sequence[float], below: Sequence[float], seed: int = 0
) -> tuple[float, float, float]:
    """Return the ratio of two means over paired searches, with its bootstrap 5-95 % interval.

    Efron, Annals of Statistics 7 (1979) 1: pairs are drawn again with replacement, 4,000 times.

    Args:
        above: One figure per search, length n >= 1.
        below: The same of the search that it is compared with, same task and seed, length n.
        seed: Of the draws.
    """
    pairs = np.array([above, below], dtype=np.float64)
    n = pairs.shape[1]
    drawn = pairs[:, np.random.default_rng(seed).integers(0, n, size=(RESAMPLES, n))].mean(axis=2)
    low, high = np.quantile(drawn[0] / drawn[1], (0.05, 0.95))
    return float(pairs[0].mean() / pairs[1].mean()), float(low), float(high)


def outcomes(
    ours: Sequence[float], theirs: Sequence[float], *, tie: float = 0.0
) -> tuple[int, int, int]:
    """Return wins, ties and losses of paired searches, where less is better.

    Args:
        ours: One figure per search.
        theirs: The same of the other, in the same order.
        tie: Differences up to this count as ties.
    """
    gain = np.asarray(theirs, dtype=np.float64) - np.asarray(ours, dtype=np.float64)
    return int((gain > tie).sum()), int((np.abs(gain) <= tie).sum()), int((gain < -tie).sum())
