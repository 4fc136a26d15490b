"""What the faces show: frozen views, in the words of people, numbers in the campaign's units."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from loop.core.definition import CampaignDefinition
from loop.core.generated_pool import plan_of
from loop.core.planned_route import Plan
from loop.core.ports import FeatureMatrix, Rows
from loop.core.proposal import ModelReport, ProposalItem
from loop.core.state import Comment, Correction, OrderStatus, Refusal, RoundState
from loop.service.surprises import Surprise


@dataclass(frozen=True)
class CampaignSummary:
    """One line of the list of campaigns."""

    slug: str
    title: str
    status: str
    objective: str
    unit: str
    version: int
    round_number: int
    round_state: str
    best_value: float | None
    best_label: str
    n_experiments: int
    budget: int
    updated_at: datetime | None
    waiting_for: str


@dataclass(frozen=True)
class BestPoint:
    """Best result after a number of experiments."""

    round_number: int
    n_experiments: int
    value: float | None


@dataclass(frozen=True)
class MeasurementView:
    """One measurement with its history."""

    measurement_id: str
    order_id: str
    candidate_id: str
    label: str
    property: str
    value: float
    qualifier: str
    unit: str
    sd: float | None
    replicate: int
    received: str
    method: str
    operator: str
    measured_at: datetime | None
    recorded_at: datetime
    recorded_by: str
    source: str
    withdrawn: bool
    corrections: tuple[Correction, ...]
    predicted_mean: float | None
    predicted_sd: float | None


@dataclass(frozen=True)
class OrderView:
    """One work order."""

    order_id: str
    round_number: int
    position: int
    candidate_id: str
    label: str
    structure: str
    status: OrderStatus
    external_id: str
    url: str
    reason: str
    flag: str
    requested: tuple[str, ...]
    filed: tuple[str, ...] = ()
    filing_problem: str = ""


@dataclass(frozen=True)
class ItemView:
    """One proposed candidate and what became of it."""

    item: ProposalItem
    rejected: str
    order: OrderView | None
    measured: float | None

    @property
    def plan(self) -> Plan | None:
        """What a planner said of it when it joined the pool; None if none was asked."""
        return plan_of(self.item.candidate.fields)


@dataclass(frozen=True)
class RoundView:
    """One turn of the loop."""

    number: int
    state: RoundState
    opened_at: datetime
    ended_at: datetime | None
    end_reason: str
    approved_by: str
    approved_at: datetime | None
    chosen_by: str
    n_considered: int
    n_unusable: int
    notices: tuple[str, ...]
    skipped_reason: str
    model_artifact: str | None
    report: ModelReport | None
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class RankedCandidate:
    """A measured candidate, best first."""

    rank: int
    candidate_id: str
    label: str
    structure: str
    value: float
    n_measurements: int
    round_number: int


@dataclass(frozen=True)
class CampaignView:
    """Everything a page or a report shows of one campaign at one version."""

    summary: CampaignSummary
    definition: CampaignDefinition
    opened_at: datetime
    n_candidates: int
    n_excluded: int
    exclusions: dict[str, int]
    rounds: tuple[RoundView, ...]
    orders: tuple[OrderView, ...]
    measurements: tuple[MeasurementView, ...]
    best_so_far: tuple[BestPoint, ...]
    ranking: tuple[RankedCandidate, ...]
    refusals: tuple[Refusal, ...]
    comments: tuple[Comment, ...]
    warnings: tuple[str, ...]
    lab_trouble: str
    n_measured: int
    n_failed: int
    cost: float | None
    surprises: tuple[Surprise, ...] = ()

    @property
    def current_round(self) -> RoundView | None:
        """The newest round."""
        return self.rounds[-1] if self.rounds else None


@dataclass(frozen=True)
class HistoryLine:
    """One event for people."""

    seq: int
    time: datetime
    actor: str
    kind: str
    text: str


@dataclass(frozen=True)
class DescribedPool:
    """The featurized pool, with what is known of it.

    Attributes:
        features: n candidates.
        labels: Their names, length n.
        values: Mean of the measurements in the property's unit, shape `(n,)`; NaN where unknown.
        measured: Rows with a value.
        proposed: Rows that the current round asks for and that have none.
    """

    features: FeatureMatrix
    labels: tuple[str, ...]
    values: NDArray[np.float64]
    measured: Rows
    proposed: Rows
