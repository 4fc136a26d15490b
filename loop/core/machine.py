"""The round machine: how facts change a campaign, and what is to be done next.

`apply` and `next_step` are pure: no clock, no outside, no randomness.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loop.core import events as e
from loop.core.result import KeptFile
from loop.core.state import (
    CampaignState,
    CampaignStatus,
    Comment,
    Correction,
    MeasurementRecord,
    OrderRecord,
    OrderStatus,
    Refusal,
    RoundRecord,
    RoundState,
)
from loop.errors import LedgerError

FILING_ATTEMPTS: Final = 3
"""Documents at the lab are a courtesy: it is not tried for ever."""

FILING_PAUSE: Final = timedelta(minutes=10)
"""Between two attempts; results are asked for meanwhile."""

ALLOWED: Final[Mapping[RoundState, frozenset[RoundState]]] = {
    RoundState.OPEN: frozenset({RoundState.FITTED, RoundState.ABANDONED}),
    RoundState.FITTED: frozenset({RoundState.PROPOSED, RoundState.ABANDONED}),
    RoundState.PROPOSED: frozenset({RoundState.APPROVED, RoundState.ABANDONED}),
    RoundState.APPROVED: frozenset({RoundState.RUNNING, RoundState.ABANDONED}),
    RoundState.RUNNING: frozenset({RoundState.CLOSED}),
    RoundState.CLOSED: frozenset(),
    RoundState.ABANDONED: frozenset(),
}


def fold(events: Iterable[e.Event]) -> CampaignState:
    """Return the campaign that `events`, in order and from the first, tell of.

    Raises:
        LedgerError: the events are no history of a campaign: a gap, an unknown order, a change
            of state that is not allowed.
    """
    state: CampaignState | None = None
    for event in events:
        state = apply(state, event)
    if state is None:
        raise LedgerError("a campaign without events cannot be folded")
    return state


def apply(state: CampaignState | None, event: e.Event) -> CampaignState:
    """Return the campaign after one more event; `state` itself is changed and returned.

    Raises:
        LedgerError: the event cannot follow this state.
    """
    if state is None:
        return _opened(event)
    if event.seq != state.version + 1:
        raise LedgerError(
            f"campaign {state.slug!r}: event {event.seq} follows version {state.version}"
        )
    _apply_body(state, event)
    state.version = event.seq
    state.head_digest = event.digest
    state.updated_at = event.time
    return state


def _opened(event: e.Event) -> CampaignState:
    body = event.body
    if not isinstance(body, e.CampaignOpened) or event.seq != 1:
        raise LedgerError(
            f"campaign {event.campaign!r} begins with event {event.seq} {body.kind!r}; "
            "expected event 1 'campaign.opened'"
        )
    return CampaignState(
        slug=event.campaign,
        definition=body.definition,
        pool_digest=body.pool_digest,
        n_candidates=body.n_candidates,
        n_excluded=body.n_excluded,
        exclusions=dict(body.exclusions),
        examples_digest=body.examples_digest,
        stock_digest=body.stock_digest,
        opened_at=event.time,
        version=1,
        head_digest=event.digest,
        updated_at=event.time,
    )


def _apply_body(state: CampaignState, event: e.Event) -> None:
    match event.body:
        case e.CampaignOpened():
            raise LedgerError(f"campaign {state.slug!r} is opened twice, at event {event.seq}")
        case (
            e.RoundOpened()
            | e.ModelFitted()
            | e.ModelSkipped()
            | e.BatchProposed()
            | e.ItemRejected()
            | e.ItemAdded()
            | e.BatchApproved()
            | e.RoundClosed()
            | e.RoundAbandoned()
        ) as body:
            _apply_to_round(state, event, body)
        case e.PoolExtended() as body:
            _move(state, body.round_number, RoundState.OPEN).extension = body
            state.pool_digest, state.n_candidates = body.pool_digest, body.n_candidates
        case (e.OrderAccepted() | e.OrderFailed() | e.OrderCancelled() | e.OrderReopened()) as body:
            _apply_to_order(state, body)
        case (e.OrderFlagged() | e.OrderUnflagged() | e.OrderDocumented()) as body:
            _note_on_order(state, event, body)
        case (
            e.MeasurementRecorded() | e.MeasurementCorrected() | e.MeasurementWithdrawn()
        ) as body:
            _apply_to_measurement(state, event, body)
        case e.MeasurementAttached() as body:
            _attach(_measurement(state, body.measurement_id), body.files)
        case (e.ResultsRefused() | e.ResultsReplayed() | e.ResultsSuperseded()) as body:
            _apply_to_refusals(state, event, body)
        case (e.LabPolled() | e.LabUnreachable() | e.LabReachable()) as body:
            _apply_to_lab(state, body)
        case body:
            _apply_to_campaign(state, event, body)


def _apply_to_campaign(state: CampaignState, event: e.Event, body: e.EventBody) -> None:
    match body:
        case e.CampaignAmended():
            if body.definition.lims != state.definition.lims:
                # Another lab, or another reading of it: what was read by the old rules is read
                # again by the new ones.
                state.cursor = None
            state.definition = body.definition
        case e.CampaignPaused():
            state.status, state.status_reason = CampaignStatus.PAUSED, body.reason
        case e.CampaignResumed():
            state.status, state.status_reason = CampaignStatus.OPEN, body.reason
        case e.CampaignClosed():
            state.status, state.status_reason = CampaignStatus.CLOSED, body.reason
        case e.CommentAdded():
            state.comments.append(Comment(event.time, event.actor.name, body.text, body.about))
        case _:
            raise LedgerError(f"event kind {body.kind!r} has no place in the machine")


def _apply_to_lab(
    state: CampaignState, body: e.LabPolled | e.LabUnreachable | e.LabReachable
) -> None:
    match body:
        case e.LabPolled():
            state.cursor = body.cursor
        case e.LabUnreachable():
            state.lab_trouble = f"{body.during}: {body.reason}"
            state.lab_locked = body.needs_person
        case e.LabReachable():
            state.lab_trouble, state.lab_locked = "", False


def _apply_to_refusals(
    state: CampaignState,
    event: e.Event,
    body: e.ResultsRefused | e.ResultsReplayed | e.ResultsSuperseded,
) -> None:
    match body:
        case e.ResultsRefused():
            state.refusals.append(
                Refusal(
                    event.time, body.source, body.content_digest, body.problems, body.artifact,
                    body.orders,
                )
            )  # fmt: skip
        case e.ResultsReplayed():
            _settle_refusals(state, body.content_digest, f"replayed by {event.actor.name}")
        case e.ResultsSuperseded():
            how = f"the lab sent a newer word ({body.source})"
            _settle_refusals(state, body.content_digest, how)


def _settle_refusals(state: CampaignState, content_digest: str, how: str) -> None:
    for refusal in state.open_refusals():
        if refusal.content_digest == content_digest:
            refusal.settled = how


def _move(state: CampaignState, number: int, to: RoundState) -> RoundRecord:
    record = state.rounds.get(number)
    if record is None:
        raise LedgerError(f"campaign {state.slug!r}: there is no round {number}")
    if to is not record.state and to not in ALLOWED[record.state]:
        raise LedgerError(
            f"campaign {state.slug!r}: round {number} cannot go from {record.state} to {to}"
        )
    record.state = to
    return record


def _apply_to_round(state: CampaignState, event: e.Event, body: e.EventBody) -> None:  # noqa: C901
    # One arm per event kind: splitting it would hide the table that it is.
    match body:
        case e.RoundOpened(round_number=number):
            if number != len(state.rounds) + 1:
                raise LedgerError(f"round {number} follows round {len(state.rounds)}")
            state.rounds[number] = RoundRecord(number=number, opened_at=event.time)
        case e.ModelFitted():
            record = _move(state, body.round_number, RoundState.FITTED)
            record.model_artifact, record.report = body.artifact, body.report
            record.features_digest = body.features_digest
        case e.ModelSkipped():
            _move(state, body.round_number, RoundState.FITTED).skipped_reason = body.reason
        case e.BatchProposed():
            record = _move(state, body.round_number, RoundState.PROPOSED)
            record.items = {item.candidate.candidate_id: item for item in body.items}
            record.chosen_by, record.n_considered = body.chosen_by, body.n_considered
            record.n_unusable, record.notices = body.n_unusable, body.notices
            record.proposed_at = event.time
        case e.ItemRejected(candidate_id=candidate, reason=reason):
            _move(state, body.round_number, RoundState.PROPOSED).rejected[candidate] = reason
            state.refused_candidates[candidate] = reason
        case e.ItemAdded(item=item):
            record = _move(state, body.round_number, RoundState.PROPOSED)
            record.items[item.candidate.candidate_id] = item
            record.rejected.pop(item.candidate.candidate_id, None)
            state.refused_candidates.pop(item.candidate.candidate_id, None)
        case e.BatchApproved():
            record = _move(state, body.round_number, RoundState.APPROVED)
            record.order_ids = tuple(order.order_id for order in body.orders)
            record.approved_at, record.approved_by = event.time, event.actor.name
            state.orders |= {order.order_id: OrderRecord(order) for order in body.orders}
        case e.RoundClosed():
            record = _move(state, body.round_number, RoundState.CLOSED)
            record.ended_at, record.end_reason = event.time, body.reason
        case e.RoundAbandoned():
            record = _move(state, body.round_number, RoundState.ABANDONED)
            record.ended_at, record.end_reason = event.time, body.reason
            for order_id in record.order_ids:
                if state.orders[order_id].status is OrderStatus.QUEUED:
                    state.orders[order_id].status = OrderStatus.CANCELLED
        case _:
            raise LedgerError(f"event kind {body.kind!r} does not concern a round")


def _order(state: CampaignState, order_id: str) -> OrderRecord:
    try:
        return state.orders[order_id]
    except KeyError:
        raise LedgerError(f"campaign {state.slug!r}: there is no order {order_id!r}") from None


def _apply_to_order(state: CampaignState, body: e.EventBody) -> None:
    match body:
        case e.OrderAccepted(receipt=receipt):
            record = _order(state, receipt.order_id)
            record.receipt = receipt
            if record.status is OrderStatus.QUEUED:
                record.status = OrderStatus.ACCEPTED
        case e.OrderFailed():
            record = _order(state, body.order_id)
            record.status, record.failure_stage = OrderStatus.FAILED, body.stage
            record.reason, record.ended_by = body.reason, body.result_id
        case e.OrderCancelled():
            record = _order(state, body.order_id)
            record.status, record.failure_stage = OrderStatus.CANCELLED, None
            record.reason, record.ended_by = body.reason, body.result_id
        case e.OrderReopened():
            record = _order(state, body.order_id)
            record.status, record.failure_stage = OrderStatus.ACCEPTED, None
            record.reason, record.ended_by = "", ""
            _settle_order(state, record)
        case _:
            raise LedgerError(f"event kind {body.kind!r} does not concern an order")
    _start_round_when_placed(state, record.order.round_number)


def _note_on_order(
    state: CampaignState,
    event: e.Event,
    body: e.OrderFlagged | e.OrderUnflagged | e.OrderDocumented,
) -> None:
    record = _order(state, body.order_id)
    match body:
        case e.OrderFlagged():
            record.flag, record.flagged_by = body.reason, body.result_id
        case e.OrderUnflagged():
            record.flag, record.flagged_by = "", ""
        case e.OrderDocumented():
            record.filed = tuple(dict.fromkeys((*record.filed, *body.filed)))
            record.filing_attempts += 1
            record.filing_problem, record.filing_tried_at = body.problem, event.time


def _start_round_when_placed(state: CampaignState, number: int) -> None:
    """A round runs as soon as no order of it waits for a receipt any more."""
    record = state.rounds[number]
    placed = all(
        state.orders[order_id].status is not OrderStatus.QUEUED for order_id in record.order_ids
    )
    if record.state is RoundState.APPROVED and placed:
        record.state = RoundState.RUNNING


def _apply_to_measurement(state: CampaignState, event: e.Event, body: e.EventBody) -> None:
    match body:
        case e.MeasurementRecorded(measurement=measurement):
            order = _order(state, measurement.order_id)
            state.measurements[measurement.measurement_id] = MeasurementRecord(
                current=measurement,
                lab=measurement,
                recorded_at=event.time,
                actor=event.actor.name,
                round_number=order.order.round_number,
            )
        case e.MeasurementCorrected():
            record = _measurement(state, body.measurement_id)
            record.corrections.append(
                Correction(
                    event.time, event.actor.name, record.current.value, body.value, body.reason
                )
            )
            record.withdrawn = False
            record.current = record.current.model_copy(
                update={
                    "value": body.value,
                    "qualifier": body.qualifier,
                    "sd": body.sd,
                    "received_value": body.received_value,
                    "received_unit": body.received_unit,
                }
            )
            if _is_lab_word(event, body.by):
                record.lab = record.current
            order = _order(state, record.current.order_id)
        case e.MeasurementWithdrawn():
            record = _measurement(state, body.measurement_id)
            record.corrections.append(
                Correction(event.time, event.actor.name, record.current.value, None, body.reason)
            )
            record.withdrawn = True
            if _is_lab_word(event, body.by):
                record.lab = None
            order = _order(state, record.current.order_id)
            _settle_order(state, order, emptied=_emptied(body))
            return
        case _:
            raise LedgerError(f"event kind {body.kind!r} does not concern a measurement")
    _settle_order(state, order)
    _start_round_when_placed(state, order.order.round_number)


def _is_lab_word(event: e.Event, by: e.Whose | None) -> bool:
    return event.actor.kind == "lab" if by is None else by == "lab"


def _emptied(body: e.MeasurementWithdrawn) -> OrderStatus:
    """Return what a measured order becomes that lost a value.

    Withdrawn by a person, the lab is not asked again; withdrawn by the lab, it owes another one.
    Ledgers of older releases do not say who, and stay as they were folded then.
    """
    return OrderStatus.ACCEPTED if body.by == "lab" else OrderStatus.VOID


def _attach(record: MeasurementRecord, files: tuple[KeptFile, ...]) -> None:
    known = {(f.name, f.reference): f for f in (*record.current.files, *files)}
    record.current = record.current.model_copy(update={"files": tuple(known.values())})


def _measurement(state: CampaignState, measurement_id: str) -> MeasurementRecord:
    try:
        return state.measurements[measurement_id]
    except KeyError:
        raise LedgerError(
            f"campaign {state.slug!r}: there is no measurement {measurement_id!r}"
        ) from None


def _settle_order(
    state: CampaignState, record: OrderRecord, emptied: OrderStatus = OrderStatus.VOID
) -> None:
    """Read the order's status from its measurements: complete, emptied, or as it was."""
    counts = [
        len(state.valid_measurements(record.order.order_id, request.property)) >= request.replicates
        for request in record.order.requests
    ]
    if all(counts):
        record.status = OrderStatus.MEASURED
    elif record.status is OrderStatus.MEASURED:
        record.status = emptied


@dataclass(frozen=True)
class OpenRound:
    """Begin the next round."""

    round_number: int


@dataclass(frozen=True)
class FitModel:
    """Fit the surrogate on everything measured so far, or rest on the initial design."""

    round_number: int


@dataclass(frozen=True)
class ProposeBatch:
    """Choose the batch."""

    round_number: int


@dataclass(frozen=True)
class ApproveBatch:
    """Release the batch without a person, as the campaign file says."""

    round_number: int


@dataclass(frozen=True)
class SubmitOrder:
    """Bring one order to the lab: find it there, else place it."""

    order_id: str


@dataclass(frozen=True)
class DocumentOrder:
    """File drawing and annotation with an order that the lab has."""

    order_id: str


@dataclass(frozen=True)
class PollLab:
    """Ask the lab what is new."""


@dataclass(frozen=True)
class CloseRound:
    """The round has what it waits for."""

    round_number: int
    reason: str


@dataclass(frozen=True)
class CloseCampaign:
    """Nothing more can be proposed and nothing is outstanding."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Nothing for the worker to do until a person acts."""

    reason: str


Step = (
    OpenRound
    | FitModel
    | ProposeBatch
    | ApproveBatch
    | SubmitOrder
    | DocumentOrder
    | PollLab
    | CloseRound
    | CloseCampaign
    | Wait
)


def next_step(state: CampaignState, now: datetime) -> Step:
    """Return what a worker has to do now. It decides alone; a person decides the rest.

    Args:
        state: The folded campaign.
        now: Present time, with zone; it matters for the closing deadline only.
    """
    if state.status is CampaignStatus.PAUSED:
        return Wait(f"paused: {state.status_reason}")
    if state.status is CampaignStatus.CLOSED:
        # A closed campaign still takes in what was ordered.
        return PollLab() if state.outstanding() else Wait(f"closed: {state.status_reason}")
    current = state.current_round
    if current is None or current.state in {RoundState.CLOSED, RoundState.ABANDONED}:
        return _between_rounds(state)
    match current.state:
        case RoundState.OPEN:
            return FitModel(current.number)
        case RoundState.FITTED:
            return ProposeBatch(current.number)
        case RoundState.PROPOSED if state.definition.approval == "auto":
            return ApproveBatch(current.number)
        case RoundState.PROPOSED:
            return Wait(f"round {current.number} waits for approval")
        case RoundState.APPROVED:
            return _place_orders(state, current)
        case _:
            return _while_running(state, current, now)


def _between_rounds(state: CampaignState) -> Step:
    definition = state.definition
    spent = state.n_experiments
    done = [r for r in state.rounds.values() if r.state is RoundState.CLOSED]
    if spent >= definition.budget.experiments:
        reason = f"the budget of {definition.budget.experiments} experiments is used"
    elif definition.budget.rounds is not None and len(done) >= definition.budget.rounds:
        reason = f"the budget of {definition.budget.rounds} rounds is used"
    else:
        return OpenRound(len(state.rounds) + 1)
    return PollLab() if state.outstanding() else CloseCampaign(reason)


def _place_orders(state: CampaignState, current: RoundRecord) -> Step:
    waiting = [o for o in current.order_ids if state.orders[o].status is OrderStatus.QUEUED]
    if not waiting:
        raise LedgerError(f"round {current.number} is approved and has no order to place")
    return SubmitOrder(waiting[0])


def _while_running(state: CampaignState, current: RoundRecord, now: datetime) -> Step:
    closing = state.definition.closing
    finished = sum(state.orders[o].status.finished for o in current.order_ids)
    total = len(current.order_ids)
    if finished == total:
        return CloseRound(current.number, f"all {total} orders ended")
    # A tolerance of half an order keeps 0.7 * 10 from meaning 7.000000000000001.
    if finished + 1e-9 >= closing.finished_fraction * total:
        return CloseRound(current.number, f"{finished} of {total} orders ended, which is enough")
    if closing.deadline_hours is not None and current.approved_at is not None:
        deadline = current.approved_at + timedelta(hours=closing.deadline_hours)
        if now >= deadline:
            return CloseRound(
                current.number, f"the deadline of {closing.deadline_hours:g} h has passed"
            )
    return _document(state, current, now) or PollLab()


def _document(state: CampaignState, current: RoundRecord, now: datetime) -> Step | None:
    if not state.definition.lab.annotate:
        return None
    for order_id in current.order_ids:
        order = state.orders[order_id]
        tried = order.filing_tried_at
        again = (
            order.filing_problem
            and order.filing_attempts < FILING_ATTEMPTS
            and tried is not None
            and now >= tried + FILING_PAUSE
        )
        if order.status is OrderStatus.ACCEPTED and (tried is None or again):
            return DocumentOrder(order_id)
    return None
