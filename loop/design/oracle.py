"""A fitted model, asked about structures that nobody has measured."""

from collections.abc import Sequence

import numpy as np

from loop.core.candidate import CandidatePool
from loop.core.invention_ports import Foreseen
from loop.regression.describing import Workshop
from loop.regression.foreseen import Predictions
from loop.regression.model import RegressionModel


class Oracle:
    """A fitted model, asked about structures alone.

    Args:
        model: Foresees the property.
        workshop: Describes structures as at the fit.
    """

    def __init__(self, model: RegressionModel, workshop: Workshop) -> None:
        self._model, self._workshop = model, workshop

    def predict(self, structures: Sequence[str]) -> Predictions:
        """Return everything that the model says of structures."""
        ids = tuple(str(i) for i in range(len(structures)))
        pool = CandidatePool(self._model.request.material, ids, tuple(structures), ids)
        return self._model.predict(pool, self._workshop)

    def foresee(self, structures: Sequence[str]) -> Foreseen:
        """Return what a search asks of it."""
        told = self.predict(structures)
        return Foreseen(told.mean, told.sd_model, told.failures)

    def noise(self) -> float:
        """Return the sd of one measurement: the model's own, equal for all structures."""
        told = self.predict(self._model.measured.pool.structures[:1])
        return float(np.sqrt(max(told.sd[0] ** 2 - told.sd_model[0] ** 2, 0.0)))
