"""One stream of random numbers for many small choices, cheap to draw from one by one."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")
_BLOCK = 4096


class Draws:
    """Choices from one seed; numpy draws in blocks, since single draws cost ten times as much."""

    def __init__(self, seed: int) -> None:
        self._stream = _uniform(np.random.default_rng(seed))

    def share(self) -> float:
        """Return a number in [0, 1)."""
        return next(self._stream)

    def index(self, n: int) -> int:
        """Return a number of 0..n-1, all equally likely."""
        return int(next(self._stream) * n)

    def one(self, items: Sequence[_T]) -> _T:
        """Return one of the items, all equally likely."""
        return items[self.index(len(items))]

    def two(self, items: Sequence[_T]) -> tuple[_T, _T]:
        """Return two of the items at different places, in random order; there must be two."""
        first = self.index(len(items))
        second = self.index(len(items) - 1)
        return items[first], items[second + (second >= first)]

    def weighted(self, cumulative: Sequence[float]) -> int:
        """Return the index of one weight, drawn by the running sums of the weights."""
        at = bisect_right(cumulative, next(self._stream) * cumulative[-1])
        return min(at, len(cumulative) - 1)


def _uniform(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(_BLOCK).tolist()
