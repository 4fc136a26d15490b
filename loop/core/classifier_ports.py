"""What the loop asks of a classifier: labels of some candidates to probabilities of others."""

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from loop.core.classification import ClassifierReport
from loop.core.ports import FeatureMatrix, Rows


class FittedClassifier(Protocol):
    """Fitted probabilities of classes over a featurized pool."""

    report: ClassifierReport

    def probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """Return the probability of each class, `(len(rows), K)`, never 0 or 1; rows sum to 1."""

    def dump(self) -> bytes:
        """Return the model in a plain format (never a pickle)."""


class Classifier(Protocol):
    """Labels to probabilities. Built as `Cls(config)`."""

    Config: ClassVar[type[BaseModel]]

    def fit(
        self, features: FeatureMatrix, rows: Rows, labels: NDArray[np.intp], seed: int
    ) -> FittedClassifier:
        """Return the fitted model; `labels[i]` in 0..K-1 is the class of pool row `rows[i]`.

        Raises:
            ModelError: it cannot be fitted; the message says why and what to do.
        """

    def load(self, content: bytes, features: FeatureMatrix) -> FittedClassifier:
        """Return what `FittedClassifier.dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
