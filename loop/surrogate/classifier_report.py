"""How well probabilities of classes foresee labels that they were not fitted on.

Scores: Gneiting & Raftery, Journal of the American Statistical Association 102 (2007) 359.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.classification import CalibrationBin, ClassifierReport
from loop.surrogate.store import Array, Index

Foresee = Callable[[Index, Index], Array]
"""Places of the labels to fit on and of those to foresee, to probabilities `(f, K)`."""

_FOLDS: Final = 5
_BINS: Final = 5
_JUDGED_FROM: Final = 30
_USUAL_ERROR: Final = 0.15


def folds(labels: NDArray[np.intp], seed: int) -> Index:
    """Return the fold of each label, `(n,)`: every class is dealt out evenly, in seeded order."""
    order = np.random.default_rng(seed).permutation(len(labels))
    dealt = order[np.argsort(labels[order], kind="stable")]
    found = np.empty(len(labels), dtype=np.intp)
    found[dealt] = np.arange(len(labels)) % min(_FOLDS, len(labels))
    return found


def base_rates(labels: NDArray[np.intp], k: int) -> Array:
    """Return the shares of k classes by the rule of succession, (n_c + 1) / (n + k), `(k,)`."""
    return np.asarray((np.bincount(labels, minlength=k) + 1.0) / (len(labels) + k))


def cross_validated(
    labels: NDArray[np.intp], k: int, foresee: Foresee, seed: int
) -> tuple[Array, Array]:
    """Return probabilities by a model, and by the shares, that did not see the label, `(n, k)`."""
    fold = folds(labels, seed)
    model, shares = np.empty((len(labels), k)), np.empty((len(labels), k))
    for i in range(int(fold.max()) + 1):
        seen, left = np.flatnonzero(fold != i), np.flatnonzero(fold == i)
        model[left] = foresee(seen, left)
        shares[left] = base_rates(labels[seen], k)
    return model, shares


def log_scores(probabilities: Array, labels: NDArray[np.intp]) -> Array:
    """Return the log probability of the true class, in nats, `(n,)`."""
    return np.asarray(np.log(probabilities[np.arange(len(labels)), labels]))


def brier(probabilities: Array, labels: NDArray[np.intp]) -> float:
    """Return the mean squared error summed over the classes, in [0, 2]."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def calibration(
    probabilities: Array, labels: NDArray[np.intp]
) -> tuple[tuple[CalibrationBin, ...], float]:
    """Return predicted beside observed frequencies in bins of equal width, and their mean gap."""
    # Of two classes, one says everything.
    wanted = range(1, 2) if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    p = np.concatenate([probabilities[:, c] for c in wanted])
    hit = np.concatenate([labels == c for c in wanted])
    place = np.minimum((p * _BINS).astype(np.intp), _BINS - 1)
    bins = tuple(
        CalibrationBin(
            predicted=float(p[at].mean()), observed=float(hit[at].mean()), n=int(at.sum())
        )
        for b in range(_BINS)
        if (at := place == b).any()
    )
    gap = sum(b.n * abs(b.predicted - b.observed) for b in bins) / len(p)
    return bins, float(gap)


def classifier_report(
    kind: str,
    counts: tuple[int, ...],
    labels: NDArray[np.intp],
    checked: tuple[Array, Array],
    weights: dict[str, float],
) -> ClassifierReport:
    """Return the report of a classifier.

    Args:
        kind: Its name.
        counts: Labels by class that it was fitted on.
        labels: Labels that were foreseen, shape `(n,)`.
        checked: What `cross_validated` returned for them.
        weights: Parts of the model.
    """
    model, shares = checked
    bins, gap = calibration(model, labels)
    scores, base = log_scores(model, labels), log_scores(shares, labels)
    warnings = []
    if len(labels) >= _JUDGED_FROM and gap > _USUAL_ERROR:
        warnings.append(f"probabilities are off by {gap:.0%} on average")
    report = ClassifierReport(
        classifier=kind,
        counts=counts,
        n_checked=len(labels),
        folds=min(_FOLDS, len(labels)),
        log_score=float(scores.mean()),
        base_log_score=float(base.mean()),
        gain_error=float((scores - base).std(ddof=1) / math.sqrt(len(labels))),
        brier=brier(model, labels),
        base_brier=brier(shares, labels),
        calibration=bins,
        calibration_error=gap,
        weights=weights,
        warnings=tuple(warnings),
    )
    if report.better_than_base:
        return report
    worse = (
        f"the classifier foresees labels no better than their shares do (log score "
        f"{report.log_score:.2f} against {report.base_log_score:.2f} ± {report.gain_error:.2f})"
    )
    return report.model_copy(update={"warnings": (worse, *report.warnings)})
