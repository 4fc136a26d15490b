"""One class against the others: Gaussian processes of nested kernels, averaged by evidence.

The base rate alone, the descriptors, and the descriptors with what the source library says are
three models of the same labels. Few labels support no more than the base rate, and their average
stays near it.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from loop.surrogate.kernels import ABSENT, KernelSum
from loop.surrogate.label_posterior import LabelPosterior, Mode, find_mode, predict
from loop.surrogate.mixture import Members
from loop.surrogate.parts import linear_part, smooth_part, source_parts, target_parts
from loop.surrogate.store import REALS, Array, FeatureStore, Index

_LOGISTIC_VARIANCE: Final = math.pi**2 / 3.0
_CHUNK: Final = 4096
BASE, PLAIN, SOURCED = "base rate", "descriptors", "descriptors and sources"


def label_kernel(store: FeatureStore, *, sources: bool) -> KernelSum:
    """Return the kernel of latent values: the parts that surrogates have, on the latent scale.

    Descriptors enter linearly too. Length scales lie around the usual distance of two rows, and
    the prior median of the whole variance is that of the logistic distribution, so that before
    any label descriptors explain as much as chance does: a handful of labels cannot raise the
    variance that longer scales would need to tell rows apart.
    """
    parts = [p for p in target_parts(store) if not p.distance]
    parts += [*linear_part(store, REALS), *smooth_part(store, REALS)]
    parts += source_parts(store) if sources else ()
    share = _LOGISTIC_VARIANCE / max(len(parts), 1)
    return KernelSum(tuple(replace(part, variance=share) for part in parts))


def candidates(store: FeatureStore) -> dict[str, KernelSum]:
    """Return the nested kernels by name; the last holds the parts of all."""
    found = {BASE: KernelSum(())}
    plain = label_kernel(store, sources=False)
    if plain.parts:
        found[PLAIN] = plain
    if store.has_sources:
        found[SOURCED] = label_kernel(store, sources=True)
    return found


def fit_members(
    store: FeatureStore, rows: Index, labels: Array, offset: float, tuned: Index
) -> Members:
    """Return most probable hyperparameters of all candidates, weighted by evidence.

    Args:
        store: Features of the pool.
        rows: Labelled pool rows, shape `(n,)`.
        labels: 0 or 1, float64, shape `(n,)`.
        offset: Prior mean of the latent values.
        tuned: Places of the labels that hyperparameters are found on; the evidence is that of
            all labels.

    Raises:
        ModelError: no fit was found.
    """
    kernels = candidates(store)
    full = list(kernels.values())[-1]
    thetas, evidence = [], []
    for kernel in kernels.values():
        if not kernel.parts:
            thetas.append(np.full(full.size, ABSENT))
            evidence.append(_evidence(store, kernel, np.empty(0), rows, labels, offset))
            continue
        few, few_labels = rows[tuned], labels[tuned]
        tables = store.tables(kernel.keys, few, few)
        fit = LabelPosterior(kernel, tables, few_labels, offset).maximum()
        thetas.append(_embedded(full, kernel, fit.theta))
        evidence.append(fit.evidence)
        if len(few) < len(rows):
            evidence[-1] += _evidence(store, kernel, fit.theta, rows, labels, offset)
            evidence[-1] -= _evidence(store, kernel, fit.theta, few, few_labels, offset)
    logs = np.array(evidence)
    weights = np.exp(logs - logs.max())
    return Members(np.array(thetas), weights / weights.sum())


def _evidence(
    store: FeatureStore, kernel: KernelSum, theta: Array, rows: Index, labels: Array, offset: float
) -> float:
    """Return the log evidence of hyperparameters."""
    tables = store.tables(kernel.keys, rows, rows)
    covariance = kernel.covariance(theta, tables, (len(rows), len(rows)))
    return find_mode(covariance, labels, offset).evidence


def _embedded(full: KernelSum, small: KernelSum, theta: Array) -> Array:
    """Return the parameters of a nested kernel in the layout of the full one.

    Parts are told apart by label: their priors differ with the number of parts.
    """
    labels = {part.label: at for part, at in zip(small.parts, small.slices, strict=True)}
    found = np.full(full.size, ABSENT)
    for part, at in zip(full.parts, full.slices, strict=True):
        if part.label in labels:
            found[at] = theta[labels[part.label]]
        elif part.size > 1:
            found[at.stop - 1] = 0.0
    return found


class LabelMixture:
    """Members conditioned on labels.

    Args:
        store: Features of the pool.
        members: Hyperparameters in the layout of the kernel with all parts, and weights.
        rows: Labelled pool rows, shape `(n,)`.
        labels: 0 or 1, float64, shape `(n,)`.
        offset: Prior mean of the latent values.
    """

    def __init__(
        self, store: FeatureStore, members: Members, rows: Index, labels: Array, offset: float
    ) -> None:
        self.store, self._rows, self._offset = store, rows, offset
        self.members, self.kernel = members, list(candidates(store).values())[-1]
        tables = store.tables(self.kernel.keys, rows, rows)
        n = len(rows)
        self.modes: list[Mode] = [
            find_mode(self.kernel.covariance(theta, tables, (n, n)), labels, offset)
            for theta in members.thetas
        ]

    def probability(self, rows: Index) -> Array:
        """Return P(label 1), `(len(rows),)`."""
        found = [np.empty(0)]
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            tables = self.store.tables(self.kernel.keys, self._rows, chunk, keep=False)
            shape = (len(self._rows), len(chunk))
            total = np.zeros(len(chunk))
            for weight, theta, mode in zip(
                self.members.weights, self.members.thetas, self.modes, strict=True
            ):
                cross = self.kernel.covariance(theta, tables, shape)
                prior = self.kernel.diagonal(theta, self.store, chunk)
                total += weight * predict(mode, cross, prior, self._offset)
            found.append(total)
        return np.concatenate(found)
