"""Rows of a lab's table to results."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal as DecimalNumber
from typing import Any

from lims_adapters.sql.config import SqlConfig
from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.order import WorkOrder
from loop.core.result import LabResult
from loop.core.units import same_dimension
from loop.errors import DataError, Problem, UnitError

NAMESPACE = "sql:"
Row = Mapping[str, Any]


@dataclass
class Reading:
    """What the rows of one order come to.

    Attributes:
        results: Valid values.
        problems: Why they cannot be accepted.
    """

    results: list[LabResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_rows(
    config: SqlConfig, rows: Sequence[Row], order: WorkOrder, decimal: Decimal
) -> Reading:
    """Return the values of one order's rows; those withdrawn, or still empty, are left out.

    Args:
        config: The mapping.
        rows: By the words of `ResultsTable`, in the order of `result_id`.
        order: Whose they are; rows of another are refused, whatever the query was.
        decimal: Mark before the fraction in values kept as text.
    """
    reading = Reading()
    fields = {f.field: name for name, f in config.properties.items()}
    counted: dict[str, int] = {}
    for row in rows:
        if row.get("withdrawn") or row["value"] is None or not str(row["value"]).strip():
            continue
        prop = fields.get(str(row["property"]))
        if prop is None or prop not in {r.property for r in order.requests}:
            # A lab measures more than a campaign asks for.
            continue
        counted[prop] = counted.get(prop, 0) + 1
        found = _result(config, row, order, prop, counted[prop], decimal)
        if isinstance(found, Problem):
            reading.problems.append(found)
        else:
            reading.results.append(found)
    return reading


def _result(
    config: SqlConfig, row: Row, order: WorkOrder, prop: str, nth: int, decimal: Decimal
) -> LabResult | Problem:
    source = f"table {config.results.table}"
    place = f"row {config.results.result_id}={row['result_id']}"
    if row["order_id"] != order.order_id:
        return Problem(source, place, str(row["order_id"]), f"only rows of {order.order_id}")
    number = _number(row["value"], decimal)
    if isinstance(number, str):
        where = f"{place}, column {config.results.value}"
        return Problem(source, where, str(row["value"]), number)
    unit = str(row.get("unit") or "").strip() or config.properties[prop].unit
    wanted = next(r.unit for r in order.requests if r.property == prop)
    if not _fits(unit, wanted):
        where = f"{place}, column {config.results.unit or config.results.value}"
        expected = f"a unit that converts to {wanted}"
        return Problem(source, where, unit or f"{row['value']} without a unit", expected)
    sd = _number(row["sd"], decimal) if row.get("sd") is not None else None
    if isinstance(sd, str):
        return Problem(source, f"{place}, column {config.results.sd}", str(row["sd"]), sd)
    replicate = row.get("replicate")
    if replicate is not None and (not isinstance(replicate, int) or replicate < 1):
        where = f"{place}, column {config.results.replicate}"
        return Problem(source, where, str(replicate), "a whole number from 1")
    when = _time(row.get("measured_at"), config.timezone_offset_hours)
    if isinstance(when, str):
        where = f"{place}, column {config.results.measured_at}"
        return Problem(source, where, str(row["measured_at"]), when)
    return LabResult(
        order_id=order.order_id,
        result_id=f"{NAMESPACE}{row['result_id']}",
        property=prop,
        value=number.value,
        qualifier=number.qualifier,
        unit=unit,
        sd=sd.value if sd else number.sd,
        replicate=replicate or nth,
        raw=f"{row['value']} [{unit}]",
        method=str(row.get("method") or config.properties[prop].method),
        operator=str(row.get("operator") or ""),
        instrument=str(row.get("instrument") or ""),
        measured_at=when,
        note=str(row.get("note") or ""),
        place=place,
    )


def _fits(unit: str, wanted: str) -> bool:
    try:
        return same_dimension(unit, wanted) if unit else not wanted.strip()
    except UnitError:
        return False


def _number(value: object, decimal: Decimal) -> ParsedNumber | str:
    """Return the number, or what was expected in its place."""
    if isinstance(value, bool):
        return "a number, not a truth value"
    if isinstance(value, int | float | DecimalNumber):
        return ParsedNumber(float(value)) if math.isfinite(value) else "a finite number"
    try:
        return parse_number(str(value), decimal)
    except DataError as error:
        return f"a number. {error.hint}"


def _time(value: object, offset_hours: float) -> datetime | str | None:
    """Return a time with zone, or what was expected in its place."""
    if value is None or value == "":
        return None
    found = value
    if isinstance(found, str):
        try:
            found = datetime.fromisoformat(found)
        except ValueError:
            return "a time such as 2026-03-31T14:05:00"
    if not isinstance(found, datetime):
        if not isinstance(found, date):
            return "a time such as 2026-03-31T14:05:00"
        found = datetime(found.year, found.month, found.day, tzinfo=None)  # noqa: DTZ001
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone(timedelta(hours=offset_hours)))
    return found
