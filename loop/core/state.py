"""A campaign as its events tell it. Only `loop.core.machine` changes these objects."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from loop.core.definition import CampaignDefinition
from loop.core.events import FailureStage, PoolExtended
from loop.core.order import Receipt, WorkOrder
from loop.core.proposal import ModelReport, ProposalItem
from loop.core.result import Measurement
from loop.errors import Problem


class CampaignStatus(StrEnum):
    """Whether the loop goes on."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class RoundState(StrEnum):
    """Where a round stands."""

    OPEN = "open"
    FITTED = "fitted"
    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    CLOSED = "closed"
    ABANDONED = "abandoned"


class OrderStatus(StrEnum):
    """Where a work order stands."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    MEASURED = "measured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    VOID = "void"

    @property
    def finished(self) -> bool:
        """Whether nothing more is expected of it."""
        return self not in {OrderStatus.QUEUED, OrderStatus.ACCEPTED}


@dataclass
class OrderRecord:
    """A work order and what became of it.

    Attributes:
        order: What was asked.
        status: Where it stands.
        receipt: The lab's word that it has it.
        failure_stage: Where it failed.
        reason: Why it ended.
        ended_by: The lab's id of the answer that ended it; empty if we did.
        flag: What a person should look at.
        flagged_by: The lab's id of the answer that said so.
        filed: Names of what was filed with it at the lab.
        filing_attempts: How often that was tried.
        filing_problem: What went wrong with it last.
        filing_tried_at: When that was.
    """

    order: WorkOrder
    status: OrderStatus = OrderStatus.QUEUED
    receipt: Receipt | None = None
    failure_stage: FailureStage | None = None
    reason: str = ""
    ended_by: str = ""
    flag: str = ""
    flagged_by: str = ""
    filed: tuple[str, ...] = ()
    filing_attempts: int = 0
    filing_problem: str = ""
    filing_tried_at: datetime | None = None


@dataclass
class Correction:
    """One change of a measurement: when, by whom, from what, why."""

    time: datetime
    actor: str
    previous_value: float
    value: float | None
    reason: str


@dataclass
class MeasurementRecord:
    """A measurement with its history.

    Attributes:
        current: The last word, the lab's or a person's.
        lab: The lab's last word; None after the lab withdrew it.
        recorded_at: When it was first recorded.
        actor: By whom.
        round_number: Round of its order.
        withdrawn: It does not count.
        corrections: What changed.
    """

    current: Measurement
    lab: Measurement | None
    recorded_at: datetime
    actor: str
    round_number: int
    withdrawn: bool = False
    corrections: list[Correction] = field(default_factory=list)


@dataclass
class RoundRecord:
    """One turn of the loop."""

    number: int
    opened_at: datetime
    state: RoundState = RoundState.OPEN
    extension: PoolExtended | None = None
    model_artifact: str | None = None
    features_digest: str | None = None
    report: ModelReport | None = None
    skipped_reason: str = ""
    chosen_by: str = ""
    n_considered: int = 0
    n_unusable: int = 0
    notices: tuple[str, ...] = ()
    items: dict[str, ProposalItem] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    proposed_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str = ""
    order_ids: tuple[str, ...] = ()
    ended_at: datetime | None = None
    end_reason: str = ""


@dataclass
class Refusal:
    """Something the lab sent that was not accepted.

    Attributes:
        time: When.
        source: What people call it.
        content_digest: Of what was received.
        problems: Why.
        artifact: Digest of the whole batch; empty in ledgers of older releases.
        orders: Of which it was a snapshot.
        settled: What became of it, in words; empty while it waits.
    """

    time: datetime
    source: str
    content_digest: str
    problems: tuple[Problem, ...]
    artifact: str = ""
    orders: tuple[str, ...] = ()
    settled: str = ""


@dataclass
class Comment:
    """A person's remark."""

    time: datetime
    actor: str
    text: str
    about: str


@dataclass
class CampaignState:
    """Everything the loop knows of one campaign at one version."""

    slug: str
    definition: CampaignDefinition
    pool_digest: str
    n_candidates: int
    n_excluded: int
    exclusions: dict[str, int]
    opened_at: datetime
    examples_digest: str = ""
    stock_digest: str = ""
    version: int = 0
    head_digest: str = ""
    updated_at: datetime | None = None
    status: CampaignStatus = CampaignStatus.OPEN
    status_reason: str = ""
    rounds: dict[int, RoundRecord] = field(default_factory=dict)
    orders: dict[str, OrderRecord] = field(default_factory=dict)
    measurements: dict[str, MeasurementRecord] = field(default_factory=dict)
    refused_candidates: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None
    lab_trouble: str = ""
    lab_locked: bool = False
    refusals: list[Refusal] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    @property
    def current_round(self) -> RoundRecord | None:
        """The newest round, whatever its state."""
        return self.rounds[max(self.rounds)] if self.rounds else None

    @property
    def n_experiments(self) -> int:
        """Orders that count against the budget."""
        return sum(o.status is not OrderStatus.CANCELLED for o in self.orders.values())

    def outstanding(self) -> list[OrderRecord]:
        """Return the orders that the lab still owes an answer for."""
        return [o for o in self.orders.values() if o.status is OrderStatus.ACCEPTED]

    def open_refusals(self) -> list[Refusal]:
        """Return what was refused and neither replayed nor superseded."""
        return [r for r in self.refusals if not r.settled]

    def valid_measurements(self, order_id: str, property_name: str) -> list[Measurement]:
        """Return the measurements of one property on one order that count."""
        return [
            record.current
            for record in self.measurements.values()
            if not record.withdrawn
            and record.current.order_id == order_id
            and record.current.property == property_name
        ]
