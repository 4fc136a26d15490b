"""A Gaussian process that borrows from data-rich properties, and a guard against borrowing badly.

Three models of the same observations are averaged: `gp`; additive transfer, whose kernel adds to
that of `gp` linear and Matern-5/2 parts on the predictions of pretrained source models and on the
features of their shared trunk; and affine transfer (see `loop.surrogate.affine`). `gp` is nested
in both. Few observations weigh the three by their evidence; more, by how well each foresees
observations that are left out.
"""

import math
from typing import Annotated, ClassVar, Final, Self

import numpy as np
from pydantic import BaseModel, Field, model_validator
from scipy.special import logsumexp

from loop.core.proposal import SourceWeight, TransferReport
from loop.surrogate.borrowing import RobustBorrowingConfig
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.gp import MixtureSurrogate, without_sources
from loop.surrogate.kernels import ABSENT, KernelSum
from loop.surrogate.mixture import GaussianMixture, Members
from loop.surrogate.observed import Observed
from loop.surrogate.parts import (
    linear_part,
    product_part,
    smooth_part,
    source_parts,
    target_parts,
)
from loop.surrogate.rivals import Rival, evidence_weights, rival, stacking_weights
from loop.surrogate.store import PREDICTIONS, Array, FeatureStore

_PROVEN_FROM: Final = 10
_SHUT_OUT: Final = 1.5
_PRIOR_WORTH: Final = 5.0
_NAMED: Final = 5


class TransferConfig(RobustBorrowingConfig):
    """Settings.

    Attributes:
        linear_variance: Prior median of the variance that enters linearly through the source
            predictions, in units of the observations' variance. 0.3 suits a search within the
            range of the pool; 1.5 one for candidates beyond what was observed.
        draws: Draws of the hyperparameters that are averaged over up to `averaged_to`
            observations; above, their most probable values are used.
        averaged_to: See `draws`. Above it the models are stacked instead of weighed by evidence.
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
    averaged_to: Annotated[int, Field(ge=0, le=100)] = 10
    expected_range: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expected_range is not None and self.expected_range[0] >= self.expected_range[1]:
            raise ValueError("expected_range must be [lowest, highest] with lowest < highest")
        return self


class TransferGaussianProcess(MixtureSurrogate):
    """The guarded average of `gp` and of two ways to borrow from sources."""

    Config: ClassVar[type[BaseModel]] = TransferConfig
    uses_sources: ClassVar[bool] = True
    kind: ClassVar[str] = "transfer-gp"

    def __init__(self, config: TransferConfig) -> None:
        super().__init__(robust=config.robust)
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the parts of all three models."""
        return KernelSum(
            target_parts(store)
            + source_parts(store, self.config.linear_variance)
            + product_part(store)
        )

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
        without, *with_ = self._rivals(observed, seed)
        bayesian = len(observed.y) <= self.config.averaged_to
        gain = evidence_gain(without, with_)
        weights, shut = transfer_weights([without, *with_], gain, bayesian=bayesian)
        groups = [(r.members, float(w)) for r, w in zip([without, *with_], weights, strict=True)]
        model = self.mixed(observed, Members.joined(groups))
        model.summarise(evidence_weights=bayesian or shut)
        # What the sources would say is told even where they are shut out.
        shares = np.full(len(with_), 1.0 / len(with_)) if shut else weights[1:] / weights[1:].sum()
        report = TransferReport(
            n_sources=len(observed.store.columns.get(PREDICTIONS, ())),
            weight=float(weights[1:].sum()),
            switched_off=shut,
            log_evidence_with=without.fit.evidence + gain,
            log_evidence_without=without.fit.evidence,
            # Densities per unit of the property, not per standardised unit.
            loo_log_score_with=_loo(with_, shares) - math.log(observed.scale),
            loo_log_score_without=_loo([without], np.ones(1)) - math.log(observed.scale),
            variance_shares=model.mixture.shares(),
            top_sources=() if shut else self._top(observed, groups[1:]),
            verdict=_verdict(gain, len(observed.y), float(weights[1:].sum()), shut),
        )
        noted = (*model.report.warnings, *_notes(report, len(observed.y)))
        model.adopt(model.report.model_copy(update={"transfer": report, "warnings": noted}))
        return model

    def _rivals(self, observed: Observed, seed: int) -> list[Rival]:
        """Return `gp`, additive transfer and, if there are source predictions, affine transfer."""
        store, full = observed.store, self.kernel(observed.store)
        plain, linear = target_parts(store), self.config.linear_variance
        choices = {"without sources": plain, "additive": plain + source_parts(store, linear)}
        if product := product_part(store):
            said = linear_part(store, PREDICTIONS, linear) + smooth_part(store, PREDICTIONS)
            choices["affine"] = plain + said + product
        draws = self.config.draws if len(observed.y) <= self.config.averaged_to else 0
        return [rival(k, KernelSum(p), full, observed, (draws, seed)) for k, p in choices.items()]

    def _top(
        self, observed: Observed, groups: list[tuple[Members, float]]
    ) -> tuple[SourceWeight, ...]:
        return top_sources(observed, self.mixed(observed, Members.joined(groups)).mixture)


def evidence_gain(without: Rival, with_: list[Rival]) -> float:
    """Return the log evidence of transfer over that of `gp`, in nats.

    The evidence of transfer is the mean over its models, each as probable as the other.
    """
    mean = logsumexp([r.fit.evidence for r in with_]) - math.log(len(with_))
    return float(mean - without.fit.evidence)


def transfer_weights(rivals: list[Rival], gain: float, *, bayesian: bool) -> tuple[Array, bool]:
    """Return the weights of the rivals, `gp` first, and whether the sources are shut out.

    Args:
        rivals: All equally probable before the observations.
        gain: Log evidence of transfer over that of `gp`, in nats. Below 10 observations nothing
            is shut out, since noise would win half the time.
        bayesian: Weigh by evidence; otherwise by stacking. Stacked weights keep a share for every
            model that foresees no worse, which evidence, certain too early, takes away.
    """
    k, n = len(rivals), len(rivals[0].scores)
    if n >= _PROVEN_FROM and gain < -_SHUT_OUT:
        return np.eye(k)[0], True
    if bayesian:
        return evidence_weights(rivals, np.full(k, 1.0 / k)), False
    return stacking_weights(np.array([r.scores for r in rivals]), _PRIOR_WORTH), False


def _loo(rivals: list[Rival], shares: Array) -> float:
    scores = np.array([r.scores for r in rivals])
    return float(logsumexp(scores, axis=0, b=shares[:, None]).mean())


def _verdict(gain: float, n: int, weight: float, shut: bool) -> str:  # noqa: FBT001 - the guard's answer
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
