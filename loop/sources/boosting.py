"""Gradient-boosted trees as plain arrays: learned by scikit-learn, stored without a pickle."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from loop.errors import ModelError
from loop.sources.body import Answer, Tensors
from loop.sources.inputs import Floats
from loop.sources.learners import BoostedTrees

_NAMES: Final = ("starts", "left", "right", "feature", "threshold", "value", "baseline")
_LEAF: Final = -1


@dataclass(frozen=True)
class Boosting:
    """Trees one after another; the prediction is the baseline plus a leaf of each.

    Attributes:
        starts: First node of each tree, shape `(t,)`, int32.
        left: Next node where the input is at most the threshold, counted over all trees; -1 at a
            leaf. Shape `(nodes,)`, int32.
        right: Next node otherwise.
        feature: Input looked at, int32.
        threshold: float64.
        value: Of a leaf, float64.
        baseline: Shape `(1,)`, float64.
    """

    starts: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]
    baseline: NDArray[np.float64]

    @property
    def width(self) -> int:
        """Trees have no features."""
        return 0

    def ready(self) -> Answer:
        """Return what answers."""
        return lambda x: (
            self.predict(x).astype(np.float32)[:, None],
            np.zeros((len(x), 0), dtype=np.float32),
        )

    def predict(self, x: Floats) -> NDArray[np.float64]:
        """Return the predictions of inputs `(n, d)`, shape `(n,)`.

        Sums run in scikit-learn's order, so that both agree to the last bit.
        """
        # By column: a tree looks at a few inputs of all rows.
        columns = np.ascontiguousarray(x.T)
        total = np.full(len(x), self.baseline[0])
        for start in self.starts:
            at = np.full(len(x), start, dtype=np.int32)
            on = np.flatnonzero(self.left[at] != _LEAF)
            while len(on):
                here = at[on]
                low = columns[self.feature[here], on] <= self.threshold[here]
                at[on] = np.where(low, self.left[here], self.right[here])
                on = on[self.left[at[on]] != _LEAF]
            total += self.value[at]
        return total

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {f"trees.{name}": getattr(self, name) for name in _NAMES}

    @classmethod
    def of(cls, tensors: Tensors, inputs: int) -> Self:
        """Return what `tensors` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: the arrays are no trees over so many inputs.
        """
        found = cls(*(tensors[f"trees.{name}"] for name in _NAMES))
        n = len(found.left)
        inner = np.flatnonzero(found.left != _LEAF)
        if (
            any(len(getattr(found, name)) != n for name in _NAMES[2:6])
            or len(found.baseline) != 1
            or not ((found.starts >= 0) & (found.starts < n)).all()
            or not ((found.feature >= 0) & (found.feature < inputs)).all()
        ):
            raise ValueError("the arrays do not form trees over the inputs of the card")
        for side in (found.left[inner], found.right[inner]):
            # Children stand behind their parents, so that no walk is endless.
            if not ((side > inner) & (side < n)).all():
                raise ValueError("the trees are no trees: a node leads back or out")
        return found


def fit_boosting(x: Floats, y: Floats, learner: BoostedTrees, seed: int) -> Boosting:
    """Return boosted trees of inputs `(n, d)` and standardised values `(n,)`.

    Raises:
        ModelError: this scikit-learn keeps its trees in another form than is read here.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    regressor = HistGradientBoostingRegressor(
        max_iter=learner.trees,
        max_leaf_nodes=learner.leaves,
        learning_rate=learner.learning_rate,
        min_samples_leaf=learner.rows_per_leaf,
        l2_regularization=learner.l2,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(limits=1):
        regressor.fit(x, y)
        expected = regressor.predict(x)
    found = _plain(regressor)
    if not np.array_equal(found.predict(x), expected):
        raise ModelError(
            "the trees of the installed scikit-learn are read wrongly: they predict other values",
            hint="use the release of constraints.txt, or another kind of source",
        )
    return found


def _plain(regressor: Any) -> Boosting:
    # scikit-learn has no public form of these trees; `fit_boosting` checks what is read here.
    try:
        nodes = [trees[0].nodes for trees in regressor._predictors]  # noqa: SLF001
        baseline = np.asarray(regressor._baseline_prediction, dtype=np.float64)  # noqa: SLF001
    except (AttributeError, IndexError, TypeError) as cause:
        raise ModelError(
            "the installed scikit-learn keeps its boosted trees in a form that is not known here",
            hint="use the release of constraints.txt, or another kind of source",
        ) from cause
    sizes = np.array([len(tree) for tree in nodes])
    starts = np.cumsum(sizes) - sizes
    joined = np.concatenate(nodes)
    offset = np.repeat(starts, sizes)
    leaf = joined["is_leaf"].astype(np.bool_)

    def moved(side: str) -> NDArray[np.int32]:
        return np.where(leaf, _LEAF, joined[side].astype(np.int64) + offset).astype(np.int32)

    return Boosting(
        starts=starts.astype(np.int32),
        left=moved("left"),
        right=moved("right"),
        feature=np.where(leaf, 0, joined["feature_idx"]).astype(np.int32),
        threshold=np.where(leaf, 0.0, joined["num_threshold"]),
        value=np.where(leaf, joined["value"], 0.0),
        baseline=baseline.reshape(-1)[:1],
    )
