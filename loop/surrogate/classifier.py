"""`gp-classifier`: probabilities of classes from few labels, over the rows of a featurized pool.

One class against all others by Laplace's method (`label_posterior`), normalised over the classes.
Of the two usual ways, this one keeps the Bernoulli likelihood; regression of transformed labels
(Milios et al., NeurIPS 2018) needs a pseudo-noise that matters most where labels are few.
"""

from typing import Annotated, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import logit

from loop.core.classification import ClassifierReport
from loop.core.ports import FeatureMatrix, Rows
from loop.errors import ModelError
from loop.surrogate.classifier_report import base_rates, classifier_report, cross_validated
from loop.surrogate.gp import StoreKeeper
from loop.surrogate.label_members import LabelMixture, candidates, fit_members
from loop.surrogate.mixture import Members
from loop.surrogate.storage import pack, unpack_as
from loop.surrogate.store import Array, FeatureStore, Index

KIND: Final = "gp-classifier"
_ARRAYS: Final = frozenset({"thetas", "weights", "rows", "labels"})
_LARGEST: Final = 5000


class GaussianProcessClassifierConfig(BaseModel):
    """Settings.

    Attributes:
        tuned_on: Labels, at most, that hyperparameters are found on and that the scores of the
            report rest on, drawn with the classes in proportion; all labels are conditioned on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    tuned_on: Annotated[int, Field(ge=10, le=2000)] = 300


class FittedLabels:
    """See `FittedClassifier`.

    Args:
        store: Features of the pool.
        digest: Digest of those features.
        rows: Labelled pool rows, shape `(n,)`.
        labels: Classes 0..K-1, shape `(n,)`.
        members: Of each class against the others; one for two classes, for class 1.
    """

    report: ClassifierReport

    def __init__(
        self,
        store: FeatureStore,
        digest: str,
        rows: Index,
        labels: NDArray[np.intp],
        members: list[Members],
    ) -> None:
        self._digest, self._rows, self._labels = digest, rows, labels
        k = 2 if len(members) == 1 else len(members)
        self._base = base_rates(labels, k)
        self.mixtures = [
            LabelMixture(store, m, rows, (labels == c).astype(np.float64), float(logit(base)))
            for m, (c, base) in zip(members, _against(self._base), strict=True)
        ]

    def probabilities(self, rows: Rows) -> Array:
        """Return the probability of each class, `(len(rows), K)`; rows sum to 1.

        n labels cannot show that a class is rarer than 1 / (n + K): that share of the base rates
        is mixed in, so that no class is ever ruled out or certain.
        """
        at = np.asarray(rows, dtype=np.intp)
        one = np.array([m.probability(at) for m in self.mixtures]).T
        if one.shape[1] == 1:
            one = np.concatenate([1.0 - one, one], axis=1)
        share = 1.0 / (len(self._labels) + len(self._base))
        return np.asarray((1.0 - share) * one / one.sum(axis=1, keepdims=True) + share * self._base)

    def weights(self) -> dict[str, float]:
        """Return the weight of each part of the model, averaged over the classes."""
        names = candidates(self.mixtures[0].store)
        mean = np.mean([m.members.weights for m in self.mixtures], axis=0)
        return {name: float(w) for name, w in zip(names, mean, strict=True)}

    def dump(self) -> bytes:
        """Return the model as safetensors with JSON metadata."""
        arrays: dict[str, Any] = {
            "thetas": np.array([m.members.thetas for m in self.mixtures]),
            "weights": np.array([m.members.weights for m in self.mixtures]),
            "rows": self._rows.astype(np.int64),
            "labels": self._labels.astype(np.int64),
        }
        return pack(KIND, self._digest, arrays, self.report)


def _against(base: Array) -> list[tuple[int, float]]:
    """Return the classes that are set against the others, with their base rates."""
    if len(base) == 2:
        return [(1, float(base[1]))]
    return [(c, float(share)) for c, share in enumerate(base)]


class GaussianProcessClassifier:
    """See `Classifier`."""

    Config: ClassVar[type[BaseModel]] = GaussianProcessClassifierConfig

    def __init__(self, config: GaussianProcessClassifierConfig) -> None:
        self.config = config
        self._stores = StoreKeeper()

    def fit(
        self, features: FeatureMatrix, rows: Rows, labels: NDArray[np.intp], seed: int
    ) -> FittedLabels:
        """Return the fitted model; `labels[i]` in 0..K-1 is the class of pool row `rows[i]`.

        Raises:
            ModelError: fewer than two classes, a class without a label, undescribed rows, more
                than 5000 labels, or no fit was found.
        """
        at, known = np.asarray(rows, dtype=np.intp), np.asarray(labels, dtype=np.intp)
        k = _check(features, at, known)
        store = self._stores.of(features)
        fitted = self._fitted(store, features.digest, (at, known), k, seed)
        some = _drawn(known, self.config.tuned_on, seed)
        tried = known[some]

        def foresee(seen: Index, left: Index) -> Array:
            part = (at[some][seen], tried[seen])
            model = self._fitted(store, features.digest, part, k, seed)
            return model.probabilities(at[some][left])

        checked = cross_validated(tried, k, foresee, seed)
        counts = tuple(int(c) for c in np.bincount(known, minlength=k))
        fitted.report = classifier_report(KIND, counts, tried, checked, fitted.weights())
        return fitted

    def _fitted(
        self,
        store: FeatureStore,
        digest: str,
        labelled: tuple[Index, NDArray[np.intp]],
        k: int,
        seed: int,
    ) -> FittedLabels:
        """Return the model without its report."""
        rows, labels = labelled
        some = _drawn(labels, self.config.tuned_on, seed)
        members = [
            fit_members(store, rows, (labels == c).astype(np.float64), float(logit(share)), some)
            for c, share in _against(base_rates(labels, k))
        ]
        return FittedLabels(store, digest, rows, labels, members)

    def load(self, content: bytes, features: FeatureMatrix) -> FittedLabels:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        arrays, report = unpack_as(ClassifierReport, KIND, content, features, _ARRAYS)
        store = self._stores.of(features)
        kernels = list(candidates(store).values())
        k = len(report.counts)
        expected = (1 if k == 2 else k, len(kernels), kernels[-1].size)
        n = (sum(report.counts),)
        whole = arrays["thetas"].shape == expected and arrays["weights"].shape == expected[:2]
        if not whole or arrays["rows"].shape != n or arrays["labels"].shape != n:
            raise ModelError("the stored model is damaged", hint="fit the model again")
        members = [Members(t, w) for t, w in zip(arrays["thetas"], arrays["weights"], strict=True)]
        rows, labels = arrays["rows"].astype(np.intp), arrays["labels"].astype(np.intp)
        fitted = FittedLabels(store, features.digest, rows, labels, members)
        fitted.report = report
        return fitted


def _drawn(labels: NDArray[np.intp], most: int, seed: int) -> Index:
    """Return places of at most `most` labels, sorted, classes in proportion and none left out."""
    if len(labels) <= most:
        return np.arange(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))
    dealt = order[np.argsort(labels[order], kind="stable")]
    even = dealt[np.linspace(0, len(labels) - 1, most).astype(np.intp)]
    first = [dealt[int(np.argmax(labels[dealt] == c))] for c in np.unique(labels)]
    return np.unique([*even, *first])


def _check(features: FeatureMatrix, rows: Index, labels: NDArray[np.intp]) -> int:
    """Return the number of classes."""
    if len(rows) != len(labels):
        raise ModelError(f"{len(rows)} rows for {len(labels)} labels")
    if len(labels) and labels.min() < 0:
        raise ModelError(f"label {labels.min()}; expected classes 0, 1, ...")
    counts = np.bincount(labels)
    if len(counts) < 2 or not counts.all():
        empty = [str(c) for c in range(max(len(counts), 2)) if c >= len(counts) or not counts[c]]
        raise ModelError(
            f"no label of class {', '.join(empty)} among {len(labels)}",
            hint="a classifier needs labels of at least two classes, numbered from 0",
        )
    if len(labels) > _LARGEST:
        raise ModelError(
            f"{len(labels)} labels; this classifier takes at most {_LARGEST}",
            hint="draw some of them, with every class among them",
        )
    undescribed = [int(r) for r in rows if int(r) in features.failures]
    if undescribed:
        raise ModelError(
            f"pool row {undescribed[0]} has a label but no features: "
            f"{features.failures[undescribed[0]]}"
        )
    return len(counts)
