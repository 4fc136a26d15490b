"""What the properties of measurements and samples say, read without guessing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lims_adapters.openbis.client import SYSTEM, Sample
from lims_adapters.openbis.config import OpenBisConfig
from lims_adapters.transport.mapping import ended
from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.result import LabResult
from loop.errors import DataError, Problem

NAMESPACE: Final = "openbis:"
Found = LabResult | Problem
_STAMPS: Final = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z")


def text(properties: Mapping[str, Any], code: str) -> str:
    """Return a property as text, "" if it is not filled in."""
    value = properties.get(code) if code else None
    return "" if value is None else str(value).strip()


@dataclass(frozen=True)
class MeasurementReader:
    """Reads the measurements of one campaign's mapping.

    Attributes:
        config: The mapping.
        decimal: The mark before the fraction in texts.
    """

    config: OpenBisConfig
    decimal: Decimal

    def of_sample(self, sample: Sample, order_id: str) -> Iterator[Found]:
        """Yield what the measurements of a sample say."""
        kind = self.config.measurement.type
        for child in sorted(sample.children, key=lambda c: c.perm_id):
            if child.type == kind:
                for name in self.config.results:
                    yield from self._value(child, name, order_id)

    def _value(self, child: Sample, name: str, order_id: str) -> Iterator[Found]:
        mapping, result = self.config.measurement, self.config.results[name]
        field = result.field.upper()
        place = _Place(child, field)
        number = place.number(self.decimal)
        if number is None:
            return
        unit = text(child.properties, mapping.unit) or result.unit
        sd = _Place(child, mapping.sd).number(self.decimal)
        replicate = self._replicate(child)
        when = _Place(child, mapping.measured_at).moment()
        problems = [p for p in (number, sd, replicate, when) if isinstance(p, Problem)]
        if not unit:
            shown = text(child.properties, field)
            problems.append(place.problem(shown, "a unit beside it, or `unit` in [lims.results]"))
        if problems or isinstance(number, Problem):
            yield from problems
            return
        yield LabResult(
            order_id=order_id,
            result_id=f"{NAMESPACE}{child.perm_id}/{field}",
            property=name,
            value=number.value,
            qualifier=number.qualifier,
            unit=unit,
            sd=sd.value if isinstance(sd, ParsedNumber) else number.sd,
            replicate=replicate if isinstance(replicate, int) else 1,
            raw=text(child.properties, field),
            method=result.method,
            operator=text(child.properties, mapping.operator) or child.registrator,
            instrument=text(child.properties, mapping.instrument),
            measured_at=when if isinstance(when, datetime) else None,
            note=text(child.properties, mapping.note),
            place=str(place),
        )

    def _replicate(self, child: Sample) -> int | Problem:
        place = _Place(child, self.config.measurement.replicate)
        read = place.number(self.decimal)
        if read is None or isinstance(read, Problem):
            return read or 1
        if not read.value.is_integer() or read.value < 1:
            return place.problem(text(child.properties, place.code), "the number of the repeat")
        return int(read.value)

    def ending(self, sample: Sample, order_id: str) -> Iterator[LabResult]:
        """Yield how an order ended, if the status of its sample says so."""
        mapping = self.config.sample
        word = text(sample.properties, mapping.status)
        outcome, note = ended(word, self.config.status) if word else (None, "")
        if outcome is not None:
            reason = text(sample.properties, mapping.reason)
            yield LabResult(
                order_id=order_id,
                result_id=f"{NAMESPACE}{sample.perm_id}/status",
                outcome=outcome,
                raw=word,
                note=f"{note}: {reason}" if reason else note,
                place=str(_Place(sample, mapping.status)),
            )


@dataclass(frozen=True)
class _Place:
    """Where something stands."""

    sample: Sample
    code: str

    def __str__(self) -> str:
        """Name the sample and the property."""
        return f"{self.sample.identifier} ({self.sample.perm_id}), {self.code!r}"

    def problem(self, shown: str, expected: str) -> Problem:
        """Return what is wrong there."""
        return Problem(SYSTEM, str(self), shown, expected)

    def number(self, decimal: Decimal) -> ParsedNumber | Problem | None:
        """Return the number that stands there; None for an empty property."""
        held = self.sample.properties.get(self.code) if self.code else None
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
        """Return the instant that stands there; None for an empty property."""
        told = text(self.sample.properties, self.code)
        for layout in _STAMPS if told else ():
            try:
                return datetime.strptime(told, layout)  # noqa: DTZ007
            except ValueError:
                continue
        expected = "a date and time with its time zone, like 2026-03-31 12:05:00 +0000"
        return self.problem(told, expected) if told else None
