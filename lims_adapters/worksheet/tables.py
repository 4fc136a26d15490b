"""Bytes of a spreadsheet to cells with their addresses."""

import csv
import io
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from loop.errors import Problem

LARGEST = 20_000_000
MOST_ROWS = 100_000
Cell = str | int | float | bool | datetime | date | None
Values = Sequence[tuple[Cell, ...]]


@dataclass(frozen=True)
class Sheet:
    """The table of a file.

    Attributes:
        header: Names as written, stripped.
        rows: Row number in the file, and the cells under the header.
        addressed: Cells have spreadsheet addresses such as E7.
        row_word: What a row is called in this kind of file.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    addressed: bool
    row_word: str = "row"

    def place(self, row: int, column: int) -> str:
        """Return where a cell stands, for people."""
        if self.addressed:
            return f"cell {get_column_letter(column + 1)}{row}"
        return f"{self.row_word} {row}, column {self.header[column]}"


class Finder(Protocol):
    """Finds a table among the cells of a sheet."""

    def __call__(self, values: Values, *, addressed: bool) -> Sheet | None:
        """Return it, or None."""


def find_table(values: Values, *, addressed: bool) -> Sheet | None:
    """Return the table whose header has a column order_id, or None."""
    return table_under(values, {"order_id", "order", "orderid"}, addressed=addressed)


def table_under(values: Values, names: Collection[str], *, addressed: bool) -> Sheet | None:
    """Return the table under the first of the top rows that holds one of `names`, or None."""
    for number, row in enumerate(values[:20]):
        found = {str(cell).strip().lower().replace(" ", "_") for cell in row if cell is not None}
        if found & set(names):
            return _sheet(values, number, addressed=addressed)
    return None


def read(name: str, content: bytes, find: Finder = find_table) -> Sheet | Problem:
    """Return the table of a CSV or XLSX file, or why there is none.

    Args:
        name: File name, for messages; it also tells the kind.
        content: The file.
        find: Finds the table among the cells of a sheet.
    """
    if len(content) > LARGEST:
        return Problem(name, "file", f"{len(content)} bytes", f"at most {LARGEST} bytes")
    if not content.strip():
        return Problem(name, "file", "nothing", "a worksheet")
    if name.lower().endswith((".xlsx", ".xlsm")) or content[:2] == b"PK":
        return _xlsx(name, content, find)
    return _csv(name, content, find)


def _xlsx(name: str, content: bytes, find: Finder) -> Sheet | Problem:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > 10 * LARGEST:
                return Problem(name, "file", "a huge archive", "an ordinary worksheet")
        book = load_workbook(io.BytesIO(content), data_only=True)
        formulas = load_workbook(io.BytesIO(content), data_only=False)
    except (
        zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError,
        AttributeError, IndexError, SyntaxError, EOFError, NotImplementedError, RuntimeError,
        zipfile.LargeZipFile, zlib.error, AssertionError, LookupError,
    ) as error:  # fmt: skip
        # openpyxl lets the errors of its XML and ZIP readers through.
        return Problem(name, "file", str(error)[:80], "a complete XLSX workbook")
    for sheet in book.worksheets:
        if sheet.max_row is None or sheet.max_row > MOST_ROWS:
            return Problem(name, "rows", str(sheet.max_row), f"at most {MOST_ROWS} rows")
        values: list[tuple[Any, ...]] = [tuple(r) for r in sheet.iter_rows(values_only=True)]
        table = find(values, addressed=True)
        if table is None:
            continue
        return _uncalculated(name, values, formulas[sheet.title]) or table
    return Problem(name, "sheets", ", ".join(book.sheetnames), "a sheet with a column order_id")


def _uncalculated(name: str, values: list[tuple[Cell, ...]], twin: object) -> Problem | None:
    for cells in twin.iter_rows():  # type: ignore[attr-defined]
        for cell in cells:
            if cell.data_type == "f" and values[cell.row - 1][cell.column - 1] is None:
                return Problem(
                    name,
                    f"cell {cell.coordinate}",
                    str(cell.value),
                    "a value: this formula was never calculated; open and save the file once",
                )
    return None


def _csv(name: str, content: bytes, find: Finder) -> Sheet | Problem:
    try:
        if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            text = content.decode("utf-16")
        else:
            text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            return Problem(name, f"byte {error.start}", "no text", "UTF-8 or UTF-16 text")
        # Every byte is a letter in the old western code page that Excel still writes.
        text = content.decode("cp1252", errors="replace")
        if "\ufffd" in text:
            return Problem(name, f"byte {error.start}", "no text", "UTF-8 text")
    if "\x00" in text:
        return Problem(name, "file", "binary data", "a CSV or XLSX worksheet")
    top = "\n".join(text.splitlines()[:20])
    delimiter = max(";\t,", key=top.count)
    try:
        rows = [
            tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        return Problem(name, "file", str(error), "a CSV table")
    if len(rows) > MOST_ROWS:
        return Problem(name, "rows", str(len(rows)), f"at most {MOST_ROWS} rows")
    values: list[tuple[Cell, ...]] = [tuple(row) for row in rows]
    table = find(values, addressed=False)
    if table is None:
        shown = ", ".join(str(cell) for cell in values[0])[:80] if values else "nothing"
        return Problem(name, "row 1", shown, "a header with a column order_id")
    return table


def _sheet(values: Values, header_row: int, *, addressed: bool) -> Sheet:
    header = tuple("" if c is None else str(c).strip() for c in values[header_row])
    rows = []
    for number, row in enumerate(values[header_row + 1 :], start=header_row + 2):
        cells = tuple(row[: len(header)]) + (None,) * (len(header) - len(row))
        if any(c is not None and str(c).strip() for c in cells):
            rows.append((number, cells))
    return Sheet(header, tuple(rows), addressed)
