"""A fitted mixture of Gaussian processes, as the loop sees it."""

import math
from typing import Any

import numpy as np

from loop.core.ports import Rows
from loop.surrogate.kernels import ABSENT
from loop.surrogate.mixture import GaussianMixture, loo_moments
from loop.surrogate.observed import Observed
from loop.surrogate.report import LeftOut, model_report
from loop.surrogate.rows import FittedRows
from loop.surrogate.store import Array, Index


class FittedMixture(FittedRows):
    """See `FittedRows`.

    Args:
        kind: Name of the surrogate.
        observed: The observations.
        mixture: The Gaussian processes conditioned on them.
    """

    def __init__(self, kind: str, observed: Observed, mixture: GaussianMixture) -> None:
        super().__init__(kind, observed)
        self.mixture = mixture

    def summarise(self, *, evidence_weights: bool = True) -> None:
        """Make the report from leave-one-out predictions; widen all sds if these demand it."""
        mean, variance = loo_moments(self.mixture, evidence_weights=evidence_weights)
        o = self.observed
        if o.slack is not None:
            # An outlier is told by how far it is without the variance that it was given.
            variance = variance - o.slack
        left_out = LeftOut(o.offset + o.scale * mean, o.scale * np.sqrt(variance))
        self.adopt(model_report(self.kind, o, left_out, self._in_words()))

    def _in_words(self) -> dict[str, float]:
        members = self.mixture.members
        best = members.thetas[int(np.argmax(members.weights))]
        noise = math.sqrt(float(members.weights @ self.mixture.noise) + self.observed.usual_extra)
        words = {"noise sd (property's unit)": self.observed.scale * noise}
        kernel = self.mixture.kernel
        for part, at in zip(kernel.parts, kernel.slices, strict=True):
            if best[at][0] == ABSENT:
                continue
            words[f"variance from {part.label} (standardised)"] = math.exp(best[at][0])
            if part.distance:
                words[f"length scale of {part.label} (standardised)"] = math.exp(best[at][1])
        return words

    @property
    def weights(self) -> Array:
        """Weights of the members, shape `(m,)`."""
        return self.mixture.members.weights

    @property
    def noise(self) -> Array:
        """Noise variance of the members, squared unit of the property, shape `(m,)`.

        That of a further observation: what is learned, and what the known noise of those so far
        has beside it on average.
        """
        usual = self.mixture.noise + self.observed.usual_extra
        return np.asarray(usual * (self.observed.scale * self._widening) ** 2)

    def posterior(self, rows: Rows) -> tuple[Array, Array]:
        """Return mean and sd (without noise), each `(len(rows),)`, in the property's unit."""
        mean, sd = self.mixture.marginal(np.asarray(rows, dtype=np.intp))
        scale = self.observed.scale
        return self.observed.offset + scale * mean, scale * self._widening * sd

    def joint(self, rows: Index) -> tuple[Array, Array]:
        """Return means `(m, r)` and covariances `(m, r, r)`, in the property's unit."""
        means, covariances = self.mixture.joint(rows)
        middle = self.weights @ means
        # Widening acts on the mixture's spread, of which the members' disagreement is a part.
        means = middle + self._widening * (means - middle)
        scale = self.observed.scale
        return self.observed.offset + scale * means, (scale * self._widening) ** 2 * covariances

    def arrays(self) -> dict[str, Any]:
        """Return hyperparameters and weights of the members."""
        members = self.mixture.members
        return {"thetas": np.ascontiguousarray(members.thetas), "weights": members.weights}
