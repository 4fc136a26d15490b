"""The target beside its nearest sources in one multi-task Gaussian process.

Intrinsic coregionalisation with what was found to mend its faults: own mean, scale and noise of
every property, correlations that cannot be negative, and all properties known at the observed rows
(Swersky, Snoek, Adams, NeurIPS 26 (2013); see `task_kernel`). It stays fragile: a few observations
say little about a correlation, and one too high is paid for in every prediction.
"""

from typing import Annotated, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.errors import ModelError
from loop.surrogate.borrowing import BorrowingConfig
from loop.surrogate.gp import (
    GaussianProcess,
    GaussianProcessConfig,
    StoreKeeper,
    most_probable,
    restored,
    without_sources,
)
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import GaussianMixture, Members
from loop.surrogate.observed import Observed, observe
from loop.surrogate.parts import target_parts
from loop.surrogate.report import model_report
from loop.surrogate.source_lines import source_lines
from loop.surrogate.storage import unpack
from loop.surrogate.store import PREDICTIONS, Array, FeatureStore, Index
from loop.surrogate.tasks import FittedTasks, Tasks

_ARRAYS: Final = frozenset(
    {"theta", "sources", "task_rows", "task", "values", "rows", "y", "scaling"}
)
_LOOKED_AT: Final = 2000


class MultiTaskConfig(BorrowingConfig):
    """Settings.

    Attributes:
        exclude_sources: Names of sources that must not be used, as `synthloop sources list` gives
            them.
        sources: How many sources take part: those that alone foresee left-out observations best.
        anchors: How many unmeasured candidates, unlike each other, the sources are known at
            beside the measured ones.
    """

    sources: Annotated[int, Field(ge=1, le=5)] = 3
    anchors: Annotated[int, Field(ge=0, le=200)] = 60


class MultiTask:
    """Intrinsic coregionalisation of the target with a few sources; without sources, `gp`."""

    Config: ClassVar[type[BaseModel]] = MultiTaskConfig
    kind: ClassVar[str] = "multi-task"
    minimum: ClassVar[int] = 3
    uses_sources: ClassVar[bool] = True

    def __init__(self, config: MultiTaskConfig) -> None:
        self.config = config
        self._stores = StoreKeeper()

    def fit(self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int) -> Any:
        """Return the fitted model; `rows[i]` is the pool row of `data.y[i]`.

        Raises:
            ModelError: too few, non-finite or undescribed observations, or no fit was found.
        """
        store = self._stores.of(features)
        observed = observe(features, store, rows, data, self.minimum)
        if PREDICTIONS not in store.reals or not target_parts(store):
            return without_sources(self.kind, observed, seed)
        lines = source_lines(store.reals[PREDICTIONS][observed.rows], observed.z)
        chosen = lines.ranked()[: self.config.sources].astype(np.intp)
        signs = np.where(lines.lines[chosen, 1] < 0, -1.0, 1.0)
        free = features.usable()
        free[observed.rows] = False
        around = anchors(store, np.flatnonzero(free), self.config.anchors, seed)
        tasks = Tasks.of(observed, chosen, signs, around)
        return self._told(FittedTasks(self.kind, observed, tasks), signs)

    def _told(self, fitted: FittedTasks, signs: Array) -> FittedTasks:
        o, kernel = fitted.observed, fitted.kernel
        names = o.store.columns[PREDICTIONS]
        found = kernel.correlations(fitted.theta)[0, 1:] * signs
        words = {
            f"correlation with {names[s]}": float(c)
            for s, c in zip(fitted.tasks.sources, found, strict=True)
        }
        words["noise sd (property's unit)"] = float(np.sqrt(fitted.noise[0]))
        left_out = fitted.left_out()
        fitted.adopt(model_report(self.kind, o, left_out, words))
        if not o.constant and (alone := _alone(o)) < fitted.report.rmse:
            fitted.note(
                f"left-out observations are foreseen worse with the sources (error "
                f"{fitted.report.rmse:.4g}) than without ({alone:.4g}): gp or transfer-gp suits "
                "this property better"
            )
        return fitted

    def load(self, content: bytes, features: FeatureMatrix) -> Any:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        store = self._stores.of(features)
        if PREDICTIONS not in store.reals or not target_parts(store):
            return _Plain(GaussianProcessConfig()).load(content, features)
        arrays, report = unpack(self.kind, content, features, _ARRAYS)
        observed = restored(arrays, store, features.digest, report)
        shapes = {arrays[k].shape for k in ("task_rows", "task", "values")}
        if len(shapes) != 1:
            raise ModelError("the stored model is damaged", hint="fit the model again")
        at, task, sources = (arrays[k].astype(np.intp) for k in ("task_rows", "task", "sources"))
        tasks = Tasks(sources, at, task, arrays["values"])
        fitted = FittedTasks(self.kind, observed, tasks, arrays["theta"])
        fitted.adopt(report)
        return fitted


class _Plain(GaussianProcess):
    kind: ClassVar[str] = MultiTask.kind


def _alone(observed: Observed) -> float:
    """Return the left-out error of `gp`, in the property's unit."""
    kernel = KernelSum(target_parts(observed.store))
    theta = most_probable(kernel, observed)[0].theta
    o, best = observed, Members(theta[None], np.ones(1))
    mixture = GaussianMixture(o.store, kernel, best, o.rows, o.z, o.added)
    error = o.z - mixture.leave_one_out()[0][0]
    return float(o.scale * np.sqrt(np.mean(error**2)))


def anchors(store: FeatureStore, free: NDArray[np.intp], size: int, seed: int) -> Index:
    """Return at most `size` of the rows `free`, unlike each other, sorted.

    Each is drawn with a probability that rises with the square of its distance to the nearest
    drawn before, in source predictions (k-means++: Arthur, Vassilvitskii, SODA 2007, 1027).
    """
    rng = np.random.default_rng(seed)
    if len(free) > _LOOKED_AT:
        free = np.sort(rng.choice(free, _LOOKED_AT, replace=False))
    if len(free) <= size:
        return np.asarray(free, dtype=np.intp)
    values = store.reals[PREDICTIONS][free]
    taken: list[int] = []
    far = np.ones(len(free))
    for _ in range(size):
        if far.sum() <= 0:
            break
        taken.append(int(rng.choice(len(free), p=far / far.sum())))
        apart = ((values - values[taken[-1]]) ** 2).sum(axis=1)
        far = np.minimum(far, apart) if len(taken) > 1 else apart
    return np.asarray(np.sort(free[taken]), dtype=np.intp)
