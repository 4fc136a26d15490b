"""Affine model transfer as a Gaussian process.

y = g1(f) + g2(f) g3(x) with f the source predictions is the class that Minami, Fukumizu, Hayashi,
Yoshida (NeurIPS 2023, arXiv:2210.09745) derive for transfer under squared loss. With Gaussian
process priors on g1, g2 and g3 the covariance is k1(f) + k2(f) k3(x); the parts of `gp` are added.
"""

from typing import ClassVar

import numpy as np
from pydantic import BaseModel

from loop.surrogate.borrowing import RobustBorrowingConfig
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.gp import MixtureSurrogate, most_probable, without_sources
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import Members
from loop.surrogate.observed import Observed
from loop.surrogate.parts import linear_part, product_part, smooth_part, target_parts
from loop.surrogate.store import PREDICTIONS, FeatureStore


class AffineTransfer(MixtureSurrogate):
    """Linear and Matern-5/2 on source predictions, and Matern-5/2 on them times structure."""

    Config: ClassVar[type[BaseModel]] = RobustBorrowingConfig
    uses_sources: ClassVar[bool] = True
    kind: ClassVar[str] = "affine-transfer"

    def __init__(self, config: RobustBorrowingConfig) -> None:
        super().__init__(robust=config.robust)
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return g1 + g2 g3 and the parts of `gp`."""
        return KernelSum(
            (
                *target_parts(store),
                *linear_part(store, PREDICTIONS),
                *smooth_part(store, PREDICTIONS),
                *product_part(store),
            )
        )

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the most probable model; without source predictions, what `gp` returns."""
        if PREDICTIONS not in observed.store.reals:
            return without_sources(self.kind, observed, seed)
        fit, _ = most_probable(self.kernel(observed.store), observed)
        model = self.mixed(observed, Members(fit.theta[None], np.ones(1)))
        model.summarise()
        return model
