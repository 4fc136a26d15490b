"""Decision trees as plain arrays, so that they can be stored without a pickle and read anywhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.errors import ModelError
from loop.surrogate.store import Array

_LEAF = -1


@dataclass(frozen=True)
class Trees:
    """Trees one after another.

    Attributes:
        starts: First node of each tree, shape `(t,)`.
        left: Next node where the feature is at most the threshold, counted from the start of all
            trees; -1 at a leaf. Shape `(nodes,)`.
        right: Next node otherwise.
        feature: Column looked at.
        threshold: float64.
        value: Value of a leaf, float64.
    """

    starts: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Array
    value: Array

    @classmethod
    def of(cls, fitted: list[Any]) -> "Trees":
        """Return fitted scikit-learn regression trees."""
        trees = [t.tree_ for t in fitted]
        sizes = np.array([t.node_count for t in trees], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        moved = [
            (np.where(side < 0, _LEAF, side + start)).astype(np.int64)
            for start, t in zip(starts, trees, strict=True)
            for side in (t.children_left, t.children_right)
        ]
        return cls(
            starts,
            np.concatenate(moved[0::2]),
            np.concatenate(moved[1::2]),
            np.concatenate([np.maximum(t.feature, 0) for t in trees]).astype(np.int64),
            np.concatenate([t.threshold for t in trees]).astype(np.float64),
            np.concatenate([t.value[:, 0, 0] for t in trees]).astype(np.float64),
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, Any]) -> "Trees":
        """Return what `arrays` gave.

        Raises:
            ModelError: the arrays do not fit together.
        """
        found = cls(**{name: arrays[name] for name in cls.names()})
        n = len(found.left)
        same = all(len(getattr(found, k)) == n for k in cls.names() - {"starts"})
        inner = found.left >= 0
        rises = bool((found.left[inner] > np.flatnonzero(inner)).all())
        ends = max(int(found.left.max(initial=0)), int(found.right.max(initial=0))) < n
        if not (same and ends and rises):
            raise ModelError("the stored trees are damaged", hint="fit the model again")
        return found

    @staticmethod
    def names() -> frozenset[str]:
        """Return the names of the arrays."""
        return frozenset({"starts", "left", "right", "feature", "threshold", "value"})

    def arrays(self) -> dict[str, Any]:
        """Return the arrays by name."""
        return {name: getattr(self, name) for name in sorted(self.names())}

    def predict(self, x: NDArray[np.float32]) -> Array:
        """Return the leaf values of rows `x` `(n, d)`, shape `(n, t)`.

        As in scikit-learn, features are compared as float32 with thresholds in float64.
        """
        used, feature = np.unique(self.feature, return_inverse=True)
        narrow = np.ascontiguousarray(x[:, used])
        found = np.empty((len(x), len(self.starts)))
        rows = np.arange(len(x))
        for k, start in enumerate(self.starts):
            at = np.full(len(x), start)
            on = rows
            while len(on):
                here = at[on]
                on, here = on[self.left[here] >= 0], here[self.left[here] >= 0]
                low = narrow[on, feature[here]] <= self.threshold[here]
                at[on] = np.where(low, self.left[here], self.right[here])
            found[:, k] = self.value[at]
        return found
