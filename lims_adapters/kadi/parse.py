"""What the metadata of a record say, read without guessing."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lims_adapters.kadi.config import KadiConfig, MeasurementMapping
from lims_adapters.kadi.record import NOTHING, Extra, Extras, Record, flat, words
from lims_adapters.transport.ending import ending, explained
from lims_adapters.transport.reading import Reading, Translator
from loop.core.order import WorkOrder
from loop.core.result import LabResult, Outcome, ResultAttachment
from loop.errors import Problem

NAMESPACE: Final = "kadi:"
SYSTEM: Final = "Kadi4Mat"
_CLOSE: Final = 0.8

Found = LabResult | Problem


@dataclass(frozen=True)
class RecordReader:
    """Reads records of one campaign's mapping.

    Attributes:
        config: The mapping.
        translator: From readings to results.
    """

    config: KadiConfig
    translator: Translator

    def of_sample(self, record: Record, order: WorkOrder) -> Iterator[Found]:
        """Yield the values in the metadata of the sample itself."""
        extras = flat(record.extras)
        for name, result in self.config.results.items():
            held = extras.get(result.field, NOTHING)
            if held.get("type") == "list":
                items = list(enumerate(held.get("value") or (), start=1))
            else:
                items = [(0, held)]
            for number, extra in items:
                key = f"{result.field}.{number}" if number else result.field
                reading = Reading(
                    result_id=f"{NAMESPACE}{record.number}/{key}",
                    place=_place(record, key),
                    label=result.field,
                    value=_written(extra),
                    unit=_unit(extra),
                    replicate=str(number or 1),
                )
                if extra.get("value") is not None and _asks_for(order, name):
                    yield self.translator.one(order, reading)

    def of_measurement(
        self, record: Record, order: WorkOrder, files: Sequence[ResultAttachment] = ()
    ) -> Iterator[Found]:
        """Yield the values of a linked record; none if it is declared invalid."""
        mapping, extras = self._mapping, flat(record.extras)
        if mapping.validity:
            word = words(extras, mapping.validity)
            meaning = {k.casefold(): m for k, m in mapping.words.items()}.get(word.casefold())
            if meaning is None:
                known = ", ".join(mapping.words)
                note = f"{word!r} under {mapping.validity!r} is none of the words: {known}"
                yield _follow_up(record, order, note)
            if meaning != "valid":
                return
        if mapping.property:
            yield from self._of_one_value(record, order, extras, files)
            return
        for name, result in self.config.results.items():
            identity = f"{NAMESPACE}{record.number}/{result.field}"
            yield from self._value(record, order, (result.field, name, identity), files)

    def _of_one_value(
        self, record: Record, order: WorkOrder, extras: Extras, files: Sequence[ResultAttachment]
    ) -> Iterator[Found]:
        mapping = self._mapping
        word = words(extras, mapping.property)
        known = {result.field.casefold(): name for name, result in self.config.results.items()}
        shown = ", ".join(result.field for result in self.config.results.values())
        if word.casefold() in known:
            where = mapping.value, known[word.casefold()], f"{NAMESPACE}{record.number}"
            yield from self._value(record, order, where, files)
        elif not word:
            expected = f"the property that was measured: {shown}"
            yield Problem(SYSTEM, _place(record, mapping.property), word, expected)
        # Labs measure more on a sample than a campaign asks for; a slip of the pen is not that.
        elif difflib.get_close_matches(word.casefold(), known, n=1, cutoff=_CLOSE):
            yield _follow_up(record, order, f"it is of {word!r}; the campaign knows: {shown}")

    def _value(
        self,
        record: Record,
        order: WorkOrder,
        where: tuple[str, str, str],
        files: Sequence[ResultAttachment],
    ) -> Iterator[Found]:
        (key, name, identity), mapping = where, self._mapping
        extras = flat(record.extras)
        extra, sd = extras.get(key, NOTHING), extras.get(mapping.sd, NOTHING)
        if extra.get("value") is None or not _asks_for(order, name):
            return
        reading = Reading(
            result_id=identity,
            place=_place(record, key),
            label=self.config.results[name].field,
            value=_written(extra),
            unit=_unit(extra) or words(extras, mapping.unit),
            sd=_written(sd),
            sd_unit=_unit(sd),
            replicate=_count(extras.get(mapping.replicate, NOTHING)),
            method=words(extras, mapping.method),
            operator=words(extras, mapping.operator),
            instrument=words(extras, mapping.instrument),
            measured_at=words(extras, mapping.measured_at),
            note=words(extras, mapping.note),
            attachments=tuple(files),
        )
        yield self.translator.one(order, reading)

    @property
    def _mapping(self) -> MeasurementMapping:
        return self.config.measurement or MeasurementMapping()

    def ending(
        self, record: Record, order: WorkOrder, results: Sequence[LabResult]
    ) -> LabResult | None:
        """Return how an order ended, if its status says so beside the values that are there."""
        extras = flat(record.extras)
        word = words(extras, self.config.sample.status)
        if not word:
            return None
        result_id = f"{NAMESPACE}{record.number}/status"
        said = ending(order, word, self.config.status, results, result_id)
        return explained(said, "", words(extras, self.config.sample.reason))


def _place(record: Record, key: str) -> str:
    return f"{record}, {key!r}"


def _asks_for(order: WorkOrder, name: str) -> bool:
    return any(request.property == name for request in order.requests)


def _written(extra: Extra) -> str | float:
    value = extra.get("value")
    if value is None:
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number or isinstance(value, str) else repr(value)


def _unit(extra: Extra) -> str:
    return str(extra.get("unit") or "").strip()


def _count(extra: Extra) -> str:
    """Return a whole number as such, whether Kadi keeps it as one, as a fraction or as a text."""
    value = _written(extra)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _follow_up(record: Record, order: WorkOrder, note: str) -> LabResult:
    return LabResult(
        order_id=order.order_id,
        result_id=f"{NAMESPACE}{record.number}/note",
        outcome=Outcome.NEEDS_FOLLOW_UP,
        note=f"{record}: {note}",
        place=f"record {record.identifier}",
    )
