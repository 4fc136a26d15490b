"""A filled-in worksheet to results. All problems are found; with one, nothing is accepted.

Two forms are read. Wide: one column per property, named `property [unit]`, as we write it. Long:
the columns property, value and unit, one row per measurement.
"""

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from lims_adapters.worksheet.config import PlateConfig
from lims_adapters.worksheet.plate import as_sheet, find_plate
from lims_adapters.worksheet.sdf import read_sdf
from lims_adapters.worksheet.tables import Cell, Sheet, read
from loop.core.number import Decimal, parse_number
from loop.core.order import MeasurementRequest, WorkOrder
from loop.core.result import LabResult, Outcome, Qualifier
from loop.core.units import convert, same_dimension
from loop.errors import DataError, Problem, UnitError

_SYNONYMS = {
    "order": "order_id", "orderid": "order_id", "order_no": "order_id", "result": "value",
    "state": "status", "outcome": "status", "comment": "note", "notes": "note", "remark": "note",
    "remarks": "note", "analyst": "operator", "date": "measured_at", "measured": "measured_at",
    "measured_on": "measured_at", "rep": "replicate", "repeat": "replicate", "units": "unit",
    "uncertainty": "sd", "std": "sd", "label": "candidate", "name": "candidate",
    "smiles": "structure",
}  # fmt: skip
_OWN = {
    "order_id", "candidate", "structure", "replicate", "property", "value", "unit", "sd", "status",
    "note", "operator", "instrument", "method", "measured_at", "route_found", "in_stock", "route",
    "starting_materials",
}  # fmt: skip
_STATUS = {o.value: o for o in Outcome} | {
    "done": Outcome.MEASURED,
    "ok": Outcome.MEASURED,
    "failed synthesis": Outcome.FAILED_SYNTHESIS,
    "synthesis failed": Outcome.FAILED_SYNTHESIS,
    "failed measurement": Outcome.FAILED_MEASUREMENT,
    "measurement failed": Outcome.FAILED_MEASUREMENT,
    "canceled": Outcome.CANCELLED,
    "follow-up": Outcome.NEEDS_FOLLOW_UP,
    "needs follow up": Outcome.NEEDS_FOLLOW_UP,
}
_MISSING = {"", "n.d.", "nd", "-", "–", "n/a"}
_HEADER = re.compile(r"^(?P<name>[^\[(]+?)\s*(?:[\[(](?P<unit>.*)[\])])?\s*$")
_WITH_UNIT = re.compile(r"^(?P<number>[<>≤≥]?=?\s*[-+−]?[\d.,\s±+/eE-]*\d)\s*(?P<unit>[^\d\s].*)?$")


@dataclass(frozen=True)
class _Column:
    index: int
    name: str
    unit: str


@dataclass
class _Reading:
    """A worksheet being read."""

    source: str
    sheet: Sheet
    orders: dict[str, WorkOrder]
    decimal: Decimal
    named: dict[str, int] = field(default_factory=dict)
    properties: list[_Column] = field(default_factory=list)
    results: list[LabResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    first_seen: dict[str, str] = field(default_factory=dict)

    def refuse(self, place: str, value: object, expected: str) -> None:
        self.problems.append(Problem(self.source, place, str(value), expected))

    def text(self, cells: tuple[Cell, ...], name: str) -> str:
        index = self.named.get(name)
        cell = None if index is None else cells[index]
        text = "" if cell is None else str(cell).strip()
        return text[1:] if text[:1] == "'" else text


def parse(
    name: str,
    content: bytes,
    orders: Sequence[WorkOrder],
    decimal: Decimal,
    plate: PlateConfig | None = None,
) -> tuple[tuple[LabResult, ...], tuple[Problem, ...]]:
    """Return the results of a worksheet, or its problems; never both.

    Args:
        name: File name, for messages.
        content: CSV, XLSX or SDF.
        orders: Orders of the campaign; an id beyond them is refused.
        decimal: Mark before the fraction in text cells; number cells of XLSX are numbers.
        plate: Layout of the lab's plates, to read tables and grids by well.
    """
    sheet = _table(name, content, orders, plate)
    if isinstance(sheet, Problem):
        return (), (sheet,)
    reading = _Reading(name, sheet, {o.order_id: o for o in orders}, decimal)
    _read_header(reading)
    if not reading.problems:
        _take_units_row(reading)
        for row, cells in reading.sheet.rows:
            _read_row(reading, row, cells)
    if not reading.problems and not reading.results:
        reading.refuse("rows", "no result", "at least one row with a result or a status")
    if reading.problems:
        return (), tuple(reading.problems)
    return tuple(reading.results), ()


def _table(
    name: str, content: bytes, orders: Sequence[WorkOrder], plate: PlateConfig | None
) -> Sheet | Problem:
    if name.lower().endswith((".sdf", ".sd")):
        return read_sdf(name, content)
    if plate is None:
        return read(name, content)
    sheet = read(name, content, find_plate)
    if isinstance(sheet, Problem) or "well" not in [h.lower() for h in sheet.header]:
        return sheet
    if {h.lower().replace(" ", "_") for h in sheet.header} & {"order_id", "order", "orderid"}:
        return sheet
    return as_sheet(name, sheet, plate, orders)


def _take_units_row(reading: _Reading) -> None:
    """Take a second header row away that holds nothing but units, and note them."""
    if not reading.sheet.rows:
        return
    row, cells = reading.sheet.rows[0]
    if reading.text(cells, "order_id").lower().strip("[]()") not in {"", "unit", "units"}:
        return
    known = {r.property: r for o in reading.orders.values() for r in o.requests}
    written = {c.index: str(cells[c.index] or "").strip("[]() ") for c in reading.properties}
    found = [c for c in reading.properties if written[c.index]]
    if not found or not all(_fits(written[c.index], known[c.name]) for c in found):
        return
    reading.sheet = replace(reading.sheet, rows=reading.sheet.rows[1:])
    for column in found:
        unit = written[column.index]
        if column.unit and column.unit != unit:
            expected = f"one unit; the header says {column.unit!r}"
            reading.refuse(reading.sheet.place(row, column.index), unit, expected)
    reading.properties = [replace(c, unit=c.unit or written[c.index]) for c in reading.properties]


def _read_header(reading: _Reading) -> None:
    known = {r.property: r for o in reading.orders.values() for r in o.requests}
    for index, written in enumerate(reading.sheet.header):
        match = _HEADER.match(written)
        if match is None:
            continue
        plain = match["name"].strip().lower().replace(" ", "_")
        place = reading.sheet.place(_header_line(reading), index)
        if match["name"].strip().replace(" ", "_") in known or plain in known:
            prop = plain if plain in known else match["name"].strip()
            unit = (match["unit"] or "").strip()
            if not _fits(unit, known[prop]):
                reading.refuse(place, written, f"a unit that converts to {known[prop].unit}")
            reading.properties.append(_Column(index, prop, unit))
            continue
        own = _SYNONYMS.get(plain, plain)
        if own in _OWN:
            if own in reading.named:
                reading.refuse(place, written, f"the column {own} once only")
            reading.named[own] = index
            continue
        near = difflib.get_close_matches(plain, known, n=1, cutoff=0.7)
        if near:
            reading.refuse(place, written, f"{near[0]!r}, if that is what was measured")
    _check_columns(reading, known)


def _header_line(reading: _Reading) -> int:
    return (reading.sheet.rows[0][0] - 1) if reading.sheet.rows else 1


def _fits(unit: str, request: MeasurementRequest) -> bool:
    try:
        return not unit or same_dimension(unit, request.unit)
    except UnitError:
        return False


def _check_columns(reading: _Reading, known: dict[str, MeasurementRequest]) -> None:
    shown = ", ".join(name for name in reading.sheet.header if name)
    if "order_id" not in reading.named:
        reading.refuse("header", shown, "a column order_id")
    long_form = {"property", "value"} <= set(reading.named)
    if not long_form and not reading.properties:
        wanted = ", ".join(f"{n} [{r.unit}]" for n, r in known.items()) or "a property"
        reading.refuse("header", shown, f"a result column: {wanted}")


def _read_row(reading: _Reading, row: int, cells: tuple[Cell, ...]) -> None:
    identity = reading.text(cells, "order_id")
    place = reading.sheet.place(row, reading.named["order_id"])
    order = reading.orders.get(identity)
    filled = [c for c in reading.properties if not _is_missing(cells[c.index])]
    status = reading.text(cells, "status").lower()
    long_filled = "value" in reading.named and not _is_missing(cells[reading.named["value"]])
    if not filled and not long_filled and not status:
        return
    if order is None:
        near = difflib.get_close_matches(identity, reading.orders, n=1, cutoff=0.8)
        hint = f" ({near[0]}?)" if near else ""
        reading.refuse(place, identity, f"the id of an order of this campaign{hint}")
        return
    outcome = _outcome(reading, row, status, has_value=bool(filled) or long_filled)
    if outcome is None:
        return
    about = _about(reading, row, cells)
    if about is None:
        return
    if outcome is not Outcome.MEASURED:
        _ended(reading, row, order, outcome, about, has_value=bool(filled) or long_filled)
        return
    if long_filled:
        _long_value(reading, row, cells, order, about)
    for column in filled:
        _value(reading, row, cells[column.index], column, order, about)


def _is_missing(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in _MISSING)


def _outcome(reading: _Reading, row: int, status: str, *, has_value: bool) -> Outcome | None:
    if not status:
        return Outcome.MEASURED
    outcome = _STATUS.get(status)
    place = reading.sheet.place(row, reading.named["status"])
    if outcome is None:
        near = difflib.get_close_matches(status, _STATUS, n=1)
        hint = f" ({near[0]!r}?)" if near else ""
        words = ", ".join(o.value for o in Outcome)
        reading.refuse(place, status, f"one of: {words}{hint}")
        return None
    if outcome is Outcome.MEASURED and not has_value:
        reading.refuse(place, status, "a value in a row that is called measured")
        return None
    return outcome


@dataclass(frozen=True)
class _About:
    replicate: int
    note: str
    operator: str
    instrument: str
    method: str
    measured_at: datetime | None
    sd: str


def _about(reading: _Reading, row: int, cells: tuple[Cell, ...]) -> _About | None:
    before = len(reading.problems)
    raw = reading.text(cells, "replicate") or "1"
    replicate = int(float(raw)) if re.fullmatch(r"\d{1,4}(\.0)?", raw) else 0
    if replicate < 1:
        place = reading.sheet.place(row, reading.named["replicate"])
        reading.refuse(place, raw, "a whole number from 1")
    when = None
    if "measured_at" in reading.named:
        cell = cells[reading.named["measured_at"]]
        when = _time(reading, reading.sheet.place(row, reading.named["measured_at"]), cell)
    if len(reading.problems) > before:
        return None
    return _About(
        replicate=replicate,
        note=reading.text(cells, "note"),
        operator=reading.text(cells, "operator"),
        instrument=reading.text(cells, "instrument"),
        method=reading.text(cells, "method"),
        measured_at=when,
        sd=reading.text(cells, "sd"),
    )


def _time(reading: _Reading, place: str, cell: Cell) -> datetime | None:
    """Return a time with zone; a time without one is read as UTC, and says so in the README."""
    if _is_missing(cell):
        return None
    if isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    else:
        try:
            found = datetime.fromisoformat(str(cell).strip())
        except ValueError:
            reading.refuse(place, cell, "a date such as 2026-03-31 or 2026-03-31T14:05+02:00")
            return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ended(
    reading: _Reading, row: int, order: WorkOrder, outcome: Outcome, about: _About, *,
    has_value: bool,
) -> None:  # fmt: skip
    place = reading.sheet.place(row, reading.named["status"])
    if has_value:
        reading.refuse(place, outcome.value, "no value beside this status, or another status")
        return
    if not about.note:
        reading.refuse(place, outcome.value, "a reason in the column note")
        return
    properties = [r.property for r in order.requests] if outcome is Outcome.WITHDRAWN else [""]
    for prop in properties:
        key = f"{order.order_id}/{prop or 'outcome'}/{about.replicate}"
        if _repeated(reading, key, row):
            return
        reading.results.append(
            LabResult(
                order_id=order.order_id,
                result_id=key,
                outcome=outcome,
                property=prop,
                replicate=about.replicate,
                operator=about.operator,
                note=about.note,
                place=place,
            )
        )


def _repeated(reading: _Reading, key: str, row: int) -> bool:
    place = f"row {row}"
    if key in reading.first_seen:
        order, prop, replicate = key.rsplit("/", 2)
        reading.refuse(
            place,
            f"{order}, {prop}, replicate {replicate}",
            f"one row for it; it is in {reading.first_seen[key]} already (number the replicates)",
        )
        return True
    reading.first_seen[key] = place
    return False


def _long_value(
    reading: _Reading, row: int, cells: tuple[Cell, ...], order: WorkOrder, about: _About
) -> None:
    prop = reading.text(cells, "property")
    asked = {r.property for r in order.requests}
    if prop not in asked:
        near = difflib.get_close_matches(prop, asked, n=1)
        place = reading.sheet.place(row, reading.named["property"])
        hint = f" ({near[0]!r}?)" if near else ""
        reading.refuse(place, prop, f"one of: {', '.join(sorted(asked))}{hint}")
        return
    column = _Column(reading.named["value"], prop, reading.text(cells, "unit"))
    _value(reading, row, cells[column.index], column, order, about)


def _value(
    reading: _Reading, row: int, cell: Cell, column: _Column, order: WorkOrder, about: _About
) -> None:
    place = reading.sheet.place(row, column.index)
    request = next((r for r in order.requests if r.property == column.name), None)
    if request is None:
        reading.refuse(place, cell, f"no value: {column.name} was not asked for in this order")
        return
    parsed = _number(reading, place, cell, column.unit)
    if parsed is None:
        return
    value, qualifier, sd, unit = parsed
    if about.sd:
        try:
            sd = parse_number(about.sd, reading.decimal).value
        except DataError as error:
            reading.refuse(place, about.sd, error.hint)
            return
    if not _acceptable(reading, place, cell, value, unit, request):
        return
    key = f"{order.order_id}/{column.name}/{about.replicate}"
    if _repeated(reading, key, row):
        return
    reading.results.append(
        LabResult(
            order_id=order.order_id,
            result_id=key,
            property=column.name,
            value=value,
            qualifier=qualifier,
            unit=unit,
            sd=sd,
            replicate=about.replicate,
            raw=f"{cell} [{unit}]",
            method=about.method,
            operator=about.operator,
            instrument=about.instrument,
            measured_at=about.measured_at,
            note=about.note,
            place=place,
        )
    )


def _number(
    reading: _Reading, place: str, cell: Cell, unit: str
) -> tuple[float, Qualifier, float | None, str] | None:
    """Return value, qualifier, sd and unit of a cell, or None after refusing it."""
    if isinstance(cell, bool | datetime | date | time):
        reading.refuse(place, cell, "a number; the spreadsheet made something else of this cell")
        return None
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            reading.refuse(place, cell, "a finite number")
            return None
        return float(cell), "=", None, unit
    text = str(cell).strip().lstrip("'")
    if text.startswith("#"):
        reading.refuse(place, text, "a number; the spreadsheet could not calculate this cell")
        return None
    match = _WITH_UNIT.match(text)
    written = (match["unit"] or "").strip() if match else ""
    try:
        parsed = parse_number(match["number"] if match else text, reading.decimal)
    except DataError as error:
        reading.refuse(place, text, f"a number. {error.hint}")
        return None
    return parsed.value, parsed.qualifier, parsed.sd, written or unit


def _acceptable(
    reading: _Reading, place: str, cell: Cell, value: float, unit: str, request: MeasurementRequest
) -> bool:
    if not unit and request.unit.strip():
        reading.refuse(
            place, cell, f"a unit: in the header, {request.property} [{request.unit}], or beside it"
        )
        return False
    written = str(cell) if str(cell).rstrip().endswith(unit) else f"{cell} {unit}"
    try:
        converted = convert(value, unit, request.unit)
    except UnitError:
        reading.refuse(place, written, f"a unit that converts to {request.unit}")
        return False
    low, high = request.plausible or (-math.inf, math.inf)
    if not math.isfinite(converted) or not low <= converted <= high:
        reading.refuse(place, written, f"a value between {low:g} and {high:g} {request.unit}")
        return False
    return True
