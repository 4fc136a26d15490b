"""Random forests and gradient boosting as surrogates, on descriptors or on frozen features."""

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.surrogate.borrowing import BorrowingConfig
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.forest import Calibration, Columns, Ensemble, FittedForest, calibrate
from loop.surrogate.gp import (
    GaussianProcess,
    GaussianProcessConfig,
    StoreKeeper,
    restored,
    without_sources,
)
from loop.surrogate.observed import observe
from loop.surrogate.storage import unpack
from loop.surrogate.store import COUNTS, FEATURES, PREDICTIONS, REALS, Array
from loop.surrogate.trees import Trees

_ARRAYS = frozenset({"bases", "calibration", "rows", "y", "scaling"}) | Trees.names()
_FOLDS: Final = 5
_SHARE: Final = 0.33

Mask = NDArray[np.bool_]


class ForestConfig(BaseModel):
    """Settings.

    Attributes:
        trees: Number of trees.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    trees: Annotated[int, Field(ge=20, le=1000)] = 100


class FrozenConfig(BorrowingConfig, ForestConfig):
    """Settings of both."""


class BoostingConfig(BaseModel):
    """Settings.

    Attributes:
        trees: Trees of one boosted model.
        rate: Learning rate.
        repeats: How often five boosted models are fitted, each without one fifth of the
            observations.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    trees: Annotated[int, Field(ge=5, le=1000)] = 80
    rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    repeats: Annotated[int, Field(ge=1, le=10)] = 2


class TreeSurrogate(ABC):
    """What surrogates made of trees share."""

    kind: ClassVar[str]
    blocks: ClassVar[tuple[str, ...]] = (REALS, COUNTS)
    minimum: ClassVar[int] = 5
    uses_sources: ClassVar[bool] = False

    def __init__(self) -> None:
        self._stores = StoreKeeper()

    @abstractmethod
    def grow(self, x: NDArray[np.float32], z: Array, seed: int) -> tuple[Ensemble, Mask]:
        """Return an ensemble, and which member did not see which observation `(n, k)`."""

    def fit(self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int) -> Any:
        """Return the fitted model; `rows[i]` is the pool row of `data.y[i]`.

        Raises:
            ModelError: too few, non-finite or undescribed observations.
        """
        store = self._stores.of(features)
        observed = observe(features, store, rows, data, self.minimum).levelled()
        columns = Columns(features, self.blocks)
        # Resampling goes by position: sorted, the order of observations does not matter.
        order = np.argsort(observed.rows, kind="stable")
        x, z = columns(observed.rows[order]), observed.z[order]
        ensemble, unseen = self.grow(x, z, seed)
        back = np.argsort(order, kind="stable")
        calibration, left_out = calibrate(ensemble.predict(x)[back], unseen[back], observed.z)
        fitted = FittedForest(self.kind, observed, columns, ensemble, calibration)
        fitted.summarise(left_out)
        return fitted

    def load(self, content: bytes, features: FeatureMatrix) -> Any:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        arrays, report = unpack(self.kind, content, features, _ARRAYS)
        rate, shared, factor = (float(v) for v in arrays["calibration"])
        ensemble = Ensemble(Trees.from_arrays(arrays), arrays["bases"], rate)
        observed = restored(arrays, self._stores.of(features), features.digest, report)
        columns = Columns(features, self.blocks)
        fitted = FittedForest(self.kind, observed, columns, ensemble, Calibration(shared, factor))
        fitted.adopt(report)
        return fitted


class RandomForest(TreeSurrogate):
    """Random forest on descriptors and counts; Breiman, Machine Learning 45 (2001) 5."""

    Config: ClassVar[type[BaseModel]] = ForestConfig
    kind: ClassVar[str] = "random-forest"

    def __init__(self, config: ForestConfig) -> None:
        super().__init__()
        self.config = config

    def grow(self, x: NDArray[np.float32], z: Array, seed: int) -> tuple[Ensemble, Mask]:
        """Return trees grown on bootstrap samples; see `TreeSurrogate`."""
        from sklearn.tree import DecisionTreeRegressor

        rng = np.random.default_rng(seed)
        n, fitted = len(z), []
        unseen = np.ones((n, self.config.trees), dtype=np.bool_)
        for k in range(self.config.trees):
            sample = rng.integers(0, n, n)
            # Every observation must be left out by some tree, or it could not be judged.
            sample = np.where(sample == k % n, (k + 1) % n, sample)
            tree = DecisionTreeRegressor(max_features=_SHARE, random_state=int(rng.integers(2**31)))
            fitted.append(tree.fit(x[sample], z[sample]))
            unseen[sample, k] = False
        return Ensemble(Trees.of(fitted), np.zeros(len(fitted)), 1.0), unseen


class GradientBoosting(TreeSurrogate):
    """Boosted trees on descriptors and counts; Friedman, Annals of Statistics 29 (2001) 1189."""

    Config: ClassVar[type[BaseModel]] = BoostingConfig
    kind: ClassVar[str] = "gradient-boosting"

    def __init__(self, config: BoostingConfig) -> None:
        super().__init__()
        self.config = config

    def grow(self, x: NDArray[np.float32], z: Array, seed: int) -> tuple[Ensemble, Mask]:
        """Return models boosted on four fifths of the observations; see `TreeSurrogate`."""
        from sklearn.ensemble import GradientBoostingRegressor

        rng = np.random.default_rng(seed)
        n, trees, bases, unseen = len(z), [], [], []
        for _ in range(self.config.repeats):
            fold = rng.permutation(n) % _FOLDS
            for k in range(_FOLDS):
                model = GradientBoostingRegressor(
                    n_estimators=self.config.trees,
                    learning_rate=self.config.rate,
                    max_features=_SHARE,
                    random_state=int(rng.integers(2**31)),
                )
                seen = fold != k
                # A constant start is kept apart, so that a member is base + rate * leaves.
                base = float(z[seen].mean())
                model.set_params(init="zero").fit(x[seen], z[seen] - base)
                trees += [t for row in model.estimators_ for t in row]
                bases.append(base)
                unseen.append(~seen)
        ensemble = Ensemble(Trees.of(trees), np.array(bases), self.config.rate)
        return ensemble, np.array(unseen).T


class FrozenFeatures(RandomForest):
    """Random forest on what pretrained source models say: features of their trunk, predictions.

    The recipe of Yamada et al., ACS Central Science 5 (2019) 1717. Without sources, `gp`.
    """

    Config: ClassVar[type[BaseModel]] = FrozenConfig
    kind: ClassVar[str] = "frozen-features"
    uses_sources: ClassVar[bool] = True
    blocks: ClassVar[tuple[str, ...]] = (FEATURES, PREDICTIONS)

    def fit(self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int) -> Any:
        """Return the fitted model; see `TreeSurrogate.fit`."""
        store = self._stores.of(features)
        if store.has_sources:
            return super().fit(features, rows, data, seed)
        observed = observe(features, store, rows, data, self.minimum)
        return without_sources(self.kind, observed, seed)

    def load(self, content: bytes, features: FeatureMatrix) -> "FittedForest | FittedMixture":
        """Return what `dump` stored; see `TreeSurrogate.load`."""
        if self._stores.of(features).has_sources:
            found: FittedForest = super().load(content, features)
            return found
        return _Plain(GaussianProcessConfig()).load(content, features)


class _Plain(GaussianProcess):
    kind: ClassVar[str] = FrozenFeatures.kind
