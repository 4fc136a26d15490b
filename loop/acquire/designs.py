"""First batches, before a model can be trusted."""

from typing import Final

import numpy as np

from loop.acquire.similarity import distances
from loop.core.ports import Choice, FeatureMatrix, Rows

_LARGEST: Final = 20_000


class DiverseDesign:
    """Greedy maximin: each next candidate is the farthest from all chosen and taken ones.

    Source: Kennard & Stone, Technometrics 11, 137 (1969). The first one, when nothing is taken,
    is drawn with the seed. Of a pool above 20,000 a seeded sample is considered.
    """

    def choose(
        self, features: FeatureMatrix, available: Rows, taken: Rows, size: int, seed: int
    ) -> list[Choice]:
        """Return at most `size` distinct available rows, away from `taken`."""
        rng = np.random.default_rng(seed)
        if len(available) > _LARGEST:
            available = np.sort(rng.choice(available, _LARGEST, replace=False))
        gap = np.full(len(available), np.inf)
        for row in taken:
            gap = np.minimum(gap, distances(features, available, int(row)))
        choices: list[Choice] = []
        for _ in range(min(size, len(available))):
            if np.isinf(gap).all():
                index, score = int(rng.integers(len(available))), 1.0
            else:
                index = int(np.argmax(gap))
                score = float(gap[index])
            choices.append(Choice(row=int(available[index]), score=score))
            gap = np.minimum(gap, distances(features, available, int(available[index])))
            gap[[int(np.searchsorted(available, c.row)) for c in choices]] = -1.0
        return choices


class RandomDesign:
    """A seeded draw without replacement."""

    def choose(
        self, features: FeatureMatrix, available: Rows, taken: Rows, size: int, seed: int
    ) -> list[Choice]:
        """Return at most `size` distinct available rows."""
        del features, taken
        rng = np.random.default_rng(seed)
        drawn = rng.choice(available, min(size, len(available)), replace=False)
        return [Choice(row=int(row), score=0.0) for row in drawn]
