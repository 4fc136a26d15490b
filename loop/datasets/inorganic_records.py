"""Records of inorganic compounds by composition, from `chemicals` and pymatgen.

Molar quantities are divided by the atoms of the formula: what is left does not grow with the way
the formula is written. Gases are left out: a formula does not tell N from N2, or P2 from P4.
"""

import gzip
import json
from importlib import util
from pathlib import Path
from typing import Final

import pandas as pd

from loop.datasets.inorganic_formulas import CRC_INORGANIC, inorganic_formulas, n_atoms
from loop.datasets.origins import HANDBOOK, NIST, OPEN, compiled, crc_thermo, measured
from loop.datasets.property_record import Origin, PropertyRecord
from loop.datasets.table_readers import Reader, column
from loop.datasets.wheel_tables import WheelTables
from loop.errors import DataError

EV_J_MOL: Final = 96485.33212
"""One electronvolt per atom in J/mol."""
_PYMATGEN: Final = "analysis/compatibility/exp_compounds.json.gz"


def _by_formula(read: Reader, *, per_atom: bool = False) -> Reader:
    def by_formula(wheels: WheelTables) -> pd.Series:
        values = read(wheels)
        named = inorganic_formulas(wheels)
        values = values[values.index.isin(named.index)]
        text = named.loc[values.index]
        if per_atom:
            values = values / text.map(n_atoms).to_numpy()
        return pd.Series(values.to_numpy(), index=text.to_numpy())

    return by_formula


def _pymatgen_formation(wheels: WheelTables) -> pd.Series:
    del wheels
    spec = util.find_spec("pymatgen.analysis")
    folders = [Path(p).parent for p in (spec.submodule_search_locations or ())] if spec else []
    paths = [path for folder in folders if (path := folder / _PYMATGEN).is_file()]
    if not paths:
        raise DataError(
            f"the data set inorganic-properties expects the file {_PYMATGEN!r} in the package "
            "pymatgen, which has none",
            hint="install the release of pymatgen named in constraints.txt",
        )
    entries = json.loads(gzip.decompress(paths[0].read_bytes()))
    index = [entry["formula"] for entry in entries]
    # eV per formula unit.
    values = [EV_J_MOL * e["exp energy"] / _atoms(e["formula"]) for e in entries]
    return pd.Series(values, index=index, dtype=float)


def _atoms(formula: str) -> float:
    from pymatgen.core.composition import Composition

    return float(Composition(formula).num_atoms)


def _chemicals(origin: Origin, *, per_atom: bool = False) -> Origin:
    read = _by_formula(origin.read, per_atom=per_atom)
    return Origin(origin.name, origin.evidence, origin.licence, read)


def _crc(value: str) -> Origin:
    name = "CRC Handbook, inorganic compounds"
    return _chemicals(measured(name, HANDBOOK, column(CRC_INORGANIC, value)))


def _webbook(value: str, *, per_atom: bool = False) -> Origin:
    origin = measured("NIST WebBook", NIST, column("Misc/webbook_constants.tsv", value))
    return _chemicals(origin, per_atom=per_atom)


def _wikidata(value: str) -> Origin:
    # It mixes in hydrates (sodium sulphate's 305 K), so it fills gaps only.
    origin = compiled("Wikidata", OPEN, column("Misc/wikidata_properties.tsv", value))
    return _chemicals(origin)


INORGANIC: Final = (
    PropertyRecord(
        "melting_point_k", "K", "log10", 10.0, 4300.0, "melting point at 1 atm",
        (_crc("Tm"), _webbook("Tm"), _wikidata("Tm")),
    ),
    PropertyRecord(
        "boiling_point_k", "K", "log10", 15.0, 6300.0, "boiling point at 1 atm",
        (_crc("Tb"), _webbook("Tb"), _wikidata("Tb")),
    ),
    PropertyRecord(
        "density_kg_m3", "kg/m**3", "log10", 400.0, 23000.0,
        "density of the solid or liquid near 298 K", (_crc("rho"),),
    ),
    PropertyRecord(
        "enthalpy_of_formation_solid_j_mol_atom", "J/mol", "identity", -8e5, 2e5,
        "enthalpy of formation of the solid at 298.15 K, per mole of atoms",
        (
            measured("pymatgen, Wang et al. 2021", "MIT (pymatgen)", _pymatgen_formation),
            _chemicals(crc_thermo("Hfs"), per_atom=True),
            _webbook("Hfs", per_atom=True),
        ),
    ),
    PropertyRecord(
        "entropy_solid_j_mol_k_atom", "J/mol/K", "identity", 0.5, 120.0,
        "absolute entropy of the solid at 298.15 K, per mole of atoms",
        (
            _chemicals(crc_thermo("S0s"), per_atom=True),
            _webbook("S0s", per_atom=True),
        ),
    ),
    PropertyRecord(
        "heat_capacity_solid_j_mol_k_atom", "J/mol/K", "identity", 3.0, 60.0,
        "isobaric heat capacity of the solid at 298.15 K, per mole of atoms",
        (_chemicals(crc_thermo("Cps"), per_atom=True),),
    ),
)  # fmt: skip
