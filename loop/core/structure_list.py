"""Lists of structures that a lab keeps in a file: monomers, stock."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loop.errors import DataError, NotFoundError, Problem

STRUCTURE_COLUMNS: Final = ("smiles", "structure", "inchikey", "inchi_key")


@dataclass(frozen=True)
class ListedStructure:
    """One entry of a list.

    Attributes:
        row: Line in the file, from 1.
        text: What stands there, without surrounding blanks.
    """

    row: int
    text: str


def read_structure_list(
    path: Path, columns: Sequence[str] = STRUCTURE_COLUMNS
) -> tuple[ListedStructure, ...]:
    """Return the structures of a file, in its order; empty lines and lines with `#` are skipped.

    A `.csv` has a header that names one of `columns` (capitals do not matter); any other file has
    one structure per line, and what follows the first blank is a remark.

    Args:
        path: UTF-8 text, with or without byte order mark.
        columns: Names to look for, the first that is there counts.

    Raises:
        NotFoundError: there is no such file.
        DataError: it is no UTF-8 text, a CSV without such a column, or it holds no structure.
    """
    if not path.is_file():
        raise NotFoundError(f"the list of structures {path} does not exist")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as cause:
        raise DataError(f"{path} is no UTF-8 text: {cause}", hint="save it as UTF-8") from cause
    found = _of_csv(path, text, columns) if path.suffix.lower() == ".csv" else _of_lines(text)
    if not found:
        raise DataError(
            f"{path} holds no structure", hint="write one SMILES per line, or a CSV with a header"
        )
    return tuple(found)


def _of_csv(path: Path, text: str, columns: Sequence[str]) -> list[ListedStructure]:
    reader = csv.reader(text.splitlines())
    header = [name.strip().lower() for name in next(reader, [])]
    wanted = [name for name in columns if name in header]
    if not wanted:
        raise DataError(
            f"{path} has no column of structures",
            problems=[Problem(str(path), "line 1", ", ".join(header), " or ".join(columns))],
            hint="name the column so in the first line of the file",
        )
    place = header.index(wanted[0])
    cells = (
        (reader.line_num, row[place].strip() if place < len(row) else "") for row in reader if row
    )
    return [ListedStructure(row, cell) for row, cell in cells if cell]


def _of_lines(text: str) -> list[ListedStructure]:
    lines = ((row, line.strip()) for row, line in enumerate(text.splitlines(), 1))
    return [
        ListedStructure(row, line.split()[0])
        for row, line in lines
        if line and not line.startswith("#")
    ]
