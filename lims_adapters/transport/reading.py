"""One value as a lab's system holds it, and what it comes to in the words of the campaign."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lims_adapters.transport.mapping import ResultField
from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.order import WorkOrder
from loop.core.result import LabResult, ResultAttachment
from loop.core.units import convert_spread, same_dimension
from loop.errors import DataError, Problem, UnitError


@dataclass(frozen=True)
class Reading:
    """A value in the lab's own words; every word as text, empty if there is none.

    What the system itself keeps as a number is a number here too: the mark before the fraction
    that people write says nothing about it.

    Attributes:
        result_id: The lab's stable id of this value, with the namespace.
        place: Where it stands, for messages.
        label: What the lab calls the property.
        value: The number as it was written, or as the system keeps it.
        unit: As it was written.
        sd: Standard deviation, likewise.
        sd_unit: Its own unit; empty: `unit`.
        replicate: Number of the repeat, from 1; empty if there is only one.
        method: How it was measured.
        operator: Who measured.
        instrument: With what.
        measured_at: When, ISO 8601 with zone.
        note: Free text.
        attachments: Files that come with it.
    """

    result_id: str
    place: str
    label: str
    value: str | float
    unit: str = ""
    sd: str | float = ""
    sd_unit: str = ""
    replicate: str = ""
    method: str = ""
    operator: str = ""
    instrument: str = ""
    measured_at: str = ""
    note: str = ""
    attachments: tuple[ResultAttachment, ...] = ()


@dataclass(frozen=True)
class Translator:
    """Turns readings into results, or into problems that say what to mend.

    Attributes:
        system: What people call the lab's system.
        fields: Where each property of the campaign is kept there.
        decimal: The mark before a fraction.
    """

    system: str
    fields: Mapping[str, ResultField]
    decimal: Decimal

    def all(
        self, order: WorkOrder, readings: Iterable[Reading]
    ) -> tuple[tuple[LabResult, ...], tuple[Problem, ...]]:
        """Return what the readings of one order come to. Two of one place are refused."""
        results: list[LabResult] = []
        problems: list[Problem] = []
        places: dict[tuple[str, int], str] = {}
        for reading in readings:
            told = self.one(order, reading)
            if isinstance(told, LabResult):
                other = places.setdefault((told.property, told.replicate), told.place)
                if other != told.place:
                    told = self._refused(
                        reading,
                        "replicate",
                        reading.replicate or "none",
                        f"another number than at {other}: number the repeats from 1",
                    )
            if isinstance(told, LabResult):
                results.append(told)
            else:
                problems.append(told)
        return tuple(results), tuple(problems)

    def one(self, order: WorkOrder, reading: Reading) -> LabResult | Problem:
        """Return the result that a reading is, or why it is none."""
        name = next((p for p, f in self.fields.items() if f.field == reading.label), None)
        if name is None:
            listed = ", ".join(sorted(f.field for f in self.fields.values()))
            return self._refused(reading, "property", reading.label, f"one of {listed}")
        request = next((r for r in order.requests if r.property == name), None)
        if request is None:
            asked = ", ".join(r.property for r in order.requests)
            return self._refused(reading, "property", name, f"what was asked for: {asked}")
        field = self.fields[name]
        unit = reading.unit.strip() or field.unit
        wrong = self._unit_trouble(reading, unit, request.unit)
        if wrong is not None:
            return wrong
        whole = replace(reading, unit=unit, method=reading.method or field.method)
        return self._measured(order, name, whole)

    def _unit_trouble(self, reading: Reading, unit: str, wanted: str) -> Problem | None:
        shown = f"{reading.value} {unit}".strip()
        if not unit and wanted.strip():
            return self._refused(reading, "unit", shown, f"a unit, for example {wanted}")
        try:
            if same_dimension(unit, wanted):
                return None
        except UnitError:
            return self._refused(reading, "unit", unit, f"a known unit, for example {wanted}")
        return self._refused(reading, "unit", unit, f"a unit that converts to {wanted}")

    def _measured(self, order: WorkOrder, name: str, reading: Reading) -> LabResult | Problem:
        try:
            number = self._number(reading.value)
            sd = self._sd(reading, number.sd)
        except DataError as error:
            written = (str(part).strip() for part in (reading.value, reading.sd))
            shown = " ± ".join(part for part in written if part)
            return self._refused(reading, "value", shown, error.hint or "a number")
        replicate = reading.replicate.strip() or "1"
        if not (replicate.isascii() and replicate.isdigit() and int(replicate) > 0):
            return self._refused(reading, "replicate", replicate, "a whole number from 1")
        when = _instant(reading.measured_at)
        if reading.measured_at.strip() and when is None:
            return self._refused(
                reading, "measured at", reading.measured_at, "ISO 8601 with zone, or nothing"
            )
        return LabResult(
            order_id=order.order_id, result_id=reading.result_id, property=name,
            value=number.value, qualifier=number.qualifier, unit=reading.unit, sd=sd,
            replicate=int(replicate), raw=f"{reading.value} {reading.unit}".strip(),
            method=reading.method, operator=reading.operator, instrument=reading.instrument,
            measured_at=when, note=reading.note, place=reading.place,
            attachments=reading.attachments,
        )  # fmt: skip

    def _number(self, written: str | float) -> ParsedNumber:
        if isinstance(written, str):
            return parse_number(written, self.decimal)
        if isinstance(written, bool) or not math.isfinite(written):
            raise DataError(f"{written!r} is no number", hint="a number")
        return ParsedNumber(float(written))

    def _sd(self, reading: Reading, beside: float | None) -> float | None:
        if isinstance(reading.sd, str) and not reading.sd.strip():
            return beside
        sd = self._number(reading.sd).value
        try:
            return convert_spread(sd, reading.sd_unit or reading.unit, reading.unit)
        except UnitError as error:
            expected = f"a standard deviation in a unit such as {reading.unit}"
            raise DataError(str(error), hint=expected) from error

    def _refused(self, reading: Reading, what: str, value: str, expected: str) -> Problem:
        return Problem(self.system, f"{reading.place}, {what}", value, expected)


def _instant(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return when if when.tzinfo is not None else None
