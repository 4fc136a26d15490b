"""Compositions to statistics of element properties, weighted by atomic fraction."""

import math
import warnings
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from pymatgen.core.composition import Composition
from pymatgen.core.periodic_table import Element

from loop.core.candidate import CandidatePool
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.featurize.matrix import Described, describe_rows, version_digest

_VERSION: Final = 1
# Attribute of pymatgen's Element, and its unit.
PROPERTIES: Final = (
    ("Z", "1"),
    ("atomic_mass", "u"),
    ("X", "Pauling"),
    ("atomic_radius", "angstrom"),
    ("mendeleev_no", "1"),
    ("row", "1"),
    ("group", "1"),
    ("electron_affinity", "eV"),
    ("ionization_energy", "eV"),
    ("melting_point", "K"),
    ("molar_volume", "cm3/mol"),
    ("thermal_conductivity", "W/m/K"),
)
COLUMNS: Final = tuple(
    f"{statistic} {name} [{unit}]"
    for statistic in ("mean", "std", "min", "max")
    for name, unit in PROPERTIES
)


class CompositionConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _value(element: Element, name: str) -> float:
    try:
        value = getattr(element, name)
        return math.nan if value is None else float(value)
    except (KeyError, TypeError, ValueError, AttributeError):
        return math.nan


@lru_cache(maxsize=1)
def element_table() -> dict[str, NDArray[np.float64]]:
    """Return the properties of every element; a gap holds the median over all elements."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        elements = [e for e in Element if e.symbol not in {"D", "T"}]
        raw = np.array([[_value(e, name) for name, _ in PROPERTIES] for e in elements])
    filled = np.where(np.isfinite(raw), raw, np.nanmedian(raw, axis=0))
    return {element.symbol: filled[i] for i, element in enumerate(elements)}


def _describe(formula: str) -> Described:
    try:
        composition = Composition(formula)
    except (ValueError, KeyError) as error:
        raise ValueError(f"pymatgen cannot read {formula!r} as a formula: {error}") from error
    amounts: dict[str, float] = {}
    for species, amount in composition.items():
        if amount > 0:
            symbol = getattr(species, "symbol", str(species))
            amounts[symbol] = amounts.get(symbol, 0.0) + float(amount)
    unknown = sorted(set(amounts) - set(element_table()))
    if unknown:
        raise ValueError(f"unknown element {', '.join(unknown)} in {formula!r}")
    if not amounts:
        raise ValueError(f"no element with a positive amount in {formula!r}")
    symbols = sorted(amounts)
    weights = np.array([amounts[s] for s in symbols])
    weights = weights / weights.sum()
    table = np.array([element_table()[s] for s in symbols])
    mean = weights @ table
    std = np.sqrt(weights @ (table - mean) ** 2)
    return None, np.concatenate([mean, std, table.min(0), table.max(0)]).astype(np.float32)


class CompositionStatistics:
    """Mean, standard deviation, minimum and maximum of twelve element properties."""

    Config: ClassVar[type[BaseModel]] = CompositionConfig
    materials: ClassVar[frozenset[str]] = frozenset({"composition"})

    def __init__(self, config: CompositionConfig) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of name, code version, pymatgen version and settings."""
        config = self.config.model_dump()
        libraries = {"pymatgen": version("pymatgen")}
        return version_digest("composition-statistics", _VERSION, libraries, config)

    def featurize(
        self,
        pool: CandidatePool,
        space: PoolSpace,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> FeatureMatrix:
        """Describe every candidate; an unreadable formula is a failure, its row 0."""
        del space, cache
        digests = (pool.digest, self.digest())
        return describe_rows(pool.structures, _describe, ((), COLUMNS), digests, progress)
