"""The table of element properties that descriptors of compositions are made from."""

import csv
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.element_symbols import DESCRIBED, SYMBOLS

_FOLDER: Final = "loop.featurize.elements"


@dataclass(frozen=True)
class ElementProperty:
    """What a column of the table holds.

    Attributes:
        name: Of the column.
        unit: As pint reads it.
        source: Distribution, release and attribute.
        licence: Of the distribution.
        logarithmic: The values span orders of magnitude.
        error: Of filled values, in standard deviations of the column, found by hiding known
            ones; NaN for a column without gaps.
    """

    name: str
    unit: str
    source: str
    licence: str
    logarithmic: bool
    error: float

    @property
    def bracketed_unit(self) -> str:
        """The unit as column names end in it; nothing for pure numbers."""
        return "" if self.unit == "dimensionless" else f" [{self.unit}]"


@dataclass(frozen=True)
class ElementTable:
    """Properties of the elements H to Lr.

    Attributes:
        properties: The columns.
        values: Shape `(103, p)`, float64, finite; row `z - 1` is the element of atomic number z.
        imputed: Shape `(103, p)`: no source has the value, it was filled in.
        digest: SHA-256 of the values' file.
    """

    properties: tuple[ElementProperty, ...]
    values: NDArray[np.float64]
    imputed: NDArray[np.bool_]
    digest: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(p.name for p in self.properties)

    def columns(self, names: tuple[str, ...]) -> list[int]:
        """Return the places of columns.

        Raises:
            ValueError: there is no column of that name.
        """
        place = {name: j for j, name in enumerate(self.names)}
        unknown = [name for name in names if name not in place]
        if unknown:
            raise ValueError(f"element property {unknown[0]!r} is none of: {', '.join(self.names)}")
        return [place[name] for name in names]

    def value(self, symbol: str, name: str) -> float:
        """Return one value, in the unit of its column."""
        return float(self.values[ROWS[symbol], self.columns((name,))[0]])


ROWS: Final[Mapping[str, int]] = {symbol: z for z, symbol in enumerate(SYMBOLS[:DESCRIBED])}
"""Row of each element that the table describes."""


def _read(name: str) -> list[list[str]]:
    text = (files(_FOLDER) / name).read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))


@lru_cache(maxsize=1)
def element_table() -> ElementTable:
    """Return the committed table; it is read once per process."""
    header, *rows = _read("properties.csv")
    properties = []
    for row in rows:
        cell = dict(zip(header, row, strict=True))
        source = f"{cell['package']} {cell['version']} {cell['attribute']}"
        error = float(cell["error_sd"]) if cell["error_sd"] else math.nan
        properties.append(
            ElementProperty(
                cell["name"], cell["unit"], source, cell["licence"], cell["scale"] == "log", error
            )
        )
    values = np.array([[float(v) for v in row[1:]] for row in _read("values.csv")[1:]])
    imputed = np.array([[v == "1" for v in row[1:]] for row in _read("imputed.csv")[1:]])
    for array in (values, imputed):
        array.setflags(write=False)
    content = (files(_FOLDER) / "values.csv").read_bytes().replace(b"\r\n", b"\n")
    return ElementTable(tuple(properties), values, imputed, hashlib.sha256(content).hexdigest())
