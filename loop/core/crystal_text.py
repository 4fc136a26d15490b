"""The text of a crystal: which format it is in, and the one form that pools store."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from loop.core.canonical import canonical_json

TextFormat = Literal["stored", "cif", "poscar"]
Triple = tuple[float, float, float]
# Cells are known to far less; rounding keeps noise of the last digits out of the digest.
_DECIMALS: Final = 8


def text_format(text: str) -> TextFormat:
    """Return the format of a crystal's text; what is neither stored form nor CIF is a POSCAR."""
    if text.lstrip().startswith("{"):
        return "stored"
    lowered = text.lower()
    return (
        "cif" if "_cell_length_a" in lowered or lowered.lstrip().startswith("data_") else "poscar"
    )


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
