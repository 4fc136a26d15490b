"""What a round proposes, and on what it rests."""

from enum import StrEnum

from loop.core.base import Frozen
from loop.core.candidate import Candidate


class Origin(StrEnum):
    """Who chose a candidate."""

    INITIAL = "initial design"
    MODEL = "model"
    PERSON = "person"


class ProposalItem(Frozen):
    """One proposed candidate with everything needed to understand the choice later.

    Attributes:
        candidate: What to make.
        position: Place in the batch, from 1.
        origin: Who chose it.
        mean: Predicted value, in the property's unit; None without a model.
        sd: Standard deviation of the prediction without measurement noise, same unit.
        score: Value of the acquisition (initial design: distance to the nearest chosen one).
        chance_to_improve: Probability that it beats the best result so far, in [0, 1]; None also
            where the candidate lies outside what was measured: no probability holds there.
        explore_share: Part of the expected gain that is owed to uncertainty, in [0, 1].
        nearest: Label of the most similar candidate already measured, if any.
        nearest_similarity: Similarity to it, in [0, 1].
        distance: Distance to the nearest observed candidate, about 1 for two unrelated ones; None
            where the model does not say.
        leverage: Share of a smooth function's variance that the observations leave open here, in
            [0, 1]; near 1 is unlike everything observed.
        outside: The candidate lies outside what was measured: its interval is an extrapolation.
        reason: The choice in one sentence.
        chance_to_make: Probability that it can be made, in [0, 1]; None where no failure or
            success taught a model that tells better than the share of failures.
        made_from: For a generated candidate: by which generator, from what; empty for others.
        route: How it can be made, in words, where a planner found a way.
    """

    candidate: Candidate
    position: int
    origin: Origin
    mean: float | None = None
    sd: float | None = None
    score: float | None = None
    chance_to_improve: float | None = None
    explore_share: float | None = None
    nearest: str | None = None
    nearest_similarity: float | None = None
    distance: float | None = None
    leverage: float | None = None
    outside: bool | None = None
    reason: str
    chance_to_make: float | None = None
    made_from: str = ""
    route: str = ""

    @property
    def story(self) -> str:
        """The reason, where the candidate comes from, and how it is made, in one line."""
        parts = [self.reason]
        if self.made_from:
            parts.append(f"made by {self.made_from}")
        if self.route:
            parts.append(f"route: {self.route}")
        return "; ".join(parts)


class ParityPoint(Frozen):
    """One observation against its prediction by a model that did not see it.

    Attributes:
        candidate_id: The candidate.
        observed: Mean of its measurements, in the property's unit.
        predicted: Leave-one-out mean, same unit.
        sd: Leave-one-out standard deviation, measurement noise included, same unit.
    """

    candidate_id: str
    observed: float
    predicted: float
    sd: float


class SourceWeight(Frozen):
    """How one source enters the prediction.

    Attributes:
        name: The source.
        weight: Change of the prediction, in the property's unit, when the source's prediction
            rises by one standard deviation over the pool, everything else kept.
    """

    name: str
    weight: float


class TransferReport(Frozen):
    """Whether, and by how much, other properties helped.

    Attributes:
        n_sources: Sources that the surrogate was given.
        weight: Share of the model with transfer in the average, in [0, 1].
        switched_off: The guard shut the sources out.
        log_evidence_with: Log evidence of the model with transfer, in nats.
        log_evidence_without: The same of the model without.
        loo_log_score_with: Mean log density of each observation given the others, in nats per
            observation, with transfer.
        loo_log_score_without: The same without.
        variance_shares: Part of the kernel to its share in the variance among the observations.
        top_sources: The sources of largest absolute linear weight, largest first.
        verdict: All this in one sentence.
    """

    n_sources: int
    weight: float
    switched_off: bool
    log_evidence_with: float
    log_evidence_without: float
    loo_log_score_with: float
    loo_log_score_without: float
    variance_shares: dict[str, float]
    top_sources: tuple[SourceWeight, ...]
    verdict: str


class FoldReport(Frozen):
    """How refits foresaw measurements that nothing of them had seen.

    Attributes:
        folds: Number of refits, each without its own part of the measurements.
        n: Measurements foreseen, each once.
        inside: How many fell inside their 90 % interval, noise included.
        rmse: Root mean squared error, in the property's unit.
    """

    folds: int
    n: int
    inside: int
    rmse: float


class ModelReport(Frozen):
    """How far the model of one round can be trusted.

    Attributes:
        surrogate: Its kind.
        n_observations: Candidates it was fitted on.
        r2: Leave-one-out coefficient of determination; None when it is undefined.
        rmse: Leave-one-out root mean squared error, in the property's unit.
        rmse_of_mean: The same for always predicting the mean of the others.
        coverage90: Share of observations inside their leave-one-out 90 % interval.
        parity: The points behind these figures.
        hyperparameters: Names in words, with their values.
        warnings: What a person should know before approving; empty is good.
        widening: Factor on every standard deviation, fitted so that the leave-one-out intervals
            hold what they say; 1 where they did.
        transfer: What other properties contributed; None for a surrogate that uses none.
        k_fold: How refits foresaw what they had not seen; None with too few observations.
        notes: How the model came about, where nothing is amiss and nothing need be done.
        outliers: Candidates whose observation the model gave little weight, named in `warnings`.
    """

    surrogate: str
    n_observations: int
    r2: float | None
    rmse: float
    rmse_of_mean: float
    coverage90: float
    parity: tuple[ParityPoint, ...]
    hyperparameters: dict[str, float]
    warnings: tuple[str, ...]
    widening: float = 1.0
    transfer: TransferReport | None = None
    k_fold: FoldReport | None = None
    notes: tuple[str, ...] = ()
    outliers: tuple[str, ...] = ()
