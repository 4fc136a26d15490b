"""The door for results: units are converted, nonsense is refused, repeats are recognised."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from loop.core import events as e
from loop.core.identity import measurement_id
from loop.core.order import MeasurementRequest
from loop.core.result import LabResult, Measurement, Outcome
from loop.core.state import CampaignState, MeasurementRecord, OrderRecord, OrderStatus
from loop.core.units import convert, convert_spread
from loop.errors import Problem, UnitError


@dataclass
class Intake:
    """What a set of results comes to. With problems, none of it may be recorded.

    Attributes:
        bodies: Events to append, in order.
        problems: Why not.
        n_recorded: New measurements.
        n_corrected: Known ones with another value.
        n_known: Known ones.
        n_ended: Orders that failed or were cancelled.
    """

    bodies: list[e.EventBody] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    n_recorded: int = 0
    n_corrected: int = 0
    n_known: int = 0
    n_ended: int = 0
    seen: dict[str, float] = field(default_factory=dict)


def take_in(
    state: CampaignState,
    results: Iterable[LabResult],
    source: str,
    seen: dict[str, float] | None = None,
) -> Intake:
    """Return the events that `results` amount to, in the light of what is recorded already.

    Args:
        state: The campaign.
        results: What the lab says.
        source: Where it says so, for messages.
        seen: What earlier batches of the same poll said; changed and returned as `Intake.seen`.
    """
    seen = {} if seen is None else seen
    intake = Intake(seen=seen)
    for result in results:
        order = state.orders.get(result.order_id)
        if order is None:
            intake.problems.append(
                Problem(
                    source, result.place, result.order_id, "the id of an order of this campaign"
                )
            )
        elif result.outcome is Outcome.MEASURED:
            _measured(state, order, result, source, intake, seen)
        elif result.outcome is Outcome.WITHDRAWN:
            _withdrawn(state, result, intake)
        else:
            _ended(order, result, source, intake)
    return intake


def _request(order: OrderRecord, name: str) -> MeasurementRequest | None:
    return next((r for r in order.order.requests if r.property == name), None)


def _measured(
    state: CampaignState,
    order: OrderRecord,
    result: LabResult,
    source: str,
    intake: Intake,
    seen: dict[str, float],
) -> None:
    request = _request(order, result.property)
    if request is None:
        asked = ", ".join(r.property for r in order.order.requests)
        intake.problems.append(
            Problem(
                source, result.place, result.property, f"a property that was asked for: {asked}"
            )
        )
        return
    accepted = _accept(order, request, result, source)
    if isinstance(accepted, Problem):
        intake.problems.append(accepted)
        return
    known = state.measurements.get(accepted.measurement_id)
    if accepted.measurement_id in seen:
        if seen[accepted.measurement_id] == accepted.value:
            intake.n_known += 1
        else:
            intake.problems.append(
                Problem(source, result.place, result.raw, "one value per order and replicate")
            )
        return
    seen[accepted.measurement_id] = accepted.value
    if known is None:
        intake.bodies.append(e.MeasurementRecorded(measurement=accepted))
        intake.n_recorded += 1
    elif _was_seen(known, accepted.value):
        intake.n_known += 1
    else:
        intake.bodies.append(_correction(known, accepted, f"changed at the lab ({source})"))
        intake.n_corrected += 1


def _accept(
    order: OrderRecord, request: MeasurementRequest, result: LabResult, source: str
) -> Measurement | Problem:
    shown = result.raw or f"{result.value} {result.unit}"
    received = result.value
    if received is None or not math.isfinite(received):
        return Problem(source, result.place, shown, "a finite number")
    if not result.unit.strip() and request.unit.strip():
        return Problem(
            source, result.place, shown, f"a value with its unit, for example {request.unit}"
        )
    try:
        value = convert(received, result.unit, request.unit)
        sd = None if result.sd is None else convert_spread(result.sd, result.unit, request.unit)
    except UnitError:
        return Problem(
            source,
            result.place,
            shown,
            f"a unit that converts to {request.unit}, not {result.unit!r}",
        )
    if request.plausible and not request.plausible[0] <= value <= request.plausible[1]:
        low, high = request.plausible
        return Problem(
            source,
            result.place,
            shown,
            f"a value between {low:g} and {high:g} {request.unit}, not {value:g}; "
            "if it is real, widen `plausible` in the campaign file and amend the campaign",
        )
    return Measurement(
        measurement_id=measurement_id(result.order_id, result.property, result.result_id),
        order_id=result.order_id,
        candidate_id=order.order.candidate.candidate_id,
        property=result.property,
        value=value,
        qualifier=result.qualifier,
        sd=sd,
        replicate=result.replicate,
        received_value=received,
        received_unit=result.unit,
        raw=result.raw,
        method=result.method,
        operator=result.operator,
        instrument=result.instrument,
        measured_at=result.measured_at,
        note=result.note,
        source=source,
        result_id=result.result_id,
    )


def _was_seen(known: MeasurementRecord, value: float) -> bool:
    """Whether the lab said this before: an old file that comes again must not undo a correction."""
    history = [known.current.value, *(c.previous_value for c in known.corrections)]
    return any(math.isclose(value, old, rel_tol=1e-12, abs_tol=0.0) for old in history)


def _correction(
    known: MeasurementRecord, accepted: Measurement, reason: str
) -> e.MeasurementCorrected:
    return e.MeasurementCorrected(
        measurement_id=accepted.measurement_id,
        value=accepted.value,
        qualifier=accepted.qualifier,
        sd=accepted.sd,
        received_value=accepted.received_value,
        received_unit=accepted.received_unit,
        previous_value=known.current.value,
        reason=reason,
    )


def _withdrawn(state: CampaignState, result: LabResult, intake: Intake) -> None:
    identity = measurement_id(result.order_id, result.property, result.result_id)
    known = state.measurements.get(identity)
    if known is None or known.withdrawn:
        intake.n_known += 1
        return
    intake.bodies.append(
        e.MeasurementWithdrawn(
            measurement_id=identity, reason=result.note or "withdrawn at the lab"
        )
    )
    intake.n_corrected += 1


def _ended(order: OrderRecord, result: LabResult, source: str, intake: Intake) -> None:
    if result.outcome is Outcome.NEEDS_FOLLOW_UP:
        if order.flag != result.note:
            intake.bodies.append(
                e.OrderFlagged(
                    order_id=result.order_id, reason=result.note, result_id=result.result_id
                )
            )
        return
    target = OrderStatus.CANCELLED if result.outcome is Outcome.CANCELLED else OrderStatus.FAILED
    key = f"ended {result.order_id}"
    if order.status is target or key in intake.seen:
        intake.n_known += 1
        return
    intake.seen[key] = 0.0
    if order.status is OrderStatus.MEASURED:
        intake.problems.append(
            Problem(
                source,
                result.place,
                result.outcome.value,
                "no failure of an order that has its result; withdraw the measurement first",
            )
        )
        return
    intake.n_ended += 1
    if target is OrderStatus.CANCELLED:
        intake.bodies.append(
            e.OrderCancelled(
                order_id=result.order_id,
                reason=result.note or "cancelled at the lab",
                result_id=result.result_id,
            )
        )
        return
    intake.bodies.append(
        e.OrderFailed(
            order_id=result.order_id,
            stage="synthesis" if result.outcome is Outcome.FAILED_SYNTHESIS else "measurement",
            reason=result.note or result.outcome.value,
            result_id=result.result_id,
        )
    )
