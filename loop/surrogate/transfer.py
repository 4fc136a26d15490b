"""A Gaussian process that borrows from data-rich properties, and a guard against borrowing badly.

The kernel adds to that of `gp` linear and Matern-5/2 parts on the predictions of pretrained
source models and on the features of their shared trunk, so that `gp` is nested in it. What is
returned is the average of the model with and the model without transfer, weighted by their
evidence.
"""

import math
from typing import Annotated, ClassVar, Final, Self

import numpy as np
from pydantic import BaseModel, Field, model_validator
from scipy.special import expit

from loop.core.proposal import SourceWeight, TransferReport
from loop.surrogate.borrowing import RobustBorrowingConfig
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.gp import MixtureSurrogate, without_sources
from loop.surrogate.kernels import ABSENT, KernelSum
from loop.surrogate.mixture import GaussianMixture, Members
from loop.surrogate.observed import Observed
from loop.surrogate.parts import source_parts, target_parts
from loop.surrogate.rivals import Rival, rival
from loop.surrogate.store import PREDICTIONS, FeatureStore

_PROVEN_FROM: Final = 10
_SHUT_OUT: Final = 2.0
_NAMED: Final = 5


class TransferConfig(RobustBorrowingConfig):
    """Settings.

    Attributes:
        linear_variance: Prior median of the variance that enters linearly through the source
            predictions, in units of the observations' variance. 0.3 suits a search within the
            range of the pool; 1.5 one for candidates beyond what was observed.
        draws: Draws of the hyperparameters that are averaged over up to `averaged_to`
            observations; above, their most probable values are used.
        averaged_to: See `draws`.
        expected_range: Lowest and highest value expected in the pool, in the property's unit.
            Below 10 observations a twelfth of it is the least scale of the outcomes: a handful
            of values can lie close together by chance, and everything else would then look
            impossible.
        exclude_sources: Names of sources that must not be used.
        robust: Whether observations that all the others contradict are looked for, given a noise
            of their own and named in the warnings.
    """

    linear_variance: Annotated[float, Field(gt=0, le=10)] = 0.3
    draws: Annotated[int, Field(ge=2, le=256)] = 32
    averaged_to: Annotated[int, Field(ge=0, le=100)] = 9
    expected_range: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expected_range is not None and self.expected_range[0] >= self.expected_range[1]:
            raise ValueError("expected_range must be [lowest, highest] with lowest < highest")
        return self


class TransferGaussianProcess(MixtureSurrogate):
    """`gp` plus four parts on what the sources say, guarded against negative transfer."""

    Config: ClassVar[type[BaseModel]] = TransferConfig
    uses_sources: ClassVar[bool] = True
    kind: ClassVar[str] = "transfer-gp"

    def __init__(self, config: TransferConfig) -> None:
        super().__init__(robust=config.robust)
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the parts of `gp` and those of the sources."""
        return KernelSum(target_parts(store) + source_parts(store, self.config.linear_variance))

    def least_scale(self, n: int) -> float:
        """Return a third of the expected sd, itself a quarter of the expected range."""
        if self.config.expected_range is None or n >= _PROVEN_FROM:
            return 0.0
        low, high = self.config.expected_range
        return (high - low) / 12.0

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the guarded average with its report; without sources, what `gp` returns."""
        if not observed.store.has_sources:
            return without_sources(self.kind, observed, seed)
        n, full = len(observed.y), self.kernel(observed.store)
        draws = (self.config.draws if n <= self.config.averaged_to else 0, seed)
        plain = KernelSum(target_parts(observed.store))
        without = rival("without sources", plain, full, observed, draws)
        with_ = rival("with sources", full, full, observed, draws)
        weight, shut = transfer_weight(with_.fit.evidence - without.fit.evidence, n)
        model = self.mixed(
            observed, Members.joined([(without.members, 1.0 - weight), (with_.members, weight)])
        )
        model.summarise()
        sources = self.mixed(observed, with_.members).mixture
        top = () if shut else top_sources(observed, sources)
        report = TransferReport(
            n_sources=len(observed.store.columns.get(PREDICTIONS, ())),
            weight=weight,
            switched_off=shut,
            log_evidence_with=with_.fit.evidence,
            log_evidence_without=without.fit.evidence,
            # Densities per unit of the property, not per standardised unit.
            loo_log_score_with=float(with_.scores.mean()) - math.log(observed.scale),
            loo_log_score_without=float(without.scores.mean()) - math.log(observed.scale),
            variance_shares=model.mixture.shares(),
            top_sources=top,
            verdict=_verdict(with_, without, weight, shut),
        )
        noted = (*model.report.warnings, *_notes(report, n))
        model.adopt(model.report.model_copy(update={"transfer": report, "warnings": noted}))
        return model


def transfer_weight(gain: float, n: int) -> tuple[float, bool]:
    """Return the weight of the model with transfer, and whether the sources are shut out.

    Args:
        gain: Its log evidence over that of the model without, in nats.
        n: Number of observations; below 10 nothing is shut out, since noise would win half the
            time.
    """
    if n >= _PROVEN_FROM and gain < -_SHUT_OUT:
        return 0.0, True
    return float(expit(gain)), False


def _verdict(with_: Rival, without: Rival, weight: float, shut: bool) -> str:  # noqa: FBT001 - the guard's answer
    gain, n = with_.fit.evidence - without.fit.evidence, len(with_.scores)
    if shut:
        return (
            f"transfer is switched off: the model without sources explains the {n} observations "
            f"better by {-gain:.1f} nats"
        )
    side = "better" if gain >= 0 else "worse"
    unproven = ", unproven below 10 observations" if n < _PROVEN_FROM else ""
    return (
        f"the model with sources explains the {n} observations {side} by {abs(gain):.1f} nats; "
        f"it has {weight:.0%} of the weight{unproven}"
    )


def _notes(report: TransferReport, n: int) -> list[str]:
    if report.switched_off:
        return [report.verdict]
    return [f"transfer unproven: {n} observations cannot tell"] if n < _PROVEN_FROM else []


def top_sources(observed: Observed, mixture: GaussianMixture) -> tuple[SourceWeight, ...]:
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
