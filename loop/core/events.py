"""The facts. An event never changes; a correction is a new one.

Every body carries its kind and the number of its format. Bodies hold no clock time and no
random number, so that a step that was killed and repeated writes the same body.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from loop.core.base import Frozen
from loop.core.classification import FeasibilityReport
from loop.core.definition import CampaignDefinition
from loop.core.order import Receipt, WorkOrder
from loop.core.proposal import ModelReport, ProposalItem
from loop.core.result import KeptFile, Measurement, Qualifier
from loop.errors import Problem

FailureStage = Literal["submission", "synthesis", "measurement"]
Whose = Literal["lab", "person"]


class Actor(Frozen):
    """Who did it: a person by name, or a part of the program."""

    name: str
    kind: Literal["person", "worker", "lab"] = "person"


class _Body(Frozen):
    schema_version: Literal[1] = 1


class CampaignOpened(_Body):
    """The campaign exists from here; definition and pool are fixed."""

    kind: Literal["campaign.opened"] = "campaign.opened"
    definition: CampaignDefinition
    definition_digest: str
    pool_digest: str
    n_candidates: int
    n_excluded: int
    exclusions: dict[str, int] = Field(default_factory=dict)
    examples_digest: str = ""
    stock_digest: str = ""


class CampaignAmended(_Body):
    """The definition changed; the whole new one is kept."""

    kind: Literal["campaign.amended"] = "campaign.amended"
    definition: CampaignDefinition
    definition_digest: str
    changes: dict[str, str]
    reason: str


class CampaignPaused(_Body):
    """The worker leaves the campaign alone until it is resumed."""

    kind: Literal["campaign.paused"] = "campaign.paused"
    reason: str


class CampaignResumed(_Body):
    """The worker goes on."""

    kind: Literal["campaign.resumed"] = "campaign.resumed"
    reason: str = ""


class CampaignClosed(_Body):
    """Nothing more will be proposed; late results are still recorded."""

    kind: Literal["campaign.closed"] = "campaign.closed"
    reason: str


class CommentAdded(_Body):
    """A person's remark."""

    kind: Literal["comment.added"] = "comment.added"
    text: str
    about: str = ""


class RoundOpened(_Body):
    """A new turn of the loop."""

    kind: Literal["round.opened"] = "round.opened"
    round_number: int


class PoolExtended(_Body):
    """Generated candidates joined the pool; those of before keep their rows and ids.

    `model_artifact` is the model that the search rested on, None where there was none yet.
    """

    kind: Literal["pool.extended"] = "pool.extended"
    round_number: int
    pool_digest: str
    n_candidates: int
    n_new: int
    generator: str
    model_artifact: str | None
    data_digest: str
    seed: int
    n_tried: int
    n_distinct: int
    failures: dict[str, int] = Field(default_factory=dict)
    stopped: str
    warnings: tuple[str, ...] = ()


class ModelFitted(_Body):
    """The surrogate of a round: what it is, on which data, how good."""

    kind: Literal["model.fitted"] = "model.fitted"
    round_number: int
    artifact: str
    features_digest: str
    data_version: int
    data_digest: str
    seed: int
    report: ModelReport


class ModelSkipped(_Body):
    """The round rests on the initial design, because there is too little to fit."""

    kind: Literal["model.skipped"] = "model.skipped"
    round_number: int
    reason: str


class BatchProposed(_Body):
    """What the round proposes."""

    kind: Literal["batch.proposed"] = "batch.proposed"
    round_number: int
    seed: int
    chosen_by: str
    n_considered: int
    n_unusable: int
    items: tuple[ProposalItem, ...]
    notices: tuple[str, ...] = ()
    feasibility: FeasibilityReport | None = None


class ItemRejected(_Body):
    """A person does not want this candidate; it will not be proposed again."""

    kind: Literal["item.rejected"] = "item.rejected"
    round_number: int
    candidate_id: str
    reason: str


class ItemAdded(_Body):
    """A person adds a candidate of the pool to the batch."""

    kind: Literal["item.added"] = "item.added"
    round_number: int
    item: ProposalItem


class BatchApproved(_Body):
    """The batch is released; these orders go out."""

    kind: Literal["batch.approved"] = "batch.approved"
    round_number: int
    orders: tuple[WorkOrder, ...]


class OrderAccepted(_Body):
    """The lab has the order."""

    kind: Literal["order.accepted"] = "order.accepted"
    receipt: Receipt


class OrderFailed(_Body):
    """The order ended without a result."""

    kind: Literal["order.failed"] = "order.failed"
    order_id: str
    stage: FailureStage
    reason: str
    result_id: str = ""


class OrderCancelled(_Body):
    """The order was taken back, here or at the lab."""

    kind: Literal["order.cancelled"] = "order.cancelled"
    order_id: str
    reason: str
    result_id: str = ""


class OrderReopened(_Body):
    """The lab no longer holds the order for failed or cancelled; it is waited for again."""

    kind: Literal["order.reopened"] = "order.reopened"
    order_id: str
    reason: str


class OrderDocumented(_Body):
    """What was filed with the order at the lab: structure drawings, the annotation.

    A `problem` says why something could not be filed; it is tried a few times.
    """

    kind: Literal["order.documented"] = "order.documented"
    order_id: str
    filed: tuple[str, ...] = ()
    problem: str = ""


class OrderUnflagged(_Body):
    """The lab no longer asks for a person to look."""

    kind: Literal["order.unflagged"] = "order.unflagged"
    order_id: str


class OrderFlagged(_Body):
    """The lab wants a person to look; the order stays open."""

    kind: Literal["order.flagged"] = "order.flagged"
    order_id: str
    reason: str
    result_id: str = ""


class MeasurementRecorded(_Body):
    """One value is accepted."""

    kind: Literal["measurement.recorded"] = "measurement.recorded"
    measurement: Measurement


class MeasurementAttached(_Body):
    """Files came with a value that is recorded already, or were fetched in a later attempt."""

    kind: Literal["measurement.attached"] = "measurement.attached"
    measurement_id: str
    files: tuple[KeptFile, ...]


class MeasurementCorrected(_Body):
    """A value is replaced; the old one stays in the history.

    `by` says whose word it is: a person may hand in what the lab says. Events of older releases
    have none; there the actor tells.
    """

    kind: Literal["measurement.corrected"] = "measurement.corrected"
    measurement_id: str
    value: float
    qualifier: Qualifier = "="
    sd: float | None = None
    received_value: float
    received_unit: str
    previous_value: float
    reason: str
    by: Whose | None = None


class MeasurementWithdrawn(_Body):
    """A value no longer counts; it stays in the history. `by` as in a correction."""

    kind: Literal["measurement.withdrawn"] = "measurement.withdrawn"
    measurement_id: str
    reason: str
    by: Whose | None = None


class ResultsRefused(_Body):
    """Something the lab sent was not accepted; nothing of it was recorded.

    `artifact` holds the whole batch, so that it can be taken in after a fix; `orders` are those of
    which it was a snapshot. Events of older releases have neither.
    """

    kind: Literal["results.refused"] = "results.refused"
    source: str
    content_digest: str
    problems: tuple[Problem, ...]
    artifact: str = ""
    orders: tuple[str, ...] = ()


class ResultsReplayed(_Body):
    """A refused batch was taken in after a fix on our side."""

    kind: Literal["results.replayed"] = "results.replayed"
    source: str
    content_digest: str


class ResultsSuperseded(_Body):
    """The lab sent a newer word on what a refused batch was about."""

    kind: Literal["results.superseded"] = "results.superseded"
    source: str
    content_digest: str


class LabPolled(_Body):
    """The lab was read up to here."""

    kind: Literal["lab.polled"] = "lab.polled"
    cursor: str


class LabUnreachable(_Body):
    """The lab's system did not answer; written once, until it answers again.

    `needs_person`: it does not let us in, and no repetition heals that.
    """

    kind: Literal["lab.unreachable"] = "lab.unreachable"
    during: str
    reason: str
    needs_person: bool = False


class LabReachable(_Body):
    """The lab's system answers again."""

    kind: Literal["lab.reachable"] = "lab.reachable"


class RoundClosed(_Body):
    """The round is over."""

    kind: Literal["round.closed"] = "round.closed"
    round_number: int
    n_measured: int
    n_failed: int
    n_outstanding: int
    reason: str


class RoundAbandoned(_Body):
    """The round is given up before its orders were all placed."""

    kind: Literal["round.abandoned"] = "round.abandoned"
    round_number: int
    reason: str


EventBody = Annotated[
    CampaignOpened
    | CampaignAmended
    | CampaignPaused
    | CampaignResumed
    | CampaignClosed
    | CommentAdded
    | RoundOpened
    | PoolExtended
    | ModelFitted
    | ModelSkipped
    | BatchProposed
    | ItemRejected
    | ItemAdded
    | BatchApproved
    | OrderAccepted
    | OrderFailed
    | OrderCancelled
    | OrderReopened
    | OrderDocumented
    | OrderUnflagged
    | OrderFlagged
    | MeasurementRecorded
    | MeasurementAttached
    | MeasurementCorrected
    | MeasurementWithdrawn
    | ResultsRefused
    | ResultsReplayed
    | ResultsSuperseded
    | LabPolled
    | LabUnreachable
    | LabReachable
    | RoundClosed
    | RoundAbandoned,
    Field(discriminator="kind"),
]

EVENT_BODY: TypeAdapter[EventBody] = TypeAdapter(EventBody)


class Event(Frozen):
    """A fact with its envelope.

    Attributes:
        campaign: Slug.
        seq: Number in its campaign, from 1 without gaps; the last one is the campaign's version.
        command_id: The ask that led to it.
        actor: Who asked.
        time: When it was written, UTC.
        versions: Releases of the software that matter for its content.
        previous_digest: Digest of the event before, which chains them.
        digest: Digest of everything above together with the body.
        body: What happened.
    """

    campaign: str
    seq: int
    command_id: str
    actor: Actor
    time: AwareDatetime
    versions: dict[str, str]
    previous_digest: str
    digest: str
    body: EventBody
