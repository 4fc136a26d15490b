"""What the fields of results and entities say, read without guessing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lims_adapters.benchling.client import SYSTEM, Fields, Stored
from lims_adapters.benchling.config import BenchlingConfig, BenchlingResult
from lims_adapters.transport.mapping import ended
from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.result import LabResult
from loop.errors import DataError, Problem

NAMESPACE: Final = "benchling:"
Found = LabResult | Problem


def text(fields: Fields, name: str) -> str:
    """Return what people read in a field, "" if it is empty."""
    held = fields.get(name) or {}
    if held.get("value") is None:
        return ""
    for shown in (held.get("displayValue"), held.get("textValue"), held["value"]):
        if shown is not None:
            return str(shown).strip()
    return ""


def linked(fields: Fields, name: str) -> list[str]:
    """Return the API ids that a link field holds."""
    value = (fields.get(name) or {}).get("value")
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


@dataclass(frozen=True)
class ResultReader:
    """Reads the results of one campaign's mapping.

    Attributes:
        config: The mapping.
        decimal: The mark before the fraction in texts.
    """

    config: BenchlingConfig
    decimal: Decimal

    def read(self, stored: Stored, name: str, order_id: str) -> Iterator[Found]:
        """Yield the value of one property that a result holds, if it holds one and it counts.

        Args:
            stored: The result.
            name: The property.
            order_id: Of the entity that it links to.
        """
        mapping, result = self.config.measurement, self.config.results[name]
        reviewed = bool(stored.told.get("isReviewed")) or not mapping.reviewed_only
        if not reviewed or _is_invalid(stored, result.field):
            return
        place = _Place(stored, result.field)
        number = place.number(self.decimal)
        if number is None:
            return
        unit, replicate = self._unit(stored, result), self._replicate(stored)
        sd = _Place(stored, mapping.sd).number(self.decimal)
        when = _Place(stored, mapping.measured_at).moment()
        problems = [p for p in (number, unit, sd, replicate, when) if isinstance(p, Problem)]
        if problems or isinstance(number, Problem):
            yield from problems
            return
        creator = stored.told.get("creator") or {}
        yield LabResult(
            order_id=order_id,
            result_id=f"{NAMESPACE}{stored.api_id}/{result.field}",
            property=name,
            value=number.value,
            qualifier=number.qualifier,
            unit=str(unit),
            sd=sd.value if isinstance(sd, ParsedNumber) else number.sd,
            replicate=replicate if isinstance(replicate, int) else 1,
            raw=text(stored.fields, result.field),
            method=result.method,
            operator=text(stored.fields, mapping.operator) or str(creator.get("name") or ""),
            instrument=text(stored.fields, mapping.instrument),
            measured_at=when if isinstance(when, datetime) else None,
            note=text(stored.fields, mapping.note),
            place=str(place),
        )

    def _unit(self, stored: Stored, result: BenchlingResult) -> str | Problem:
        mapping, place = self.config.measurement, _Place(stored, result.field)
        own = (stored.fields.get(result.field) or {}).get("unit") or {}
        told = (text(stored.fields, mapping.unit), own.get("symbol"), own.get("name"), result.unit)
        for unit in told:
            if unit:
                return str(unit)
        where = f"a unit in the field {mapping.unit!r}" if mapping.unit else "a unit of the field"
        shown = text(stored.fields, result.field)
        return place.problem(shown, f"{where}, or `unit` in [lims.results]")

    def _replicate(self, stored: Stored) -> int | Problem:
        place = _Place(stored, self.config.measurement.replicate)
        read = place.number(self.decimal)
        if read is None or isinstance(read, Problem):
            return read or 1
        if not read.value.is_integer() or read.value < 1:
            return place.problem(text(stored.fields, place.field), "the number of the repeat")
        return int(read.value)

    def ending(self, entity: Stored, order_id: str) -> Iterator[LabResult]:
        """Yield how an order ended, if the status of its entity says so."""
        mapping = self.config.sample
        word = text(entity.fields, mapping.status)
        outcome, note = ended(word, self.config.status) if word else (None, "")
        if outcome is not None:
            reason = text(entity.fields, mapping.reason)
            yield LabResult(
                order_id=order_id,
                result_id=f"{NAMESPACE}{entity.api_id}/status",
                outcome=outcome,
                raw=word,
                note=f"{note}: {reason}" if reason else note,
                place=str(_Place(entity, mapping.status)),
            )


def _is_invalid(stored: Stored, field: str) -> bool:
    """Whether a reviewer has struck out the result, or this field of it."""
    fields = stored.told.get("fieldValidation") or {}
    words = (stored.told.get("validationStatus"), fields.get(field, {}).get("validationStatus"))
    return "INVALID" in words


@dataclass(frozen=True)
class _Place:
    """Where something stands."""

    stored: Stored
    field: str

    def __str__(self) -> str:
        """Name the object and the field."""
        kind = "entity" if self.stored.names else "result"
        return f"{kind} {self.stored.api_id}, {self.field!r}"

    def problem(self, shown: str, expected: str) -> Problem:
        """Return what is wrong there."""
        return Problem(SYSTEM, str(self), shown, expected)

    def number(self, decimal: Decimal) -> ParsedNumber | Problem | None:
        """Return the number that stands there; None for an empty field."""
        held: Any = (self.stored.fields.get(self.field) or {}).get("value")
        if held is None or held == "":
            return None
        if isinstance(held, bool) or not isinstance(held, int | float | str):
            return self.problem(repr(held), "a number")
        if not isinstance(held, str):
            return ParsedNumber(float(held))
        try:
            return parse_number(held, decimal)
        except DataError as error:
            return self.problem(held, f"a number; {error.hint}")

    def moment(self) -> datetime | Problem | None:
        """Return the instant that stands there; None for an empty field."""
        told = str((self.stored.fields.get(self.field) or {}).get("value") or "")
        if not told:
            return None
        expected = "a date and time with its time zone"
        try:
            moment = datetime.fromisoformat(told)
        except ValueError:
            return self.problem(told, expected)
        return moment if moment.tzinfo else self.problem(told, expected)
