"""One result of a lab as a measurement of the campaign: unit converted, nonsense refused."""

import math

from loop.core.definition import CampaignDefinition
from loop.core.identity import measurement_id
from loop.core.order import MeasurementRequest
from loop.core.result import KeptFile, LabResult, Measurement, ResultAttachment
from loop.core.state import OrderRecord
from loop.core.units import convert, convert_spread
from loop.errors import Problem, UnitError

_LONGEST_NAME = 120


def accept(
    definition: CampaignDefinition, order: OrderRecord, result: LabResult, source: str
) -> Measurement | Problem:
    """Return the measurement that a measured result amounts to, or why it is none.

    What is plausible is what the definition says now, not what it said when the order went out:
    else no amendment could let a surprising value in.

    Args:
        definition: The campaign's, as it is in force.
        order: The order that it answers.
        result: In the lab's words and unit.
        source: Where it says so, for messages.
    """
    request = next((r for r in order.order.requests if r.property == result.property), None)
    if request is None:
        asked = ", ".join(r.property for r in order.order.requests)
        return Problem(
            source, result.place, result.property, f"a property that was asked for: {asked}"
        )
    plausible = definition.properties[request.property].plausible
    request = request.model_copy(update={"plausible": plausible})
    return _converted(order, request, result, source)


def _converted(
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
        files=tuple(_announced(a) for a in result.attachments),
    )


def _announced(attachment: ResultAttachment) -> KeptFile:
    return KeptFile(
        name=file_name(attachment.name),
        reference=attachment.reference,
        media_type=attachment.media_type,
        expected=attachment.digest.lower(),
    )


def file_name(given: str) -> str:
    """Return the name of a file from a lab as one that is safe to show and to save under."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    kept = suffix[:16]
    shortened = f"{stem[: _LONGEST_NAME - len(kept) - 1]}.{kept}" if dot else plain[:_LONGEST_NAME]
    return shortened or "file"


def same_word(known: Measurement, said: Measurement) -> bool:
    """Whether two values say the same: number, limit and spread."""
    return (
        known.qualifier == said.qualifier
        and _close(known.value, said.value)
        and _close_or_none(known.sd, said.sd)
    )


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=0.0)


def _close_or_none(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else _close(a, b)
