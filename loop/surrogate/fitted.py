"""A fitted mixture of Gaussian processes, as the loop sees it."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from loop.core.ports import Rows, Trust
from loop.core.proposal import ModelReport
from loop.surrogate.kernels import ABSENT
from loop.surrogate.mixture import GaussianMixture, loo_moments
from loop.surrogate.observed import Observed
from loop.surrogate.report import LeftOut, model_report
from loop.surrogate.storage import pack
from loop.surrogate.store import Array, Index
from loop.surrogate.trust import Domain

if TYPE_CHECKING:
    from loop.surrogate.botorch_model import RowModel


class FittedMixture:
    """See `FittedSurrogate` and `ApplicabilityDomain`; also a `JointPosterior`.

    Args:
        kind: Name of the surrogate.
        observed: The observations.
        mixture: The Gaussian processes conditioned on them.
    """

    report: ModelReport

    def __init__(self, kind: str, observed: Observed, mixture: GaussianMixture) -> None:
        self.kind, self.observed, self.mixture = kind, observed, mixture
        self._widening = 1.0
        self._model: RowModel | None = None
        self._domain: Domain | None = None

    def summarise(self, *, evidence_weights: bool = True) -> None:
        """Make the report from leave-one-out predictions; widen all sds if these demand it."""
        mean, variance = loo_moments(self.mixture, evidence_weights=evidence_weights)
        o = self.observed
        left_out = LeftOut(o.offset + o.scale * mean, o.scale * np.sqrt(variance))
        self.adopt(model_report(self.kind, o, left_out, self._in_words()))

    def adopt(self, report: ModelReport) -> None:
        """Take a report, and the widening of standard deviations in it."""
        self.report = report
        self._widening = report.widening

    def _in_words(self) -> dict[str, float]:
        members = self.mixture.members
        best = members.thetas[int(np.argmax(members.weights))]
        noise = math.sqrt(float(members.weights @ self.mixture.noise))
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
        """Noise variance of the members, squared unit of the property, shape `(m,)`."""
        return np.asarray(self.mixture.noise * (self.observed.scale * self._widening) ** 2)

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

    def botorch_model(self) -> "RowModel":
        """Return the BoTorch model over row numbers, in the property's unit."""
        # Fitting and predicting need no torch: what does not choose a batch starts fast.
        from loop.surrogate.botorch_model import RowModel

        if self._model is None:
            self._model = RowModel(self)
        return self._model

    def inputs(self, rows: Rows) -> Any:
        """Return row numbers as a float64 tensor `(len(rows), 1)`."""
        from loop.surrogate.botorch_model import row_inputs

        return row_inputs(rows)

    def trust(self, rows: Rows) -> Trust:
        """Say how far pool rows lie from what was observed."""
        o = self.observed
        if self._domain is None:
            self._domain = Domain(o.store, o.rows, o.y)
        at = np.asarray(rows, dtype=np.intp)
        return self._domain.trust(at, self.posterior(at)[0])

    def dump(self) -> bytes:
        """Return the model as safetensors with JSON metadata."""
        o, members = self.observed, self.mixture.members
        arrays = {
            "thetas": np.ascontiguousarray(members.thetas),
            "weights": members.weights,
            "rows": o.rows.astype(np.int64),
            "y": o.y,
            "scaling": np.array([o.offset, o.scale, o.noise_floor]),
        }
        return pack(self.kind, o.digest, arrays, self.report)
