"""What every fitted surrogate over the rows of a pool shares."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from loop.core.ports import Rows, Trust
from loop.core.proposal import ModelReport
from loop.surrogate.observed import Observed
from loop.surrogate.storage import pack
from loop.surrogate.store import Array, Index
from loop.surrogate.trust import Domain

if TYPE_CHECKING:
    from loop.surrogate.botorch_model import RowModel


class FittedRows(ABC):
    """See `FittedSurrogate` and `ApplicabilityDomain`; also a `JointPosterior`.

    Args:
        kind: Name of the surrogate.
        observed: The observations.
    """

    report: ModelReport

    def __init__(self, kind: str, observed: Observed) -> None:
        self.kind, self.observed = kind, observed
        self._widening = 1.0
        self._model: RowModel | None = None
        self._domain: Domain | None = None

    def adopt(self, report: ModelReport) -> None:
        """Take a report, and the widening of standard deviations in it."""
        self.report = report
        self._widening = report.widening

    def note(self, *warnings: str) -> None:
        """Add warnings to the report."""
        told = (*self.report.warnings, *warnings)
        self.report = self.report.model_copy(update={"warnings": told})

    @property
    @abstractmethod
    def weights(self) -> Array:
        """Weights of the members, shape `(m,)`."""

    @property
    @abstractmethod
    def noise(self) -> Array:
        """Noise variance of the members, squared unit of the property, shape `(m,)`."""

    @abstractmethod
    def posterior(self, rows: Rows) -> tuple[Array, Array]:
        """Return mean and sd (without noise), each `(len(rows),)`, in the property's unit."""

    @abstractmethod
    def joint(self, rows: Index) -> tuple[Array, Array]:
        """Return means `(m, r)` and covariances `(m, r, r)`, in the property's unit."""

    @abstractmethod
    def arrays(self) -> dict[str, Any]:
        """Return what must be stored beside the observations."""

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
            self._domain = Domain(o.store, o.rows, o.y[o.trusted])
        at = np.asarray(rows, dtype=np.intp)
        return self._domain.trust(at, self.posterior(at)[0])

    def dump(self) -> bytes:
        """Return the model as safetensors with JSON metadata."""
        o = self.observed
        own = {
            "rows": o.rows.astype(np.int64),
            "y": o.y,
            "scaling": np.array([o.offset, o.scale, o.noise_floor]),
        }
        own |= {k: v for k, v in (("extra", o.extra), ("slack", o.slack)) if v is not None}
        if o.store.chosen is not None:
            own["assays"] = np.array(o.store.chosen, dtype=np.int64)
        return pack(self.kind, o.digest, own | self.arrays(), self.report)
