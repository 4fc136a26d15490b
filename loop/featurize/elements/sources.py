"""Values of the elements as three packages list them, read from their data files.

None of the packages is imported: matminer alone would bring forty others.
"""

import gzip
import json
import math
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.core.element_symbols import DESCRIBED, SYMBOLS
from loop.featurize.elements.catalogue import Package, Property

VERSIONS: Final[Mapping[Package, str]] = {
    "mendeleev": "1.3.0",
    "pymatgen-core": "2026.10.16",
    "matminer": "0.10.1",
}
"""The releases that the committed table was made from."""

LICENCES: Final[Mapping[Package, str]] = {
    "mendeleev": "MIT",
    "pymatgen-core": "MIT",
    "matminer": "modified BSD",
}
"""Their texts are in NOTICE.txt."""

_REDUCE: Final = {"min": min, "max": max}
# Magpie repeats the ground state of Po for At, Rn, Fr and Ra.
_COPIED: Final = slice(84, 88)


def file_of(package: Package, path: str) -> Path:
    """Return the path of a data file of an installed distribution.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    return Path(str(distribution(package).locate_file(path)))


def _mendeleev() -> dict[str, list[Any]]:
    with closing(sqlite3.connect(file_of("mendeleev", "mendeleev/elements.db"))) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("select * from elements order by atomic_number").fetchall()
    columns = {name: [row[name] for row in rows] for name in rows[0].keys()}  # noqa: SIM118
    columns["group_id"] = [3 if group is None else group for group in columns["group_id"]]
    return columns


def _pymatgen() -> dict[str, dict[str, Any]]:
    path = file_of("pymatgen-core", "pymatgen/core/periodic_table.json.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        elements: dict[str, dict[str, Any]] = json.load(file)
    return elements


def _pymatgen_value(element: Mapping[str, Any], attribute: str) -> Any:
    if match := re.fullmatch(r"(min|max)\((.+)\)", attribute):
        # An element without a listed state forms next to no compounds: 0 is what it has.
        return _REDUCE[match[1]](element.get(match[2]) or [0])
    if match := re.fullmatch(r"(.+)\[(\d)\]", attribute):
        values = element.get(match[1]) or []
        return values[int(match[2])] if len(values) > int(match[2]) else None
    return element.get(attribute)


def _magpie(attribute: str) -> list[str]:
    path = f"matminer/utils/data_files/magpie_elementdata/{attribute}.table"
    return file_of("matminer", path).read_text(encoding="utf-8").splitlines()


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def known_values(properties: tuple[Property, ...]) -> NDArray[np.float64]:
    """Return the listed values of H to Lr, shape `(103, p)`, in the catalogue's units; NaN: none.

    Raises:
        PackageNotFoundError: a source is not installed.
    """
    mendeleev, pymatgen = _mendeleev(), _pymatgen()
    table = np.full((DESCRIBED, len(properties)), np.nan)
    for j, wanted in enumerate(properties):
        match wanted.package:
            case "mendeleev":
                listed: Sequence[Any] = mendeleev[wanted.attribute]
            case "pymatgen-core":
                listed = [_pymatgen_value(pymatgen[s], wanted.attribute) for s in SYMBOLS]
            case _:
                listed = _magpie(wanted.attribute)
        values = [_number(value) for value in listed[: min(DESCRIBED, wanted.last)]]
        table[: len(values), j] = values
        if wanted.name.startswith("dft_"):
            table[_COPIED, j] = math.nan
    return table
