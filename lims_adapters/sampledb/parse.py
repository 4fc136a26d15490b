"""What the fields of a SampleDB object say, read without guessing."""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from lims_adapters.sampledb.config import MeasurementMapping
from lims_adapters.sampledb.stored import StoredObject
from lims_adapters.transport.mapping import ResultField
from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.result import LabResult, Outcome
from loop.core.units import convert_spread
from loop.errors import DataError, Problem, UnitError

NAMESPACE: Final = "sampledb:"
SYSTEM: Final = "SampleDB"
_CLOSE: Final = 0.8


def text(data: Mapping[str, Any], field: str) -> str:
    """Return a text field, in English where it has translations; "" if it is not filled in."""
    held = data.get(field) if field else None
    if not isinstance(held, Mapping) or held.get("_type") != "text":
        return ""
    words = held.get("text")
    if isinstance(words, Mapping):
        words = words.get("en") or next(iter(words.values()), "")
    return str(words or "").strip()


def reference(data: Mapping[str, Any], field: str) -> int | None:
    """Return the number of the object that a field refers to in this SampleDB."""
    held = data.get(field)
    if not isinstance(held, Mapping) or held.get("component_uuid"):
        return None
    number = held.get("object_id")
    return number if isinstance(number, int) else None


@dataclass(frozen=True)
class _Field:
    """One field of one object, for messages."""

    item: StoredObject
    name: str

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"object {self.item.object_id}, field {self.name!r}"

    @property
    def held(self) -> Any:
        """What stands there."""
        return self.item.data.get(self.name)

    def problem(self, shown: str, expected: str) -> Problem:
        """Return what is wrong with it."""
        return Problem(SYSTEM, self.place, shown, expected)


class MeasurementReader:
    """Reads the objects of one action.

    Args:
        mapping: Its fields.
        results: Property to its word or field.
        decimal: The mark before the fraction in texts.
        user_name: Number of a user to the name.
    """

    def __init__(
        self,
        mapping: MeasurementMapping,
        results: Mapping[str, ResultField],
        decimal: Decimal,
        user_name: Callable[[int], str],
    ) -> None:
        self._mapping, self._results, self._decimal = mapping, results, decimal
        self._user_name = user_name

    def read(self, item: StoredObject, order_id: str) -> list[LabResult | Problem]:
        """Return the values that an object holds; none if it is declared invalid."""
        validity = self._validity(item, order_id)
        if validity is not None:
            return validity
        if self._mapping.property:
            return self._of_one_value(item, order_id)
        found: list[LabResult | Problem] = []
        for name, result in self._results.items():
            if item.data.get(result.field) is not None:
                identity = f"{NAMESPACE}{item.object_id}/{result.field}"
                found.append(self._value(_Field(item, result.field), name, order_id, identity))
        return found

    def _validity(self, item: StoredObject, order_id: str) -> list[LabResult | Problem] | None:
        if not self._mapping.validity:
            return None
        word = text(item.data, self._mapping.validity)
        known = {key.casefold(): meaning for key, meaning in self._mapping.words.items()}
        meaning = known.get(word.casefold())
        if meaning is None:
            note = (
                f"measurement {item.object_id} has {word!r} in {self._mapping.validity!r}, "
                f"which is none of the words in [lims]: {', '.join(self._mapping.words)}"
            )
            return [_follow_up(item, order_id, note)]
        return None if meaning == "valid" else []

    def _of_one_value(self, item: StoredObject, order_id: str) -> list[LabResult | Problem]:
        place = _Field(item, self._mapping.property)
        word = text(item.data, self._mapping.property)
        words = {result.field.casefold(): name for name, result in self._results.items()}
        name = words.get(word.casefold())
        if name is not None:
            identity = f"{NAMESPACE}{item.object_id}"
            return [self._value(_Field(item, self._mapping.value), name, order_id, identity)]
        known = ", ".join(result.field for result in self._results.values())
        if not word:
            return [place.problem(word, f"the property that was measured: {known}")]
        # Labs measure more on a sample than a campaign asks for; a slip of the pen is not that.
        if difflib.get_close_matches(word.casefold(), words, n=1, cutoff=_CLOSE):
            note = f"measurement {item.object_id} is of {word!r}; the campaign knows: {known}"
            return [_follow_up(item, order_id, note)]
        return []

    def _value(self, place: _Field, name: str, order_id: str, identity: str) -> LabResult | Problem:
        read = self._number(place, self._results[name].unit)
        if isinstance(read, Problem):
            return read
        number, unit, raw = read
        sd, replicate = self._sd(place.item, number, unit), self._replicate(place.item)
        for part in (sd, replicate):
            if isinstance(part, Problem):
                return part
        data, mapping = place.item.data, self._mapping
        when = _moment(_Field(place.item, mapping.measured_at)) if mapping.measured_at else None
        if isinstance(when, Problem):
            return when
        return LabResult(
            order_id=order_id,
            result_id=identity,
            property=name,
            value=number.value,
            qualifier=number.qualifier,
            unit=unit,
            sd=sd if isinstance(sd, float) else None,
            replicate=replicate if isinstance(replicate, int) else 1,
            raw=raw,
            method=text(data, mapping.method) or self._results[name].method,
            operator=self._operator(data),
            instrument=text(data, mapping.instrument),
            measured_at=when,
            note=text(data, mapping.note),
            place=place.place,
        )

    def _number(self, place: _Field, default: str) -> tuple[ParsedNumber, str, str] | Problem:
        held = place.held
        if held is None:
            return place.problem("nothing", "a value")
        if isinstance(held, Mapping) and held.get("_type") == "quantity":
            magnitude, unit = held.get("magnitude"), str(held.get("units") or "")
            if not isinstance(magnitude, int | float) or not math.isfinite(magnitude):
                return place.problem(str(magnitude), "a finite magnitude")
            shown = "dimensionless" if unit == "1" else unit
            return ParsedNumber(float(magnitude)), shown, f"{magnitude!r} {unit}".strip()
        words = text(place.item.data, place.name)
        unit = text(place.item.data, self._mapping.unit) or default
        try:
            number = parse_number(words, self._decimal)
        except DataError as error:
            return place.problem(words, f"a number; {error.hint}")
        if not unit:
            return place.problem(words, "a unit beside the value, or `unit` in [lims.results]")
        return number, unit, f"{words} {text(place.item.data, self._mapping.unit)}".strip()

    def _sd(self, item: StoredObject, number: ParsedNumber, unit: str) -> float | Problem | None:
        if not self._mapping.sd or item.data.get(self._mapping.sd) is None:
            return number.sd
        place = _Field(item, self._mapping.sd)
        read = self._number(place, unit)
        if isinstance(read, Problem):
            return read
        try:
            spread = convert_spread(read[0].value, read[1], unit)
        except UnitError:
            return place.problem(read[2], f"a standard deviation in a unit such as {unit!r}")
        return spread

    def _replicate(self, item: StoredObject) -> int | Problem:
        if not self._mapping.replicate or item.data.get(self._mapping.replicate) is None:
            return 1
        place = _Field(item, self._mapping.replicate)
        read = self._number(place, "dimensionless")
        if isinstance(read, Problem):
            return read
        value = read[0].value
        if not value.is_integer() or value < 1:
            return place.problem(read[2], "the number of the repeat, from 1")
        return int(value)

    def _operator(self, data: Mapping[str, Any]) -> str:
        held = data.get(self._mapping.operator) if self._mapping.operator else None
        if isinstance(held, Mapping) and held.get("_type") == "user":
            return self._user_name(int(held["user_id"]))
        return text(data, self._mapping.operator)


def _moment(place: _Field) -> datetime | Problem | None:
    held = place.held
    if held is None:
        return None
    told = held.get("utc_datetime") if isinstance(held, Mapping) else held
    try:
        return datetime.strptime(str(told), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return place.problem(str(told), "a time like 2026-11-22 07:00:00, in UTC")


def _follow_up(item: StoredObject, order_id: str, note: str) -> LabResult:
    return LabResult(
        order_id=order_id,
        result_id=f"{NAMESPACE}{item.object_id}/note",
        outcome=Outcome.NEEDS_FOLLOW_UP,
        note=note,
        place=f"object {item.object_id}",
    )
