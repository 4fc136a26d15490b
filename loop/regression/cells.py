"""Values in the cells of a table: number, noise and unit as chemists write them."""

import math
import re
from dataclasses import dataclass
from typing import Final

from loop.core.candidate import FieldValue
from loop.core.number import parse_number
from loop.core.ports import Table
from loop.core.units import convert, convert_spread
from loop.errors import DataError
from loop.regression.request import FitRequest, split_header
from loop.regression.structures import need_columns

_WITH_UNIT: Final = re.compile(
    r"^(?P<number>[<>≤≥]?=?\s*[-+−]?[\d.,\s±+/eE-]*\d)\s*(?P<unit>[^\d\s].*)?$"
)


@dataclass(frozen=True)
class CellValue:
    """A value in the unit of the model.

    Attributes:
        row: Of the table, from 0.
        value: The number.
        sd: Standard deviation stated beside it, if any.
    """

    row: int
    value: float
    sd: float | None


def target_column(table: Table, request: FitRequest) -> str:
    """Return the column of the target: of that very name, or of that name and a unit.

    Raises:
        DataError: there is none.
    """
    if request.target in table.columns:
        return request.target
    named = [name for name in table.columns if split_header(name)[0] == request.target]
    if len(named) != 1:
        need_columns(table, (request.target,))
    return named[0]


def cell_value(row: int, cell: FieldValue, unit: str, wanted: str) -> tuple[CellValue | None, str]:
    """Return value and noise of a cell in the wanted unit, or why it holds none.

    Args:
        row: Of the cell, from 0.
        cell: A number, a text such as "5.1 ± 0.2 GPa", or nothing.
        unit: Of a number without one.
        wanted: Unit of the value returned.

    Raises:
        DataError: it is no number, or can be read in two ways.
        UnitError: its unit is unknown or measures something else.
    """
    if cell is None:
        return None, "no value"
    sd = None
    if isinstance(cell, float):
        value = cell
    else:
        match = _WITH_UNIT.match(cell)
        parsed = parse_number(match["number"] if match else cell, "point")
        if parsed.qualifier != "=":
            return None, "a limit, not a value"
        value, sd = parsed.value, parsed.sd
        unit = ((match["unit"] or "").strip() if match else "") or unit
    value = convert(value, unit, wanted)
    if not math.isfinite(value):
        raise DataError("the value is not finite")
    return CellValue(row, value, None if sd is None else convert_spread(sd, unit, wanted)), ""
