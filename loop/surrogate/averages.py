"""Averages of several Gaussian processes: weighted by left-out observations or by evidence."""

from typing import ClassVar, Final

import numpy as np
from pydantic import BaseModel

from loop.surrogate.borrowing import RobustBorrowingConfig
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.gp import MixtureSurrogate, without_sources
from loop.surrogate.kernels import KernelSum, Part
from loop.surrogate.mixture import Members
from loop.surrogate.observed import Observed
from loop.surrogate.parts import linear_part, smooth_part, source_parts, target_parts
from loop.surrogate.rivals import Rival, evidence_weights, rival, stacking_weights
from loop.surrogate.store import FEATURES, PREDICTIONS, Array, FeatureStore

_LEAST_WEIGHT: Final = 0.01
_PRIOR_WITHOUT: Final = 0.2
_PRIOR_WITH: Final = 0.3


def _averaged(
    surrogate: MixtureSurrogate, observed: Observed, rivals: list[Rival], weights: Array
) -> FittedMixture:
    kept = np.where(weights < _LEAST_WEIGHT, 0.0, weights)
    groups = [(r.members, float(w)) for r, w in zip(rivals, kept, strict=True)]
    return surrogate.mixed(observed, Members.joined(groups))


def _told(model: FittedMixture, rivals: list[Rival], weights: Array) -> FittedMixture:
    shares = {
        f"weight of {r.name}": float(w)
        for r, w in zip(rivals, weights, strict=True)
        if w >= _LEAST_WEIGHT
    }
    model.adopt(model.report.model_copy(update={"hyperparameters": shares}))
    return model


class Stacking(MixtureSurrogate):
    """`gp`, source predictions, source features with structure, and all of them, stacked."""

    Config: ClassVar[type[BaseModel]] = RobustBorrowingConfig
    uses_sources: ClassVar[bool] = True
    kind: ClassVar[str] = "stacking"

    def __init__(self, config: RobustBorrowingConfig) -> None:
        super().__init__(robust=config.robust)
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the parts of all four."""
        return KernelSum(target_parts(store) + source_parts(store))

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the stacked average; without sources, what `gp` returns."""
        store = observed.store
        if not store.has_sources:
            return without_sources(self.kind, observed, seed)
        full, target = self.kernel(store), target_parts(store)
        alone = linear_part(store, PREDICTIONS) + smooth_part(store, PREDICTIONS)
        deep = linear_part(store, FEATURES) + smooth_part(store, FEATURES)
        structure = tuple(p for p in target if not p.distance)
        choices = {
            "no sources": target,
            "source predictions alone": alone,
            "source features and structure": deep + structure if deep else (),
            "everything": full.parts,
        }
        rivals = [rival(k, KernelSum(p), full, observed) for k, p in choices.items() if p]
        weights = stacking_weights(np.array([r.scores for r in rivals]))
        model = _averaged(self, observed, rivals, weights)
        model.summarise(evidence_weights=False)
        return _told(model, rivals, weights)


class ModelAverage(MixtureSurrogate):
    """Bayesian average of `gp`, of all sources together, and of `gp` with each source alone.

    Hoeting, Madigan, Raftery, Volinsky, Statistical Science 14 (1999) 382. Worth its price where
    one source is nearly the answer.
    """

    Config: ClassVar[type[BaseModel]] = RobustBorrowingConfig
    uses_sources: ClassVar[bool] = True
    kind: ClassVar[str] = "bma"

    def __init__(self, config: RobustBorrowingConfig) -> None:
        super().__init__(robust=config.robust)
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the parts of all models."""
        if PREDICTIONS not in store.reals:
            return KernelSum(target_parts(store))
        return KernelSum(target_parts(store) + source_parts(store) + _single(store))

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the average; without source predictions, what `gp` returns."""
        store = observed.store
        if PREDICTIONS not in store.reals:
            return without_sources(self.kind, observed, seed)
        full, target, single = self.kernel(store), target_parts(store), _single(store)
        rivals = [
            rival("no sources", KernelSum(target), full, observed),
            rival("all sources", KernelSum(target + source_parts(store)), full, observed),
            *(rival(p.label, KernelSum((*target, p)), full, observed) for p in single),
        ]
        each = (1.0 - _PRIOR_WITHOUT - _PRIOR_WITH) / len(single)
        prior = np.array([_PRIOR_WITHOUT, _PRIOR_WITH, *[each] * len(single)])
        weights = evidence_weights(rivals, prior)
        model = _averaged(self, observed, rivals, weights)
        model.summarise()
        return _told(model, rivals, weights)


def _single(store: FeatureStore) -> tuple[Part, ...]:
    names = store.columns.get(PREDICTIONS, ())
    return tuple(
        Part(f"source {name}", "gram", gram=f"{PREDICTIONS}:{i}", variance=0.6)
        for i, name in enumerate(names)
    )
