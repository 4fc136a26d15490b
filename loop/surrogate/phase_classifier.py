"""The classifier of the loop as a scikit-learn estimator, for phases and the like."""

from dataclasses import replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from loop.core.classification import ClassifierReport
from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import DataError
from loop.surrogate.classifier import (
    GaussianProcessClassifier,
    GaussianProcessClassifierConfig,
)
from loop.surrogate.store import Array

_NEW: Final = "not among the rows that were fitted on"


class PhaseClassifier(ClassifierMixin, BaseEstimator):
    """Probabilities of classes from a table of descriptors, for example of metal and insulator.

    Descriptors are standardised over the rows that are fitted on.

    Args:
        tuned_on: Rows, at most, that hyperparameters are found on and that the scores of the
            report rest on; all rows are conditioned on.
        seed: Source of all randomness: which rows those are, and how they are split.

    Attributes:
        classes_: The classes, sorted, length K.
        n_features_in_: Number of descriptors.
    """

    def __init__(self, tuned_on: int = 300, seed: int = 0) -> None:
        self.tuned_on = tuned_on
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on descriptors `(n, d)`, numbers, and classes `(n,)`, of any type that sorts.

        Raises:
            ValueError: the input is no finite table, or of another length than the classes.
            DataError: all rows are of one class.
            ModelError: more than 5000 rows, or no fit was found.
        """
        values, given = validate_data(self, X, y, dtype=np.float64)
        self.classes_, labels = np.unique(given, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"y has one class only, {self.classes_.tolist()[0]!r}; expected at least two",
                hint="add rows of another class",
            )
        classifier = self._classifier()
        matrix = _matrix(values, n_new=0)
        fitted = classifier.fit(matrix, np.arange(len(values)), labels.astype(np.intp), self.seed)
        self._values, self._content = values, fitted.dump()
        self._report = fitted.report
        return self

    def _classifier(self) -> GaussianProcessClassifier:
        return GaussianProcessClassifier(GaussianProcessClassifierConfig(tuned_on=self.tuned_on))

    def predict_proba(self, X: Any) -> Array:  # noqa: N803 - scikit-learn's name
        """Return the probability of each class, `(r, K)`, never 0 or 1; rows sum to 1.

        What one row is told does not depend on the others.

        Raises:
            ValueError: the input is no finite table of as many descriptors as were fitted on.
        """
        check_is_fitted(self)
        new = validate_data(self, X, dtype=np.float64, reset=False)
        n = len(self._values)
        matrix = _matrix(np.concatenate([self._values, new]), n_new=len(new))
        # The fitted rows come first and alone decide the scale, so the model means the same.
        fitted = self._classifier().load(self._content, matrix)
        return fitted.probabilities(np.arange(n, n + len(new)))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """Return the most probable class of each row, `(r,)`."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def report(self) -> ClassifierReport:
        """Return the scores on left-out rows; classes in the order of `classes_`."""
        check_is_fitted(self)
        return self._report.model_copy()


def _matrix(values: Array, n_new: int) -> FeatureMatrix:
    """Return the features; the last `n_new` rows have no part in the scale."""
    n = len(values)
    names = tuple(map(str, range(values.shape[1])))
    block = FeatureBlock("descriptors", "reals", names, values.astype(np.float32))
    matrix = FeatureMatrix((block,), "table")
    return replace(matrix, failures=dict.fromkeys(range(n - n_new, n), _NEW))
