"""An ensemble of networks fine-tuned from the sources' shared trunk."""

from itertools import islice
from typing import Annotated, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.surrogate.borrowing import BorrowingConfig
from loop.surrogate.forest import Calibration, FittedForest, calibrate
from loop.surrogate.gp import (
    GaussianProcess,
    GaussianProcessConfig,
    StoreKeeper,
    restored,
    without_sources,
)
from loop.surrogate.observed import observe
from loop.surrogate.storage import unpack
from loop.surrogate.store import FEATURES, Array, FeatureStore, Index
from loop.surrogate.tuned_nets import TunedNets, tuning

_ARRAYS: Final = TunedNets.names() | {"calibration", "rows", "y", "scaling"}
_FOLDS: Final = 5
_LOOK_EVERY: Final = 10


class FineTuneConfig(BorrowingConfig):
    """Settings.

    Attributes:
        exclude_sources: Names of sources that must not be used, as `synthloop sources list` gives
            them.
        steps: Most steps of training; it stops where left-out observations are foreseen best.
        units: Units of the layer that is added to the trunk.
        repeats: How often five networks are trained, each without one fifth of the observations.
    """

    steps: Annotated[int, Field(ge=0, le=2000)] = 200
    units: Annotated[int, Field(ge=1, le=256)] = 16
    repeats: Annotated[int, Field(ge=1, le=10)] = 2


class TrunkFeatures:
    """Standardised trunk features of pool rows."""

    def __init__(self, store: FeatureStore) -> None:
        self._values = store.reals[FEATURES]

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self._values.shape[1])

    def __call__(self, rows: Index) -> Array:
        """Return the features of rows, shape `(len(rows), d)`."""
        return self._values[rows]


class FineTune:
    """Networks that start from a linear probe of the trunk; without a trunk, `gp`.

    Their disagreement alone is far too narrow an interval: it is calibrated by the networks that
    did not see an observation, as for forests. Training stops by the same networks, so that the
    figures of the report are a little too good.
    """

    Config: ClassVar[type[BaseModel]] = FineTuneConfig
    kind: ClassVar[str] = "fine-tune"
    minimum: ClassVar[int] = 5
    uses_sources: ClassVar[bool] = True

    def __init__(self, config: FineTuneConfig) -> None:
        self.config = config
        self._stores = StoreKeeper()

    def fit(self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int) -> Any:
        """Return the fitted model; `rows[i]` is the pool row of `data.y[i]`.

        Raises:
            ModelError: too few, non-finite or undescribed observations.
        """
        store = self._stores.of(features)
        observed = observe(features, store, rows, data, self.minimum)
        if FEATURES not in store.reals:
            return without_sources(self.kind, observed, seed)
        observed, trunk = observed.levelled(), TrunkFeatures(store)
        # Folds go by position: sorted, the order of observations does not matter.
        order = np.argsort(observed.rows, kind="stable")
        x, z = trunk(observed.rows[order]), observed.z[order]
        rng = np.random.default_rng(seed)
        fold = np.array([rng.permutation(len(z)) % _FOLDS for _ in range(self.config.repeats)])
        unseen = np.concatenate([f[:, None] == np.arange(_FOLDS) for f in fold], axis=1)
        nets, steps = self._tuned(x, z, unseen, rng)
        back = np.argsort(order, kind="stable")
        calibration, left_out = calibrate(nets.predict(x)[back], unseen[back], observed.z)
        fitted = FittedForest(self.kind, observed, trunk, nets, calibration)
        fitted.summarise(left_out)
        told = {**fitted.report.hyperparameters, "steps of training": float(steps)}
        fitted.adopt(fitted.report.model_copy(update={"hyperparameters": told}))
        return fitted

    def _tuned(
        self, x: Array, z: Array, unseen: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[TunedNets, int]:
        """Return the networks where they foresee unseen observations best, and the step."""
        path = tuning(x, z, ~unseen, self.config.units, rng)
        found: list[tuple[float, TunedNets]] = []
        for nets in islice(path, 0, self.config.steps + 1, _LOOK_EVERY):
            mean = (nets.predict(x) * unseen).sum(axis=1) / unseen.sum(axis=1)
            found.append((float(np.mean((z - mean) ** 2)), nets))
        best = int(np.argmin([loss for loss, _ in found]))
        return found[best][1], best * _LOOK_EVERY

    def load(self, content: bytes, features: FeatureMatrix) -> Any:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        store = self._stores.of(features)
        if FEATURES not in store.reals:
            return _Plain(GaussianProcessConfig()).load(content, features)
        arrays, report = unpack(self.kind, content, features, _ARRAYS)
        observed, trunk = restored(arrays, store, features.digest, report), TrunkFeatures(store)
        nets = TunedNets.from_arrays(arrays, trunk.width)
        _, shared, factor = (float(v) for v in arrays["calibration"])
        fitted = FittedForest(self.kind, observed, trunk, nets, Calibration(shared, factor))
        fitted.adopt(report)
        return fitted


class _Plain(GaussianProcess):
    kind: ClassVar[str] = FineTune.kind
