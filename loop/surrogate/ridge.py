"""Ridge regression on frozen features, in its Bayesian form."""

from typing import ClassVar

import numpy as np
from pydantic import BaseModel

from loop.surrogate.borrowing import RobustBorrowingConfig
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.gp import MixtureSurrogate, most_probable, without_sources
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import Members
from loop.surrogate.observed import Observed
from loop.surrogate.parts import assay_parts, linear_part, target_parts
from loop.surrogate.store import FEATURES, PREDICTIONS, FeatureStore


class FrozenRidge(MixtureSurrogate):
    """Linear in source predictions and in trunk features, penalties by maximum a posteriori.

    Extrapolates, unlike everything smooth; rarely the best within the observed range.
    """

    Config: ClassVar[type[BaseModel]] = RobustBorrowingConfig
    uses_sources: ClassVar[bool] = True
    kind: ClassVar[str] = "frozen-ridge"

    def __init__(self, config: RobustBorrowingConfig) -> None:
        super().__init__(robust=config.robust)
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the linear parts, or those of `gp` without sources."""
        linear = linear_part(store, PREDICTIONS, 1.0) + linear_part(store, FEATURES)
        return KernelSum(linear + assay_parts(store) if linear else target_parts(store))

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the fitted model; without sources, what `gp` returns."""
        if not observed.store.has_sources:
            return without_sources(self.kind, observed, seed)
        fit, _ = most_probable(self.kernel(observed.store), observed)
        model = self.mixed(observed, Members(fit.theta[None], np.ones(1)))
        model.summarise()
        return model
