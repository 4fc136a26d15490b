"""A result that a person typed into a form."""

from loop.core.number import ParsedNumber
from loop.core.result import LabResult, Outcome
from loop.errors import DataError


def result_of(
    order_id: str,
    property_name: str,
    status: str,
    number: ParsedNumber | None,
    unit: str,
    replicate: int,
    raw: str,
    note: str,
) -> LabResult:
    """Return the result that a form's fields amount to.

    Raises:
        DataError: a measured result without a value, or a failure without a reason.
    """
    outcome = Outcome(status)
    if outcome is not Outcome.MEASURED:
        if not note.strip():
            raise DataError("a failure needs a note that says why")
        return LabResult(
            order_id=order_id,
            result_id=f"{order_id}/outcome/{replicate}",
            outcome=outcome,
            note=note.strip(),
            place="form",
        )
    if number is None:
        raise DataError("a measured result needs a value")
    return LabResult(
        order_id=order_id,
        result_id=f"{order_id}/{property_name}/{replicate}",
        property=property_name,
        value=number.value,
        qualifier=number.qualifier,
        sd=number.sd,
        unit=unit,
        replicate=replicate,
        raw=f"{raw.strip()} {unit}",
        note=note.strip(),
        place="form",
    )
