"""Columns of numbers under a header, as every instrument can export them."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from lims_adapters.instruments.curve import Curve
from lims_adapters.instruments.text import decoded
from loop.core.number import Decimal
from loop.errors import DataError

_NUMBERS: Final = {
    "point": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"),
    "comma": re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d{1,3})?"),
}
_TITLE = re.compile(r"^(?P<name>.*?)\s*(?:[\[(](?P<unit>[^\])]*)[\])]|/\s*(?P<slashed>\S+))?\s*$")
_FIELD = re.compile(r"^[#;%\s]*(?P<key>[A-Za-z][\w .-]{0,40}?)\s*[:=\t;]\s*(?P<value>\S.*?)\s*$")
_SAMPLE: Final = {"sample", "sample name", "sample id", "sample identifier", "order", "order_id",
                  "title", "name"}  # fmt: skip
_OPERATOR: Final = {"operator", "user", "analyst"}
_INSTRUMENT: Final = {"instrument", "device", "instrument name"}


@dataclass(frozen=True)
class Columns:
    """Which columns are meant.

    Attributes:
        x: Title of the abscissa's column; empty where the file has two columns.
        y: Title of the ordinate's column.
        decimal: Mark before the fraction.
    """

    x: str = ""
    y: str = ""
    decimal: Decimal = "point"


def read_xy(content: bytes, columns: Columns) -> Curve:
    """Return the curve of a text file.

    Raises:
        DataError: no rows of numbers, a row that is none, or columns that are not the ones meant.
    """
    lines = decoded(content).splitlines()
    start, separator = _first_row(lines, columns.decimal)
    rows = _rows(lines, start, separator, columns.decimal)
    titles = _titles(lines, start, separator, len(rows[0]))
    left = _column(columns.x, 0, titles, len(rows[0]))
    right = _column(columns.y, 1, titles, len(rows[0]))
    table = np.array(rows)
    told = _told(lines[:start])
    return Curve(
        x=table[:, left],
        y=table[:, right],
        x_unit=titles[left][1] if titles else None,
        y_unit=titles[right][1] if titles else None,
        sample_texts=tuple((key, value) for key, value in told if key.lower() in _SAMPLE),
        operator=next((v for k, v in told if k.lower() in _OPERATOR), ""),
        instrument=next((v for k, v in told if k.lower() in _INSTRUMENT), ""),
        place=f"row {start + 1} and below",
    )


def _split(line: str, separator: str) -> list[str]:
    cells = line.split() if separator == " " else line.split(separator)
    return [cell.strip().strip('"') for cell in cells]


def _first_row(lines: list[str], decimal: Decimal) -> tuple[int, str]:
    number = _NUMBERS[decimal]
    separators = ["\t", ";", *([","] if decimal == "point" else []), " "]
    for index, line in enumerate(lines):
        for separator in separators:
            cells = _split(line, separator)
            if len(cells) > 1 and all(number.fullmatch(cell) for cell in cells):
                return index, separator
    raise DataError(
        f"no row of two numbers or more; expected columns of numbers with a decimal {decimal}"
    )


def _rows(lines: list[str], start: int, separator: str, decimal: Decimal) -> list[list[float]]:
    rows: list[list[float]] = []
    for index in range(start, len(lines)):
        if not lines[index].strip():
            continue
        cells = _split(lines[index], separator)
        if rows and len(cells) != len(rows[0]):
            raise DataError(f"row {index + 1} has {len(cells)} columns; expected {len(rows[0])}")
        for cell in cells:
            if not _NUMBERS[decimal].fullmatch(cell):
                raise DataError(
                    f"row {index + 1}: got {cell!r}; expected a number with a decimal {decimal}"
                )
        rows.append([float(cell.replace(",", ".")) for cell in cells])
    return rows


def _titles(
    lines: list[str], start: int, separator: str, width: int
) -> list[tuple[str, str | None]]:
    """Return name and unit per column; nothing where no line above has as many cells."""
    above = [line.lstrip("#% ") for line in lines[:start] if line.strip()]
    # Titles may hold spaces: in a file of blanks, two of them or a tab part the columns.
    parted = [
        re.split(r"\s{2,}|\t", line) if separator == " " else _split(line, separator)
        for line in above[-2:]
    ]
    fitting = [[cell.strip() for cell in cells] for cells in parted if len(cells) == width]
    if not fitting or len(parted[-1]) != width:
        return []
    if len(fitting) == 2 and all(_is_bare_unit(cell) for cell in fitting[1]):
        units = [cell.strip("[]() ") for cell in fitting[1]]
        return list(zip(fitting[0], [unit or None for unit in units], strict=True))
    return [_title(cell) for cell in fitting[-1]]


def _is_bare_unit(cell: str) -> bool:
    return cell == "" or (cell[0] in "[(" and cell[-1] in "])")


def _title(cell: str) -> tuple[str, str | None]:
    match = _TITLE.match(cell)
    if match is None:
        return cell, None
    return match["name"], match["unit"] or match["slashed"]


def _column(wanted: str, usual: int, titles: list[tuple[str, str | None]], width: int) -> int:
    names = [name for name, _ in titles]
    if wanted:
        found = [i for i, name in enumerate(names) if name.lower() == wanted.lower()]
        if len(found) != 1:
            raise DataError(f"columns {', '.join(names) or 'without titles'}; expected {wanted!r}")
        return found[0]
    if width != 2:
        raise DataError(
            f"{width} columns ({', '.join(names) or 'without titles'}); expected two",
            hint="name the columns that are meant: x_column and y_column",
        )
    return usual


def _told(lines: list[str]) -> list[tuple[str, str]]:
    found = [_FIELD.match(line) for line in lines]
    return [(m["key"].strip(), m["value"].strip('"')) for m in found if m]
