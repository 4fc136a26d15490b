"""A file of a declared instrument to results that stand or fall together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from lims_adapters.instruments.asm import cube, measurements, quantity
from lims_adapters.instruments.config import InstrumentConfig
from lims_adapters.instruments.curve import Curve, trace
from lims_adapters.instruments.functions import compute
from lims_adapters.instruments.jcamp_dx import read_jcamp
from lims_adapters.instruments.xy_text import Columns, read_xy
from loop.core.canonical import digest
from loop.core.number import Decimal
from loop.core.order import WorkOrder
from loop.core.result import LabResult, ResultAttachment
from loop.errors import DataError, Problem

_REPLICATE = re.compile(r"^[-_ .](?:rep(?:licate)?[-_ ]?)?(\d{1,3})$", re.IGNORECASE)
_NOTHING: Final = np.empty(0)


@dataclass(frozen=True)
class _Value:
    """A number with what the file tells around it; values of one file count from 0."""

    number: float
    unit: str
    raw: str
    about: Curve
    index: int


@dataclass
class _Reading:
    name: str
    content: bytes
    orders: Sequence[WorkOrder]
    decimal: Decimal
    results: list[LabResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def takes(name: str, instruments: Mapping[str, InstrumentConfig]) -> bool:
    """Whether a declared instrument writes files of this name."""
    return any(one.takes(name) for one in instruments.values())


def read_instrument_file(
    name: str,
    content: bytes,
    orders: Sequence[WorkOrder],
    instruments: Mapping[str, InstrumentConfig],
    decimal: Decimal,
) -> tuple[tuple[LabResult, ...], tuple[Problem, ...]]:
    """Return what every instrument that takes the file gets from it, or all problems.

    A value is known by the digest of its file: the same file again is the same value, another
    file of the same order another one. The file itself is announced as an attachment, with
    reference `<digest>/<name>`.

    Args:
        name: File name.
        content: The file.
        orders: Orders of the campaign; an id beyond them is refused.
        instruments: Declared ones, by name.
        decimal: The campaign's mark before the fraction.
    """
    reading = _Reading(name, content, orders, decimal)
    for key, instrument in instruments.items():
        if instrument.takes(name):
            _read_as(reading, key, instrument)
    if reading.problems:
        return (), tuple(reading.problems)
    return tuple(reading.results), ()


def _read_as(reading: _Reading, key: str, instrument: InstrumentConfig) -> None:
    try:
        values = _values(reading, instrument)
    except DataError as error:
        _refuse(reading, key, f"{instrument.property} by {instrument.function}", error)
        return
    for value in values:
        try:
            order, replicate = _order(reading, instrument, value.about)
        except DataError as error:
            _refuse(reading, key, value.about.place, error)
            continue
        reading.results.append(_result(reading, key, instrument, value, order, replicate))


def _refuse(reading: _Reading, key: str, what: str, error: DataError) -> None:
    expected = error.message + (f" ({error.hint})" if error.hint else "")
    reading.problems.append(
        Problem(reading.name, f"instrument {key}", what, f"a file that can be used: {expected}")
    )


def _values(reading: _Reading, instrument: InstrumentConfig) -> list[_Value]:
    form = instrument.format_of(reading.name)
    if form == "asm":
        return _asm_values(reading.content, instrument)
    if instrument.function == "read":
        raise DataError("`read` takes numbers from ASM documents only")
    if form == "jcamp-dx":
        return [_computed(read_jcamp(reading.content), instrument, 0)]
    if form == "xy-text":
        columns = Columns(
            instrument.x_column, instrument.y_column, instrument.decimal or reading.decimal
        )
        return [_computed(read_xy(reading.content, columns), instrument, 0)]
    suffix = PurePosixPath(reading.name).suffix or "none"
    raise DataError(f"the suffix {suffix} tells no format", hint="write `format` in the campaign")


def _asm_values(content: bytes, instrument: InstrumentConfig) -> list[_Value]:
    found: list[_Value] = []
    for index, one in enumerate(measurements(content)):
        if instrument.function != "read":
            found.append(_computed(cube(one, instrument.field), instrument, index))
            continue
        number, unit, path = quantity(one, instrument.field)
        about = Curve(
            x=_NOTHING,
            y=_NOTHING,
            x_unit=None,
            y_unit=unit,
            sample_texts=one.sample_texts,
            operator=one.operator,
            instrument=one.instrument,
            measured_at=one.measured_at,
            place=path,
        )
        found.append(_Value(number, unit, f"{number!r} {unit}".strip(), about, index))
    return found


def _computed(curve: Curve, instrument: InstrumentConfig, index: int) -> _Value:
    if instrument.function == "read" or instrument.x_unit is None:
        raise DataError("no function of a curve is declared")
    declared = trace(curve, instrument.x_unit, instrument.y_unit)
    number = compute(instrument.function, declared, instrument.parameters())
    return _Value(
        number, instrument.result_unit(), "", replace(curve, x=_NOTHING, y=_NOTHING), index
    )


def _order(reading: _Reading, instrument: InstrumentConfig, about: Curve) -> tuple[WorkOrder, int]:
    """Return order and replicate; what the file says and what its name says must agree."""
    named, replicate = _by_name(reading)
    said = {
        order.order_id: order
        for _, text in about.sample_texts
        for order in reading.orders
        if _holds(text, order.order_id)
    }
    if instrument.order_in != "name" and len(said) > 1:
        raise DataError(f"names the orders {', '.join(said)}; expected one")
    by_sample = next(iter(said.values()), None) if instrument.order_in != "name" else None
    by_name = named if instrument.order_in != "sample" else None
    if by_sample and by_name and by_sample != by_name:
        raise DataError(f"says {by_sample.order_id}, its name says {by_name.order_id}")
    found = by_sample or by_name
    if found is None:
        told = "; ".join(f"{key}: {text}" for key, text in about.sample_texts) or "nothing"
        raise DataError(
            f"no order of this campaign in its sample fields ({told[:200]}) or name",
            hint="write the order's id into the sample field, or name the file <order id>.<suffix>",
        )
    return found, replicate if by_name else 1


def _by_name(reading: _Reading) -> tuple[WorkOrder | None, int]:
    stem = PurePosixPath(reading.name).stem
    for order in reading.orders:
        rest = stem[len(order.order_id) :]
        if not stem.startswith(order.order_id) or rest[:1].isalnum():
            continue
        numbered = _REPLICATE.match(rest)
        return order, int(numbered.group(1)) if numbered else 1
    return None, 1


def _holds(text: str, order_id: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(order_id)}(?![\w-])", text) is not None


def _result(
    reading: _Reading,
    key: str,
    instrument: InstrumentConfig,
    value: _Value,
    order: WorkOrder,
    replicate: int,
) -> LabResult:
    content_digest = digest(reading.content)
    number = value.number
    return LabResult(
        order_id=order.order_id,
        result_id=f"file:{content_digest}:{key}:{value.index}",
        property=instrument.property,
        value=number,
        unit=value.unit,
        replicate=max(replicate, 1),
        raw=value.raw or f"{number!r} {value.unit}".strip(),
        method=instrument.words(),
        operator=value.about.operator,
        instrument=value.about.instrument or key,
        measured_at=value.about.measured_at,
        note=f"computed from {reading.name}, SHA-256 {content_digest}",
        place=value.about.place,
        attachments=(
            ResultAttachment(
                name=reading.name,
                reference=f"{content_digest}/{reading.name}",
                digest=content_digest,
            ),
        ),
    )
