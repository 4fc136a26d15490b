"""True values by candidate, from a file: what a model or a person says of every one of them."""

import csv
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from loop.errors import DataError, Problem

_COLUMNS: Final = ("candidate_id", "value")


def listed_values(path: Path) -> Mapping[str, float]:
    """Return candidate id to value, in the property's unit; a file is read anew when it changed.

    Args:
        path: CSV in UTF-8 with the columns candidate_id and value.

    Raises:
        DataError: there is no such file or column, or rows cannot be read.
    """
    if not path.is_file():
        expected = "an existing CSV, named from the campaign's exchange folder"
        raise DataError(
            "the simulated lab has no list to answer from",
            problems=[Problem("[lims]", "lims.values", str(path), expected)],
        )
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Mapping[str, float]:
    del changed
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            if not set(_COLUMNS) <= set(reader.fieldnames or ()):
                known = ", ".join(reader.fieldnames or ())
                expected = f"the columns {', '.join(_COLUMNS)}"
                raise DataError(
                    f"{path} lacks a column",
                    problems=[Problem(str(path), "header", known, expected)],
                )
            rows = [(reader.line_num, row["candidate_id"], row["value"]) for row in reader]
    except (OSError, UnicodeDecodeError) as cause:
        raise DataError(f"{path} is no readable CSV in UTF-8: {cause}") from cause
    values: dict[str, float] = {}
    problems: list[Problem] = []
    for line, candidate_id, cell in rows:
        value = _number(cell)
        if value is None:
            problems.append(Problem(str(path), f"row {line}", cell, "a finite number"))
        else:
            values[candidate_id] = value
    if problems:
        raise DataError(f"{len(problems)} rows of {path} cannot be read", problems=problems[:20])
    return values


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
