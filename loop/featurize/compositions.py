"""Compositions to statistics of element properties."""

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from pymatgen.core.composition import Composition
from pymatgen.core.periodic_table import Element

from loop.core.candidate import CandidatePool
from loop.core.canonical import digest
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent

_CODE: Final = "1"
# Attribute of pymatgen's Element, with its unit.
PROPERTIES: Final = {
    "Z": "1",
    "atomic_mass": "u",
    "X": "Pauling",
    "row": "1",
    "group": "1",
    "mendeleev_no": "1",
    "atomic_radius": "angstrom",
    "average_ionic_radius": "angstrom",
    "melting_point": "K",
    "molar_volume": "cm^3/mol",
}
STATISTICS: Final = ("mean", "sd", "min", "max")


class CompositionConfig(BaseModel):
    """No options."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _value(element: Element, name: str) -> float:
    raw = getattr(element, name)
    number = float(raw) if raw is not None else np.nan
    return number if np.isfinite(number) else np.nan


class CompositionStatistics:
    """Mean, sd, min and max of ten element properties, weighted by atomic fraction.

    Source: Ward et al., npj Comput. Mater. 2, 16028 (2016), doi:10.1038/npjcompumats.2016.28.
    Scale-invariant; elements with amount zero do not count.
    """

    Config: ClassVar[type[CompositionConfig]] = CompositionConfig
    materials: ClassVar[frozenset[str]] = frozenset({"composition"})

    def __init__(self, config: CompositionConfig) -> None:
        del config

    def digest(self) -> str:
        """Return a digest of everything that decides the numbers but the pool."""
        return digest(f"composition-statistics {_CODE} {list(PROPERTIES)} {STATISTICS}")

    def featurize(
        self, pool: CandidatePool, space: PoolSpace, progress: Progress = silent
    ) -> FeatureMatrix:
        """Describe every candidate; what cannot be read becomes a failure of its row."""
        del space
        width = len(PROPERTIES) * len(STATISTICS)
        values = np.zeros((len(pool), width), dtype=np.float32)
        failures: dict[int, str] = {}
        for row, formula in enumerate(pool.structures):
            outcome = _statistics(formula)
            if isinstance(outcome, str):
                failures[row] = outcome
            else:
                values[row] = outcome
        progress("describing candidates", 1.0)
        names = tuple(f"{s} {p}" for p in PROPERTIES for s in STATISTICS)
        block = FeatureBlock("element statistics", "reals", names, values)
        return FeatureMatrix((block,), digest(self.digest() + pool.digest), failures)


def _statistics(formula: str) -> NDArray[np.float64] | str:
    try:
        amounts = {
            Element(symbol): amount
            for symbol, amount in Composition(formula).get_el_amt_dict().items()
            if amount > 0
        }
    except (ValueError, KeyError) as error:
        return f"{formula!r} cannot be read as a formula: {error}"
    if not amounts:
        return f"{formula!r} holds no element"
    weights = np.array(list(amounts.values()))
    weights = weights / weights.sum()
    parts: list[float] = []
    for name in PROPERTIES:
        column = np.array([_value(element, name) for element in amounts])
        if np.isnan(column).any():
            unknown = [e.symbol for e, v in zip(amounts, column, strict=True) if np.isnan(v)]
            return f"{formula!r}: no {name} is known for {', '.join(unknown)}"
        mean = float(weights @ column)
        spread = float(np.sqrt(weights @ (column - mean) ** 2))
        parts.extend((mean, spread, float(column.min()), float(column.max())))
    return np.array(parts)
