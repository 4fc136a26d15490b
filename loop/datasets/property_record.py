"""What is known about one property of a data set before a number of it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import pandas as pd

from loop.core.canonical import Json
from loop.datasets.wheel_tables import WheelTables

_REVISION: Final = 1
"""Raised when the same tables and records give other numbers than before."""

Transform = Literal["identity", "log10"]


class Evidence(StrEnum):
    """How a number came about, best first.

    Estimation methods (Joback, Fedors, Wilson-Jasperson, quantum chemistry) have no member:
    their tables are never read.
    """

    MEASURED = "measured"
    FITTED = "fitted"
    COMPILED = "compiled"


@dataclass(frozen=True)
class Origin:
    """One table that carries a property.

    Attributes:
        name: Whose numbers these are, for people.
        evidence: "measured": critically compiled measurements. "fitted": a correlation fitted to
            measurements, inside its own range of temperature. "compiled": measurements mixed with
            estimates that the compiler did not mark.
        licence: Of the numbers where they were first published; the wheels themselves are MIT.
        read: Returns value by compound. Index: CAS number without hyphens as integer (molecules)
            or formula (compositions); repeated entries are allowed.
    """

    name: str
    evidence: Evidence
    licence: str
    read: Callable[[WheelTables], pd.Series]


@dataclass(frozen=True)
class PropertyRecord:
    """One property column of a data set.

    Attributes:
        column: Name of the column; it ends with the unit.
        unit: The unit as `loop.core.units` reads it.
        transform: Scale on which a model should learn it; "log10" for quantities that span
            decades or whose errors are relative.
        lowest: Smallest plausible value; what lies below is an error of the table.
        highest: Largest plausible value.
        meaning: One line for people.
        origins: Tables it is read from.
    """

    column: str
    unit: str
    transform: Transform
    lowest: float
    highest: float
    meaning: str
    origins: tuple[Origin, ...]

    @property
    def licence(self) -> str:
        """Licences of all origins, each once, in order."""
        return "; ".join(dict.fromkeys(origin.licence for origin in self.origins))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The kinds of evidence its origins have, best first."""
        return tuple(kind for kind in Evidence if kind in {o.evidence for o in self.origins})

    @property
    def value_columns(self) -> tuple[str, str, str, str]:
        """Names of the columns with value, spread, number of sources and evidence."""
        name = self.column
        return name, f"{name}_spread", f"{name}_n_sources", f"{name}_evidence"


def decides(records: Sequence[PropertyRecord], *packages: str) -> dict[str, Json]:
    """Return what a table of records depends on, for the name of its cache."""
    return {
        "revision": _REVISION,
        "releases": dict(WheelTables.releases(*packages)),
        "records": [
            [r.column, r.unit, r.lowest, r.highest, [[o.name, o.evidence] for o in r.origins]]
            for r in records
        ],
    }
