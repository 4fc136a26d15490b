"""CAS number to the formula of an inorganic compound, as far as it can be trusted.

The identifier tables of `chemicals` give about one inorganic compound in eight a wrong formula:
hydrates without their water, salts as acid plus metal ("manganese sulphate" as H2SO4 and Mn), or
one atom of each element ("cadmium phosphide" as CdP, which is Cd3P2). The CRC Handbook's molar
mass, which density times molar volume gives back, tells them from the right ones.
"""

import re
from typing import Final

import numpy as np
import pandas as pd

from loop.datasets.identifiers import identifiers
from loop.datasets.wheel_tables import WheelTables

CRC_INORGANIC: Final = "Misc/Physical Constants of Inorganic Compounds.csv"
_VOLUMES: Final = "Density/CRC Solid Inorganic Constant Densities.tsv"
_SYMBOL: Final = re.compile(r"([A-Z][a-z]?)(\d*)")
_BARE_ATOM: Final = r"(?:^|\.)\[[A-Z][a-z]?\](?:\.|$)"
_EXACT: Final = 0.003
# Polymorphs differ in density, and densities are rounded; two hydrogens too many in a light
# compound are more.
_NEAR: Final = 0.009
_MULTIPLES: Final = np.array([1 / 4, 1 / 3, 1 / 2, 1.0, 2.0, 3.0, 4.0])


def inorganic_formulas(wheels: WheelTables) -> pd.Series:
    """Return the formula, as text, by CAS number as integer.

    Left out: what has carbon and hydrogen, a charge, an isotope label, "hydrate" in a name, or a
    formula that contradicts the CRC molar mass. Without a molar mass to compare, a structure of
    several pieces with an uncharged single atom among them is left out too.
    """
    return wheels.once("inorganic formulas", lambda: _trusted(wheels))["formula"]


def _trusted(wheels: WheelTables) -> pd.DataFrame:
    known = identifiers(wheels)
    known = known.loc[_inorganic(known)]
    crc = wheels.table(CRC_INORGANIC)
    crc = crc[~crc.index.duplicated()]
    volumes = wheels.table(_VOLUMES)["Vm"]
    mass = 1e3 * crc["rho"] * volumes[~volumes.index.duplicated()].reindex(crc.index)
    ratio = (mass.reindex(known.index) / known["mass"]).to_numpy()
    off = np.min(np.abs(ratio[:, None] / _MULTIPLES - 1), axis=1)
    pieces = known["smiles"].str.contains(".", regex=False)
    loose = (pieces & known["smiles"].str.contains(_BARE_ATOM)).to_numpy()
    element = known["formula"].str.fullmatch(r"[A-Z][a-z]?\d*").to_numpy()
    unknown = np.isnan(ratio)
    names = crc["Chemical"].reindex(known.index).fillna("").str.contains("hydrate", case=False)
    trusted = (off < _EXACT) | element | (~loose & (unknown | (off < _NEAR)))
    kept: pd.DataFrame = known.loc[trusted & ~names.to_numpy()]
    return kept


def n_atoms(formula: str) -> int:
    """Return how many atoms a formula without brackets has."""
    return sum(int(count or 1) for _, count in _SYMBOL.findall(formula))


def _inorganic(known: pd.DataFrame) -> pd.Series:
    formula, smiles = known["formula"].astype(str), known["smiles"].astype(str)
    plain = formula.str.fullmatch(r"(?:[A-Z][a-z]?\d*)+")
    organic = formula.str.contains(r"C(?![a-z])") & formula.str.contains(r"H(?![a-z])")
    labelled = smiles.str.contains(r"\[\d") | formula.str.contains(r"[DT](?![a-z])")
    hydrate = known["name"].astype(str).str.contains("hydrate", case=False)
    return plain & ~organic & ~labelled & ~hydrate
