"""A Gaussian process that borrows from data-rich properties, and a guard against borrowing badly.

The kernel adds to that of `gp` linear and Matern-5/2 parts on the predictions of pretrained
source models and on the features of their shared trunk, so that `gp` is nested in it. What is
returned is the average of the model with and the model without transfer, weighted by their
evidence.
"""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from loop.core.proposal import SourceWeight, TransferReport
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.gp import (
    GaussianProcess,
    GaussianProcessConfig,
    MixtureSurrogate,
    most_probable,
)
from loop.surrogate.inference import Fit, Posterior
from loop.surrogate.kernels import ABSENT, KernelSum
from loop.surrogate.mixture import GaussianMixture, Members, loo_log_scores, renumbered
from loop.surrogate.observed import Observed
from loop.surrogate.parts import source_parts, target_parts
from loop.surrogate.store import PREDICTIONS, FeatureStore

NO_SOURCE: Final = "no source for this material: no transfer"
_PROVEN_FROM: Final = 10
_SHUT_OUT: Final = 2.0
_NAMED: Final = 5


class TransferConfig(BaseModel):
    """Settings.

    Attributes:
        linear_variance: Prior median of the variance that enters linearly through the source
            predictions, in units of the observations' variance. 0.3 suits a search within the
            range of the pool; 1.5 one for candidates beyond what was observed.
        draws: Draws of the hyperparameters that are averaged over up to `averaged_to`
            observations; above, their most probable values are used.
        averaged_to: See `draws`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    linear_variance: Annotated[float, Field(gt=0, le=10)] = 0.3
    draws: Annotated[int, Field(ge=2, le=256)] = 32
    averaged_to: Annotated[int, Field(ge=0, le=100)] = 9


@dataclass(frozen=True)
class Rival:
    """One of the models that the guard compares.

    Attributes:
        fit: Its most probable hyperparameters and its evidence.
        members: One, or draws, in the layout of the full kernel.
        loo: Mean leave-one-out log score, in nats per observation.
    """

    fit: Fit
    members: Members
    loo: float


class TransferGaussianProcess(MixtureSurrogate):
    """`gp` plus four parts on what the sources say, guarded against negative transfer."""

    Config: ClassVar[type[BaseModel]] = TransferConfig
    kind: ClassVar[str] = "transfer-gp"

    def __init__(self, config: TransferConfig) -> None:
        super().__init__()
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the parts of `gp` and those of the sources."""
        return KernelSum(target_parts(store) + source_parts(store, self.config.linear_variance))

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the guarded average with its report; without sources, what `gp` returns."""
        if not observed.store.has_sources:
            return self._without_sources(observed, seed)
        plain = KernelSum(target_parts(observed.store))
        without = self._rival(plain, observed, seed)
        with_ = self._rival(self.kernel(observed.store), observed, seed)
        weight, shut = transfer_weight(with_.fit.evidence - without.fit.evidence, len(observed.y))
        model = self._mixed(
            observed,
            Members.joined([(without.members, 1.0 - weight), (with_.members, weight)]),
        )
        model.summarise()
        transfer = self._mixed(observed, with_.members).mixture
        report = _transfer_report(observed, transfer, model.mixture, (with_, without), weight, shut)
        noted = (*model.report.warnings, *_notes(report, len(observed.y)))
        model.adopt(model.report.model_copy(update={"transfer": report, "warnings": noted}))
        return model

    def _without_sources(self, observed: Observed, seed: int) -> FittedMixture:
        model = GaussianProcess(GaussianProcessConfig()).fitted(observed, seed)
        model.kind = self.kind
        noted = (*model.report.warnings, NO_SOURCE)
        model.adopt(model.report.model_copy(update={"surrogate": self.kind, "warnings": noted}))
        return model

    def _rival(self, kernel: KernelSum, observed: Observed, seed: int) -> Rival:
        fit, posterior = most_probable(kernel, observed)
        best = Members(fit.theta[None], np.ones(1))
        score = loo_log_scores(
            GaussianMixture(observed.store, kernel, best, observed.rows, observed.z)
        )
        members = self._members(fit, posterior, len(observed.y), seed)
        full = self.kernel(observed.store)
        return Rival(fit, renumbered(members, kernel, full), float(score.mean()))

    def _members(self, fit: Fit, posterior: Posterior, n: int, seed: int) -> Members:
        if n > self.config.averaged_to:
            return Members(fit.theta[None], np.ones(1))
        return Members(*posterior.draws(fit, self.config.draws, seed))


def transfer_weight(gain: float, n: int) -> tuple[float, bool]:
    """Return the weight of the model with transfer, and whether the sources are shut out.

    Args:
        gain: Its log evidence over that of the model without, in nats.
        n: Number of observations; below 10 nothing is shut out, since noise would win half the
            time.
    """
    if n >= _PROVEN_FROM and gain < -_SHUT_OUT:
        return 0.0, True
    return float(1.0 / (1.0 + np.exp(-gain))), False


def _transfer_report(
    observed: Observed,
    transfer: GaussianMixture,
    guarded: GaussianMixture,
    rivals: tuple[Rival, Rival],
    weight: float,
    shut: bool,  # noqa: FBT001 - part of the guard's answer
) -> TransferReport:
    with_, without = rivals
    change = with_.fit.evidence - without.fit.evidence
    top = () if shut else _top_sources(observed, transfer)
    return TransferReport(
        n_sources=len(observed.store.columns.get(PREDICTIONS, ())),
        weight=weight,
        switched_off=shut,
        log_evidence_with=with_.fit.evidence,
        log_evidence_without=without.fit.evidence,
        loo_log_score_with=with_.loo - math.log(observed.scale),
        loo_log_score_without=without.loo - math.log(observed.scale),
        variance_shares=guarded.shares(),
        top_sources=top,
        verdict=_verdict(change, weight, shut, len(observed.y)),
    )


def _verdict(change: float, weight: float, shut: bool, n: int) -> str:  # noqa: FBT001 - as above
    if shut:
        return (
            f"transfer is switched off: the model without sources explains the {n} observations "
            f"better by {-change:.1f} nats"
        )
    side = "better" if change >= 0 else "worse"
    told = f"the model with sources explains the {n} observations {side} by {abs(change):.1f} nats"
    unproven = ", unproven below 10 observations" if n < _PROVEN_FROM else ""
    return f"{told}; it has {weight:.0%} of the weight{unproven}"


def _notes(report: TransferReport, n: int) -> list[str]:
    if report.switched_off:
        return [report.verdict]
    return [f"transfer unproven: {n} observations cannot tell"] if n < _PROVEN_FROM else []


def _top_sources(observed: Observed, mixture: GaussianMixture) -> tuple[SourceWeight, ...]:
    """Return the sources of largest linear weight: E[w_s] = s / d * a_s' (K + noise)^-1 z."""
    store, kernel = observed.store, mixture.kernel
    if PREDICTIONS not in store.reals:
        return ()
    place = [p.gram for p in kernel.parts].index(f"{PREDICTIONS}:product")
    at = kernel.slices[place].start
    known = store.reals[PREDICTIONS][observed.rows]
    weights = np.zeros(known.shape[1])
    for share, theta, alpha in zip(
        mixture.members.weights, mixture.members.thetas, mixture.alphas, strict=True
    ):
        if theta[at] != ABSENT:
            weights += share * np.exp(theta[at]) / known.shape[1] * (known.T @ alpha)
    order = np.argsort(-np.abs(weights), kind="stable")[:_NAMED]
    names = store.columns[PREDICTIONS]
    return tuple(
        SourceWeight(name=names[i], weight=float(observed.scale * weights[i])) for i in order
    )
