"""The text of a crystal: which format it is in, and the one form that pools store."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from loop.core.canonical import canonical_json

TextFormat = Literal["stored", "cif", "poscar"]
Triple = tuple[float, float, float]
# Cells are known to far less; rounding keeps noise of the last digits out of the digest.
_DECIMALS: Final = 8
_LONGEST: Final = 1000.0
_FARTHEST: Final = 100.0
_LEAST_VOLUME: Final = 0.5
_THINNEST: Final = 0.2
_CELL: Final = re.compile(r"^\s*_cell_length_a\s", re.IGNORECASE | re.MULTILINE)


def text_format(text: str) -> TextFormat:
    """Return the format of a crystal's text; what is neither stored form nor CIF is a POSCAR.

    Raises:
        ValueError: it is a CIF of several crystals, or a POSCAR that lacks atoms.
    """
    if text.lstrip().startswith("{"):
        return "stored"
    cells = len(_CELL.findall(text))
    if cells > 1:
        raise ValueError(f"one crystal is expected; this CIF has {cells}")
    if cells or text.lstrip().lower().startswith("data_"):
        return "cif"
    _check_counts(text.strip().splitlines())
    return "poscar"


def _check_counts(lines: Sequence[str]) -> None:
    # A reader that believes the counts of a broken POSCAR asks for all the memory there is.
    for line in lines[5:7]:
        count = sum(int(word) for word in line.split() if word.isdecimal())
        if count > len(lines):
            raise ValueError(f"{count} atoms are announced; the POSCAR has {len(lines)} lines")


def cell_fault(lattice: NDArray[np.float64], positions: NDArray[np.float64]) -> str:
    """Return why no crystal can have this cell, or an empty text.

    A search for neighbours in such a cell would not come to an end.

    Args:
        lattice: The three cell vectors, shape `(3, 3)`, in angstrom.
        positions: Fractional coordinates of the atoms, shape `(sites, 3)`.
    """
    sites = len(positions)
    if not np.isfinite(positions).all() or np.abs(positions).max() > _FARTHEST:
        return f"fractional coordinates between -{_FARTHEST:g} and {_FARTHEST:g} are expected"
    if not np.isfinite(lattice).all() or np.abs(lattice).max() > _LONGEST:
        return f"cell vectors of up to {_LONGEST:g} angstrom are expected"
    volume = abs(float(np.linalg.det(lattice)))
    if volume < _LEAST_VOLUME * sites:
        return (
            f"the cell has {volume / sites:.3g} cubic angstrom per atom; "
            f"{_LEAST_VOLUME} or more are expected"
        )
    areas = np.linalg.norm(np.cross(lattice[[1, 2, 0]], lattice[[2, 0, 1]]), axis=1)
    thinnest = float((volume / areas).min())
    if thinnest < _THINNEST:
        return (
            f"the cell is {thinnest:.3g} angstrom thin; {_THINNEST} or more are expected, "
            "which another choice of cell vectors may give"
        )
    return ""


@dataclass(frozen=True)
class CrystalCell:
    """One cell of a crystal, in plain numbers.

    Attributes:
        lattice: The three cell vectors, in angstrom.
        elements: One symbol per site.
        positions: Fractional coordinates, one triple per site.
    """

    lattice: Sequence[Triple]
    elements: Sequence[str]
    positions: Sequence[Triple]

    def dump(self) -> str:
        """Return one line of canonical JSON; equal cells give equal text."""
        return canonical_json(
            {
                "lattice": [_rounded(vector) for vector in self.lattice],
                "elements": list(self.elements),
                "positions": [_wrapped(position) for position in self.positions],
            }
        )

    @classmethod
    def load(cls, text: str) -> "CrystalCell":
        """Return the cell that `dump` wrote.

        Raises:
            ValueError: it is no such text; the message says what is missing.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as cause:
            raise ValueError(f"no JSON at character {cause.pos}") from cause
        keys = ("lattice", "elements", "positions")
        if not isinstance(data, dict) or any(not isinstance(data.get(k), list) for k in keys):
            raise ValueError("a stored crystal has the lists lattice, elements and positions")
        lattice, elements, positions = (data[key] for key in keys)
        if len(lattice) != 3 or len(elements) != len(positions) or not elements:
            raise ValueError("a stored crystal has three cell vectors and a position per element")
        if not all(_is_triple(row) for row in (*lattice, *positions)):
            raise ValueError("cell vectors and positions are three finite numbers each")
        return cls(lattice, [str(e) for e in elements], positions)


def _is_triple(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and all(isinstance(x, int | float) and abs(x) < 1e6 for x in row)
    )


def _rounded(vector: Triple) -> list[float]:
    # Adding zero turns -0.0 into 0.0, which would be another text.
    return [round(float(x), _DECIMALS) + 0.0 for x in vector]


def _wrapped(position: Triple) -> list[float]:
    return [round(float(x) % 1.0, _DECIMALS) % 1.0 for x in position]
