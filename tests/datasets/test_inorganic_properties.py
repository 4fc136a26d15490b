"""The table of inorganic compositions: textbook values and the traps of the tables."""

import numpy as np
import pytest

from loop.core.units import check_unit, convert
from loop.datasets.inorganic_formulas import inorganic_formulas, n_atoms
from loop.datasets.inorganic_properties import InorganicProperties
from loop.datasets.wheel_tables import WheelTables
from loop.space.chemistry import composition_key

# CRC Handbook of Chemistry and Physics, 97th edition, sections 4 and 5; per formula unit for
# enthalpy of formation (kJ/mol), entropy and heat capacity (J/mol/K), all of the solid at 298.15 K.
BOOK = {
    "melting_point_k": (0.02, {
        "NaCl": 1073.8, "Al2O3": 2327.0, "Fe": 1811.0, "W": 3687.0, "Cu": 1357.8, "MgO": 3098.0,
        "GaAs": 1511.0, "KBr": 1007.0, "CaF2": 1691.0, "ZnCl2": 598.0,
    }),
    "boiling_point_k": (0.03, {
        "NaCl": 1738.0, "Fe": 3134.0, "Cu": 2833.0, "SiCl4": 330.8, "KBr": 1708.0, "CaF2": 2806.0,
        "ZnCl2": 1005.0, "SF6": 209.0, "PCl3": 349.2, "TiCl4": 409.6,
    }),
    "density_kg_m3": (0.02, {
        "NaCl": 2170.0, "Al2O3": 3990.0, "Fe": 7870.0, "W": 19300.0, "Cu": 8960.0, "MgO": 3600.0,
        "GaAs": 5318.0, "KBr": 2740.0, "CaF2": 3180.0, "PbO2": 9640.0,
    }),
    "enthalpy_of_formation_solid_j_mol_atom": (0.02, {
        "NaCl": -411.2, "Al2O3": -1675.7, "MgO": -601.6, "CaO": -634.9, "SiO2": -910.7,
        "Fe2O3": -824.2, "CaF2": -1228.0, "TiO2": -944.0, "ZnS": -206.0, "KBr": -393.8,
    }),
    "entropy_solid_j_mol_k_atom": (0.03, {
        "NaCl": 72.1, "Al2O3": 50.9, "MgO": 27.0, "CaO": 38.1, "SiO2": 41.5, "Fe2O3": 87.4,
        "CaF2": 68.5, "Cu": 33.2, "Fe": 27.3, "KBr": 95.9,
    }),
    "heat_capacity_solid_j_mol_k_atom": (0.03, {
        "NaCl": 50.5, "Al2O3": 79.0, "MgO": 37.2, "CaO": 42.0, "SiO2": 44.4, "Fe2O3": 103.9,
        "CaF2": 67.0, "Cu": 24.4, "Fe": 25.1, "KBr": 52.3,
    }),
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(minerals):
    return {key: row for row, key in enumerate(minerals.columns["key"])}


def test_every_property_is_held_against_a_textbook():
    assert BOOK.keys() == {record.column for record in InorganicProperties.records}


@pytest.mark.parametrize("column", sorted(BOOK))
def test_values_agree_with_the_textbook(minerals, rows, column):
    tolerance, expected = BOOK[column]
    for formula, value in expected.items():
        per_atom = value / n_atoms(formula) if column.endswith("_atom") else value
        if column.startswith("enthalpy"):
            per_atom *= 1000
        found = minerals.columns[column][rows[composition_key(formula)]]
        assert found == pytest.approx(per_atom, rel=tolerance), formula


def test_keys_are_those_of_a_pool(minerals):
    keys = minerals.columns["key"]
    assert len(set(keys)) == len(keys) > 2500
    assert all(composition_key(key) == key for key in keys[::25])


def test_plausible_ranges_and_units_hold(minerals):
    for record in InorganicProperties.records:
        check_unit(record.unit)
        values = np.array([v for v in minerals.columns[record.column] if v is not None])
        assert len(values) > 300
        assert record.lowest <= values.min()
        assert values.max() <= record.highest


@pytest.mark.parametrize(
    ("cas", "wrong"),
    [
        (12014287, "CdP"),  # cadmium phosphide is Cd3P2
        (7785877, "H2MnO4S"),  # manganese(II) sulphate as acid and metal
        (10102495, "As2Fe3O8"),  # iron(III) arsenate dihydrate
        (1308561, "CuFeH4S2"),  # chalcopyrite
    ],
)
def test_formulas_that_contradict_the_molar_mass_are_not_trusted(cas, wrong):
    wheels = WheelTables("test")
    assert cas not in inorganic_formulas(wheels).index
    assert wheels.once("identifiers", lambda: None).loc[cas, "formula"] == wrong


def test_trusted_formulas_keep_elements_salts_and_molecules():
    trusted = inorganic_formulas(WheelTables("test"))
    assert trusted[7647145] == "ClNa"
    assert trusted[7440315] == "Sn"
    assert trusted[10026047] == "Cl4Si"
    assert trusted[1303339] == "As4S6"


def test_the_energies_of_pymatgen_are_per_formula_unit(minerals, rows):
    """-4.2628 eV per NaCl, as its file says, is CRC's -411.2 kJ/mol."""
    assert convert(-4.262824, "eV", "kJ") * 6.02214076e23 == pytest.approx(-411.3, abs=0.1)
    row = rows["NaCl"]
    assert minerals.columns["enthalpy_of_formation_solid_j_mol_atom_n_sources"][row] >= 2
    assert minerals.columns["enthalpy_of_formation_solid_j_mol_atom_spread"][row] < 300


def test_the_second_call_reads_the_cache(minerals, wheel_cache):
    phrases: list[str] = []
    again = InorganicProperties().load(wheel_cache, lambda phrase, share: phrases.append(phrase))
    assert phrases == []
    assert again == minerals
