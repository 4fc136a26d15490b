"""Tables of results as a lab writes them: a CSV or JSON file, or an HTML table in a comment."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from loop.errors import DataError

Row = dict[str, str]
_DELIMITERS: Final = ",;\t"
_MOST_ROWS: Final = 5000


@dataclass(frozen=True)
class PlacedRow:
    """One row of a table.

    Attributes:
        place: Where it stands: "results.csv, row 3".
        cells: Text by heading, headings in lower case.
    """

    place: str
    cells: Row


def from_file(name: str, content: bytes) -> list[PlacedRow]:
    """Return the rows of a CSV or JSON file.

    Raises:
        DataError: it is neither, or no table.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8", hint="save the table as UTF-8") from error
    if name.lower().endswith(".json"):
        return _from_json(name, text)
    lines = text.splitlines()
    heading = next((line for line in lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=heading.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DataError(f"{name} is no CSV table: {error}") from error
    return _placed(name, rows)


def from_html(title: str, html: str) -> list[PlacedRow]:
    """Return the rows of all tables in a comment."""
    reader = _Tables()
    reader.feed(html)
    reader.close()
    found: list[PlacedRow] = []
    for number, rows in enumerate(reader.tables, 1):
        name = f"block {title!r}" if len(reader.tables) == 1 else f"block {title!r} table {number}"
        found += _placed(name, rows)
    return found


def _from_json(name: str, text: str) -> list[PlacedRow]:
    expected = "a list of objects, one per value, or an object with such a list as `results`"
    try:
        told = json.loads(text)
    except ValueError as error:
        raise DataError(f"{name} is no JSON: {error}", hint=expected) from error
    listed = told.get("results") if isinstance(told, dict) else told
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise DataError(f"{name} holds no results", hint=expected)
    return [
        PlacedRow(
            f"{name}, entry {number}",
            {_heading(key): "" if value is None else _text(value) for key, value in entry.items()},
        )
        for number, entry in enumerate(listed[:_MOST_ROWS], 1)
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _heading(text: str) -> str:
    return " ".join(text.split()).casefold()


def _placed(name: str, rows: Sequence[Sequence[str]]) -> list[PlacedRow]:
    numbered = [(n, row) for n, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not numbered:
        return []
    if len(numbered) > _MOST_ROWS:
        raise DataError(f"{name} has more than {_MOST_ROWS} rows")
    headings = [_heading(cell) for cell in numbered[0][1]]
    placed = []
    for number, row in numbered[1:]:
        if len(row) > len(headings):
            raise DataError(f"{name}, row {number} has more cells than the headings")
        cells = dict(zip(headings, (cell.strip() for cell in row), strict=False))
        placed.append(PlacedRow(f"{name}, row {number}", cells))
    return placed


class _Tables(HTMLParser):
    """Collects the cells of every table; what stands outside of tables is for people."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._depth, self._cell = 0, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif self._depth == 1 and tag == "tr":
            self.tables[-1].append([])
        elif self._depth == 1 and tag in {"td", "th"} and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._depth = max(0, self._depth - 1)
        elif tag in {"td", "th"}:
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell and self._depth == 1 and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1] += data
