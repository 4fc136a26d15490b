"""The density-ratio family and rank-weighted ensembles of sources."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar, Final

import numpy as np
from pydantic import BaseModel

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.surrogate.borrowing import BorrowingConfig
from loop.surrogate.gp import StoreKeeper, most_probable
from loop.surrogate.inference import Posterior
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import GaussianMixture
from loop.surrogate.observed import Observed, observe
from loop.surrogate.parts import target_parts
from loop.surrogate.report import LeftOut
from loop.surrogate.shifted import FittedShift, Shift, load_shift
from loop.surrogate.source_lines import source_lines
from loop.surrogate.store import PREDICTIONS, Array

_TAUS: Final = (-1.0, -0.5, 0.0, 0.3, 0.6, 0.9)
_RHOS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95)
_SOURCE_SD: Final = 0.3
_RANKINGS: Final = 200


class ShiftSurrogate(ABC):
    """What both share. Without source predictions they are `gp` and say so."""

    Config: ClassVar[type[BaseModel]] = BorrowingConfig
    kind: ClassVar[str]
    minimum: ClassVar[int] = 3
    uses_sources: ClassVar[bool] = True

    def __init__(self, config: BorrowingConfig) -> None:
        self.config = config
        self._stores = StoreKeeper()

    @abstractmethod
    def shifted(self, observed: Observed, seed: int) -> FittedShift:
        """Return the fitted model with its report."""

    def fit(
        self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int
    ) -> FittedShift:
        """Return the fitted model; `rows[i]` is the pool row of `data.y[i]`.

        Raises:
            ModelError: too few, non-finite or undescribed observations, or no fit was found.
        """
        store = self._stores.of(features)
        observed = observe(features, store, rows, data, self.minimum).levelled()
        if not observed.constant and PREDICTIONS in observed.store.reals:
            return self.shifted(observed, seed)
        kernel = KernelSum(target_parts(observed.store))
        if observed.constant:
            theta = Posterior(kernel, {}, observed.z, observed.noise_floor).middle
        else:
            theta = most_probable(kernel, observed)[0].theta
        model = FittedShift(self.kind, observed, theta, Shift.none(observed.z))
        mean, sd = left_out(model.mixture)
        model.summarise(LeftOut(mean, sd), {})
        return model

    def load(self, content: bytes, features: FeatureMatrix) -> FittedShift:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        return load_shift(self.kind, content, features, self._stores)


def left_out(mixture: GaussianMixture) -> tuple[Array, Array]:
    """Return leave-one-out mean and sd with noise of a mixture of one, each `(n,)`."""
    mean, variance = mixture.leave_one_out()
    return mean[0], np.sqrt(variance[0])


def best_source(sources: Array, z: Array) -> tuple[Array, Array]:
    """Return the source that foresees left-out observations best, calibrated to them.

    Args:
        sources: Source predictions of the observed rows, shape `(n, s)`.
        z: Standardised observations, shape `(n,)`.

    Returns:
        Constant and weight per source, shape `(1 + s,)`, all but one weight 0; and the
        leave-one-out predictions, shape `(n,)`.
    """
    found = source_lines(sources, z)
    best = int(found.ranked()[0])
    b = np.zeros(1 + sources.shape[1])
    b[[0, 1 + best]] = found.lines[best]
    return b, z - found.errors[best]


class DensityRatio(ShiftSurrogate):
    """Transfer with two hyperparameters: Minami et al., AAAI 35 (2021) (arXiv:2006.13228).

    g is fitted to (y - tau s) / (1 - tau) and (1 - rho) g + rho s is predicted, with s the best
    single source. tau = rho is density-ratio transfer, tau = rho = 0 none, rho = 1 the source
    itself. Both are chosen by leave-one-out errors.
    """

    kind: ClassVar[str] = "density-ratio"

    def shifted(self, observed: Observed, seed: int) -> FittedShift:
        """Return the fitted model with its report."""
        del seed
        z = observed.z
        b, source = best_source(observed.store.reals[PREDICTIONS][observed.rows], z)
        known = b[0] + observed.store.reals[PREDICTIONS][observed.rows] @ b[1:]
        kernel = KernelSum(target_parts(observed.store))
        best: tuple[float, FittedShift, LeftOut, dict[str, float]] | None = None
        for tau in _TAUS:
            target = (z - tau * known) / (1.0 - tau)
            scaled = replace(observed, y=target, offset=0.0, scale=1.0)
            theta = most_probable(kernel, scaled)[0].theta
            plain = FittedShift(self.kind, observed, theta, Shift.none(target))
            mean, sd = left_out(plain.mixture)
            for rho in _RHOS:
                predicted = (1.0 - rho) * mean + rho * source
                loss = float(np.mean((z - predicted) ** 2))
                if best is None or loss < best[0]:
                    extra = max(loss - (1.0 - rho) ** 2 * float(np.mean(sd**2)), 0.0)
                    shift = Shift(1.0 - rho, rho * b, extra, target)
                    unseen = LeftOut(predicted, np.sqrt(((1.0 - rho) * sd) ** 2 + extra))
                    model = FittedShift(self.kind, observed, theta, shift)
                    best = (loss, model, unseen, {"tau": tau, "rho": rho})
        assert best is not None  # noqa: S101 - the grids are not empty
        best[1].summarise(best[2], best[3])
        return best[1]


class RankWeighted(ShiftSurrogate):
    """Ranking-weighted ensemble of `gp` and all sources: RGPE (Feurer et al., arXiv:1802.02219).

    A source's weight is the share of posterior draws in which it orders the observations best;
    one that orders worse than 95 % of the draws of `gp` is dropped. Sources are taken as they
    are, standardised, with a prediction sd of 0.3.
    """

    kind: ClassVar[str] = "rgpe"

    def shifted(self, observed: Observed, seed: int) -> FittedShift:
        """Return the fitted model with its report."""
        z, n = observed.z, len(observed.y)
        sources = observed.store.reals[PREDICTIONS][observed.rows]
        fit, _ = most_probable(KernelSum(target_parts(observed.store)), observed)
        plain = FittedShift(self.kind, observed, fit.theta, Shift.none(z))
        mean, sd = left_out(plain.mixture)
        rng = np.random.default_rng(seed)
        # Drawn in the order of rows, so that the order of observations does not matter.
        back = np.argsort(np.argsort(observed.rows, kind="stable"), kind="stable")
        normal = rng.normal(size=(sources.shape[1] + 1, _RANKINGS, n))[:, :, back]
        draws = [c + _SOURCE_SD * e for c, e in zip(sources.T, normal[:-1], strict=True)]
        draws.append(mean + sd * normal[-1])
        losses = np.array([_misranked(d, z) for d in draws]).astype(np.float64)
        dropped = np.median(losses, axis=1) > np.percentile(losses[-1], 95)
        dropped[-1] = False
        losses[dropped] = np.inf
        weights = np.bincount(losses.argmin(axis=0), minlength=len(losses)) / _RANKINGS
        predicted = weights[-1] * mean + sources @ weights[:-1]
        loss = float(np.mean((z - predicted) ** 2))
        extra = max(loss - weights[-1] ** 2 * float(np.mean(sd**2)), 0.0)
        shift = Shift(float(weights[-1]), np.append(0.0, weights[:-1]), extra, z)
        model = FittedShift(self.kind, observed, fit.theta, shift)
        unseen = LeftOut(predicted, np.sqrt((weights[-1] * sd) ** 2 + extra))
        model.summarise(unseen, _named(observed, weights))
        return model


def _misranked(draws: Array, z: Array) -> Array:
    """Return how many pairs each draw `(d, n)` orders unlike the observations, `(d,)`."""
    theirs = draws[:, :, None] < draws[:, None, :]
    ours = z[:, None] < z[None]
    return np.asarray((theirs != ours).sum(axis=(1, 2)))


def _named(observed: Observed, weights: Array) -> dict[str, float]:
    names = (*observed.store.columns[PREDICTIONS], "the target alone")
    found = zip(names, weights, strict=True)
    return {f"weight of {name}": float(w) for name, w in found if w > 0}
