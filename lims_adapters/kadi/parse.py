"""What the metadata of a record say, read without guessing."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lims_adapters.kadi.client import Record
from lims_adapters.kadi.config import KadiConfig, MeasurementMapping
from lims_adapters.transport.mapping import ended
from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.result import LabResult, Outcome
from loop.core.units import convert_spread
from loop.errors import DataError, Problem, UnitError

NAMESPACE: Final = "kadi:"
SYSTEM: Final = "Kadi4Mat"
_CLOSE: Final = 0.8
_NOTHING: Final[Mapping[str, Any]] = {}
_NO_MAPPING: Final = MeasurementMapping()

Extras = Mapping[str, Mapping[str, Any]]
Found = LabResult | Problem


def flat(extras: Sequence[Mapping[str, Any]], before: str = "") -> dict[str, Mapping[str, Any]]:
    """Return the metadata by key, those inside others as "outer.inner"."""
    found: dict[str, Mapping[str, Any]] = {}
    for extra in extras:
        key = f"{before}{extra.get('key')}"
        found[key] = extra
        if extra.get("type") == "dict":
            found |= flat(extra.get("value") or (), f"{key}.")
    return found


def words(extras: Extras, key: str) -> str:
    """Return a text, "" if it is not filled in."""
    value = extras.get(key, _NOTHING).get("value") if key else None
    return str(value).strip() if value is not None else ""


@dataclass(frozen=True)
class RecordReader:
    """Reads records of one campaign's mapping.

    Attributes:
        config: The mapping.
        decimal: The mark before the fraction in texts.
    """

    config: KadiConfig
    decimal: Decimal

    def of_sample(self, record: Record, order_id: str) -> Iterator[Found]:
        """Yield the values in the metadata of the sample itself."""
        extras = flat(record.extras)
        for name, result in self.config.results.items():
            held = extras.get(result.field, _NOTHING)
            if held.get("type") == "list":
                items = list(enumerate(held.get("value") or (), start=1))
            else:
                items = [(0, held)]
            for number, extra in items:
                if extra.get("value") is None:
                    continue
                place = _Place(record, f"{result.field}.{number}" if number else result.field)
                read = _number(place, extra, result.unit, self.decimal)
                if isinstance(read, Problem):
                    yield read
                    continue
                yield LabResult(
                    order_id=order_id,
                    result_id=f"{NAMESPACE}{record.number}/{place.key}",
                    property=name,
                    value=read.number.value,
                    qualifier=read.number.qualifier,
                    unit=read.unit,
                    sd=read.number.sd,
                    replicate=number or 1,
                    raw=read.raw,
                    method=result.method,
                    place=str(place),
                )

    def of_measurement(self, record: Record, order_id: str) -> Iterator[Found]:
        """Yield the values of a linked record; none if it is declared invalid."""
        mapping, extras = self.config.measurement or _NO_MAPPING, flat(record.extras)
        if mapping.validity:
            word = words(extras, mapping.validity)
            meaning = {k.casefold(): m for k, m in mapping.words.items()}.get(word.casefold())
            if meaning is None:
                known = ", ".join(mapping.words)
                note = f"{word!r} under {mapping.validity!r} is none of the words: {known}"
                yield _follow_up(record, order_id, note)
            if meaning != "valid":
                return
        if mapping.property:
            yield from self._of_one_value(record, order_id, mapping, extras)
            return
        for name, result in self.config.results.items():
            if extras.get(result.field, _NOTHING).get("value") is not None:
                identity = f"{NAMESPACE}{record.number}/{result.field}"
                yield self._value(record, result.field, name, order_id, identity)

    def _of_one_value(
        self, record: Record, order_id: str, mapping: MeasurementMapping, extras: Extras
    ) -> Iterator[Found]:
        word = words(extras, mapping.property)
        known = {result.field.casefold(): name for name, result in self.config.results.items()}
        shown = ", ".join(result.field for result in self.config.results.values())
        if word.casefold() in known:
            if extras.get(mapping.value, _NOTHING).get("value") is not None:
                name = known[word.casefold()]
                identity = f"{NAMESPACE}{record.number}"
                yield self._value(record, mapping.value, name, order_id, identity)
        elif not word:
            place = _Place(record, mapping.property)
            yield place.problem(word, f"the property that was measured: {shown}")
        # Labs measure more on a sample than a campaign asks for; a slip of the pen is not that.
        elif difflib.get_close_matches(word.casefold(), known, n=1, cutoff=_CLOSE):
            yield _follow_up(record, order_id, f"it is of {word!r}; the campaign knows: {shown}")

    def _value(self, record: Record, key: str, name: str, order_id: str, identity: str) -> Found:
        mapping, extras = self.config.measurement or _NO_MAPPING, flat(record.extras)
        result = self.config.results[name]
        place = _Place(record, key)
        unit = words(extras, mapping.unit) or result.unit
        read = _number(place, extras[key], unit, self.decimal)
        if isinstance(read, Problem):
            return read
        sd = self._sd(record, extras, mapping.sd, read)
        replicate = self._replicate(record, extras, mapping.replicate)
        when = _moment(_Place(record, mapping.measured_at), extras)
        for part in (sd, replicate, when):
            if isinstance(part, Problem):
                return part
        return LabResult(
            order_id=order_id,
            result_id=identity,
            property=name,
            value=read.number.value,
            qualifier=read.number.qualifier,
            unit=read.unit,
            sd=sd if isinstance(sd, float) else None,
            replicate=replicate if isinstance(replicate, int) else 1,
            raw=read.raw,
            method=words(extras, mapping.method) or result.method,
            operator=words(extras, mapping.operator),
            instrument=words(extras, mapping.instrument),
            measured_at=when if isinstance(when, datetime) else None,
            note=words(extras, mapping.note),
            place=str(place),
        )

    def _sd(
        self, record: Record, extras: Extras, key: str, value: "_Read"
    ) -> float | Problem | None:
        if extras.get(key, _NOTHING).get("value") is None:
            return value.number.sd
        place = _Place(record, key)
        read = _number(place, extras[key], value.unit, self.decimal)
        if isinstance(read, Problem):
            return read
        try:
            return convert_spread(read.number.value, read.unit, value.unit)
        except UnitError:
            return place.problem(read.raw, f"a standard deviation in a unit such as {value.unit}")

    def _replicate(self, record: Record, extras: Extras, key: str) -> int | Problem:
        if extras.get(key, _NOTHING).get("value") is None:
            return 1
        place = _Place(record, key)
        read = _number(place, extras[key], "dimensionless", self.decimal)
        if isinstance(read, Problem):
            return read
        if not read.number.value.is_integer() or read.number.value < 1:
            return place.problem(read.raw, "the number of the repeat, from 1")
        return int(read.number.value)

    def ending(self, record: Record, order_id: str) -> Iterator[LabResult]:
        """Yield how an order ended, if its status says so."""
        extras = flat(record.extras)
        word = words(extras, self.config.sample.status)
        outcome, note = ended(word, self.config.status) if word else (None, "")
        if outcome is not None:
            reason = words(extras, self.config.sample.reason)
            yield LabResult(
                order_id=order_id,
                result_id=f"{NAMESPACE}{record.number}/status",
                outcome=outcome,
                raw=word,
                note=f"{note}: {reason}" if reason else note,
                place=str(_Place(record, self.config.sample.status)),
            )


@dataclass(frozen=True)
class _Place:
    """Where something stands, for messages."""

    record: Record
    key: str

    def __str__(self) -> str:
        """Name record and key."""
        return f"record {self.record.identifier} ({self.record.number}), {self.key!r}"

    def problem(self, shown: str, expected: str) -> Problem:
        """Return what is wrong there."""
        return Problem(SYSTEM, str(self), shown, expected)


@dataclass(frozen=True)
class _Read:
    number: ParsedNumber
    unit: str
    raw: str


def _number(
    place: _Place, extra: Mapping[str, Any], default: str, decimal: Decimal
) -> _Read | Problem:
    value, unit = extra.get("value"), str(extra.get("unit") or "").strip()
    raw = f"{value!r} {unit}".strip() if not isinstance(value, str) else f"{value} {unit}".strip()
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return place.problem(raw, "a number")
    try:
        number = (
            parse_number(value, decimal) if isinstance(value, str) else ParsedNumber(float(value))
        )
    except DataError as error:
        return place.problem(raw, f"a number; {error.hint}")
    if not unit and not default:
        return place.problem(raw, "a unit beside the value, or `unit` in [lims.results]")
    return _Read(number, unit or default, raw)


def _moment(place: _Place, extras: Extras) -> datetime | Problem | None:
    told = words(extras, place.key)
    if not told:
        return None
    expected = "a date with its time zone"
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return place.problem(told, expected)
    return moment if moment.tzinfo else place.problem(told, expected)


def _follow_up(record: Record, order_id: str, note: str) -> LabResult:
    return LabResult(
        order_id=order_id,
        result_id=f"{NAMESPACE}{record.number}/note",
        outcome=Outcome.NEEDS_FOLLOW_UP,
        note=f"record {record.identifier} ({record.number}): {note}",
        place=f"record {record.identifier}",
    )
