"""Linear in what the sources predict, and nothing else: for what lies beyond the observed range.

Bayesian linear regression on source predictions, in its form as a Gaussian process (Rasmussen &
Williams, Gaussian Processes for Machine Learning (2006), section 2.1). Kernels that fall off with
distance draw candidates unlike all observations back to the mean; of the parts of `transfer-gp`
the linear one alone still ranks there.
"""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from loop.surrogate.borrowing import BorrowingConfig
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.gp import MixtureSurrogate, most_probable, without_sources
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import Members
from loop.surrogate.observed import Observed
from loop.surrogate.parts import linear_part, target_parts
from loop.surrogate.store import PREDICTIONS, FeatureStore


class LinearConfig(BorrowingConfig):
    """Settings.

    Attributes:
        linear_variance: Prior median of the variance that enters through the source predictions,
            in units of the observations' variance.
    """

    linear_variance: Annotated[float, Field(gt=0, le=10)] = 1.5


class LinearTransfer(MixtureSurrogate):
    """A weight for every source's prediction, and noise.

    Extrapolates; within the observed range `transfer-gp` is the better model. There is no guard:
    evidence from within the range says nothing about what lies beyond it, where the intervals of
    every model are too narrow.
    """

    Config: ClassVar[type[BaseModel]] = LinearConfig
    uses_sources: ClassVar[bool] = True
    kind: ClassVar[str] = "linear-transfer"

    def __init__(self, config: LinearConfig) -> None:
        super().__init__()
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the linear part, or the parts of `gp` without source predictions."""
        linear = linear_part(store, PREDICTIONS, self.config.linear_variance)
        return KernelSum(linear or target_parts(store))

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the most probable model; without source predictions, what `gp` returns."""
        if PREDICTIONS not in observed.store.reals:
            return without_sources(self.kind, observed, seed)
        fit, _ = most_probable(self.kernel(observed.store), observed)
        model = self.mixed(observed, Members(fit.theta[None], np.ones(1)))
        model.summarise()
        return model
