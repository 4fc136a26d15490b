"""A laboratory that answers for any composition from a table of known ones.

What the table holds is answered as it stands. Any other composition is answered by the known ones
nearest to it, weighed by the inverse of their distance: the work that turns one composition into
the other when an atom moved by one place on Pettifor's chemical scale costs 1 (the element
mover's distance, Hargreaves et al., Chem. Mater. 2020, 32, 10610; scale: Pettifor, Solid State
Commun. 1984, 51, 31). Such an answer is an interpolation, to rehearse a campaign with: no
experiment has said so, and none of it lies beyond the values of the table. Crystals are answered
by their composition.
"""

import csv
import gzip
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lims_adapters.simulated.config import CompositionTable
from loop.core.crystal_text import CrystalCell
from loop.core.element_symbols import DESCRIBED, SYMBOLS
from loop.core.formula import read_formula
from loop.errors import AdapterError, DataError, Problem

_SHOWN: Final = 20
_SAME: Final = 1e-4
"""Distance below which two compositions are one: fractions are written with some six digits, and
the scale has about a hundred places."""


@dataclass(frozen=True)
class KnownCompositions:
    """Compositions with values.

    Attributes:
        profiles: Per composition the share of its atoms up to each place of the scale, `(n, 103)`.
        answers: Of the property, `(n,)`.
        neighbours: How many known compositions answer for an unknown one.
    """

    profiles: NDArray[np.float64]
    answers: NDArray[np.float64]
    neighbours: int

    def value(self, structure: str) -> float:
        """Return the value of a formula or of a stored crystal.

        Rows of one composition (polymorphs) count as their mean.

        Raises:
            AdapterError: the structure cannot be read.
        """
        try:
            profile = _profile(_amounts(structure))
        except ValueError as cause:
            raise AdapterError(f"the simulated lab cannot read {structure!r}: {cause}") from cause
        distances = np.abs(self.profiles - profile).sum(axis=1)
        same = distances < _SAME
        if same.any():
            return float(self.answers[same].mean())
        # A stable order keeps ties the same everywhere.
        nearest = np.argsort(distances, kind="stable")[: self.neighbours]
        weights = 1.0 / distances[nearest]
        return float(weights @ self.answers[nearest] / weights.sum())


def known_compositions(folder: Path, table: CompositionTable) -> KnownCompositions:
    """Return the table that a configuration names; read once while the file stays the same.

    Args:
        folder: What a relative file name starts from.
        table: The file and its columns.

    Raises:
        DataError: there is no such file or column, or rows cannot be read.
    """
    path = folder / table.file
    if not path.is_file():
        expected = "an existing CSV, named from the root or from the campaign's exchange folder"
        raise DataError(
            "the simulated lab has no table to answer from",
            problems=[Problem("[lims]", "lims.tables", str(path), expected)],
        )
    return _read(path, table, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, table: CompositionTable, changed: int) -> KnownCompositions:
    del changed
    profiles, values, problems = [], [], []
    for row, cells in _rows(path, table):
        try:
            value = _finite(cells[table.value])
            profiles.append(_profile(_amounts(cells[table.structure])))
        except ValueError as cause:
            got = f"{cells[table.structure]!r}, {cells[table.value]!r}"
            problems.append(Problem(str(path), f"row {row}", got, str(cause)))
        else:
            values.append(value)
    if problems or not values:
        raise DataError(
            f"{len(problems)} rows of {path} cannot be read" if problems else f"{path} has no rows",
            hint="mend or delete these rows",
            problems=problems[:_SHOWN],
        )
    return KnownCompositions(np.array(profiles), np.array(values), table.neighbours)


def _rows(path: Path, table: CompositionTable) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield line number and cells of every row whose value is not empty."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as cause:
        raise DataError(f"{path} is no readable CSV in UTF-8: {cause}") from cause
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    for column in (table.structure, table.value):
        if column not in (reader.fieldnames or ()):
            known = ", ".join(reader.fieldnames or ())
            raise DataError(
                f"{path} lacks a column",
                problems=[Problem(str(path), "header", known, f"a column {column}")],
            )
    for cells in reader:
        if cells[table.value].strip():
            yield reader.line_num, cells


def _finite(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError("a finite number is expected")
    return value


def _amounts(structure: str) -> Mapping[str, float]:
    if not structure.lstrip().startswith("{"):
        return read_formula(structure)
    elements = CrystalCell.load(structure).elements
    return {symbol: float(elements.count(symbol)) for symbol in dict.fromkeys(elements)}


def _profile(amounts: Mapping[str, float]) -> NDArray[np.float64]:
    places = _places()
    unknown = [symbol for symbol in amounts if symbol not in places]
    if unknown:
        raise ValueError(f"nothing is known of {', '.join(unknown)}; elements up to Lr are")
    shares = np.zeros(DESCRIBED)
    for symbol, amount in amounts.items():
        shares[places[symbol]] = amount
    profile: NDArray[np.float64] = np.cumsum(shares / shares.sum())
    return profile


@lru_cache(maxsize=1)
def _places() -> Mapping[str, int]:
    from pymatgen.core.periodic_table import Element

    return {symbol: int(Element(symbol).mendeleev_no) - 1 for symbol in SYMBOLS[:DESCRIBED]}
