"""First batches, chosen without a model."""

from typing import Final

import numpy as np

from loop.acquire.similarity import Likeness
from loop.core.ports import Choice, FeatureMatrix, Rows

_LARGEST: Final = 20_000
_STARTS: Final = 64
_PROBES: Final = 256


def _free(features: FeatureMatrix, available: Rows, taken: Rows) -> Rows:
    rows = np.setdiff1d(available, taken).astype(np.intp)
    return rows[features.usable()[rows]]


class RandomDesign:
    """Rows drawn evenly."""

    def choose(
        self, features: FeatureMatrix, available: Rows, taken: Rows, size: int, seed: int
    ) -> list[Choice]:
        """Return at most `size` distinct available rows; all scores are 0."""
        rows = _free(features, available, taken)
        order = np.random.default_rng(seed).permutation(len(rows))[:size]
        return [Choice(int(rows[i]), 0.0) for i in order]


class DiverseDesign:
    """Greedy k-center: each row is the one farthest from all chosen and taken before.

    Gonzalez, Theoretical Computer Science 38 (1985) 293. Without taken rows it starts near the
    middle of the pool. Of more than 20,000 rows a seeded sample is looked at.
    """

    def choose(
        self, features: FeatureMatrix, available: Rows, taken: Rows, size: int, seed: int
    ) -> list[Choice]:
        """Return at most `size` distinct available rows; the score of the first may be 0."""
        rng = np.random.default_rng(seed)
        rows = _free(features, available, taken)
        if len(rows) > _LARGEST:
            rows = np.sort(rng.choice(rows, max(_LARGEST, size), replace=False))
        if not len(rows) or size < 1:
            return []
        likeness = Likeness(features)
        apart = np.full(len(rows), np.inf)
        for row in taken:
            apart = np.minimum(apart, likeness.distance(int(row), rows))
        chosen = []
        for _ in range(min(size, len(rows))):
            first = not np.isfinite(apart).any()
            at = _middle(likeness, rows, rng) if first else int(np.argmax(apart))
            chosen.append(Choice(int(rows[at]), 0.0 if first else float(apart[at])))
            apart = np.minimum(apart, likeness.distance(int(rows[at]), rows))
            apart[[int(np.searchsorted(rows, c.row)) for c in chosen]] = -np.inf
        return chosen


def _middle(likeness: Likeness, rows: Rows, rng: np.random.Generator) -> int:
    starts = rng.choice(len(rows), min(_STARTS, len(rows)), replace=False)
    probes = rows[rng.choice(len(rows), min(_PROBES, len(rows)), replace=False)]
    return int(min(starts, key=lambda at: likeness.distance(int(rows[at]), probes).mean()))
