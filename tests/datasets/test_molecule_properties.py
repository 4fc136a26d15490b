"""The table of molecules: textbook values, what must not be in it, and its cache."""

import re
from importlib.metadata import entry_points

import numpy as np
import pytest
from rdkit import Chem

from loop.core.units import check_unit, convert, same_dimension
from loop.datasets import wheel_tables
from loop.datasets.molecule_properties import MoleculeProperties
from loop.datasets.property_record import Evidence
from loop.datasets.wheel_tables import WheelTables, cas_text
from loop.errors import DataError, MissingExtraError
from tests.datasets.textbook_molecules import ABSOLUTE, RELATIVE, SMILES

RECORDS = {record.column: record for record in MoleculeProperties.records}
BOOK = {**ABSOLUTE, **RELATIVE}


@pytest.fixture(scope="module")
def rows(molecules):
    return {key: row for row, key in enumerate(molecules.columns["key"])}


def test_every_property_is_held_against_a_textbook():
    assert BOOK.keys() == RECORDS.keys()
    assert min(len(values) for _, values in BOOK.values()) >= 10


@pytest.mark.parametrize("column", sorted(BOOK))
def test_values_agree_with_the_textbook(molecules, rows, column):
    tolerance, expected = BOOK[column]
    found = molecules.columns[column]
    for name, value in expected.items():
        near = (
            pytest.approx(value, rel=tolerance)
            if column in RELATIVE
            else pytest.approx(value, abs=tolerance)
        )
        assert found[rows[Chem.CanonSmiles(SMILES[name])]] == near, name


def test_every_row_is_one_neutral_organic_molecule_with_a_key_of_its_own(molecules):
    keys = molecules.columns["key"]
    assert len(keys) > 20_000
    assert len(set(keys)) == len(keys)
    assert list(keys) == sorted(keys)
    assert keys == molecules.columns["smiles"]
    metals = re.compile(r"Li|Na|Mg|Al|\[K|Ca|Ti|Cr|Fe|Co[^c(]|Ni|Cu|Zn|Sn|Hg|Pb|Pt")
    assert not [key for key in keys if "." in key or "/" in key or "@" in key or metals.search(key)]
    for key in keys[::50]:
        mol = Chem.MolFromSmiles(key)
        assert Chem.GetFormalCharge(mol) == 0
        assert any(atom.GetSymbol() == "C" for atom in mol.GetAtoms())


def test_gross_errors_of_the_tables_are_gone(molecules):
    raw = WheelTables("test").table("Phase Change/Yaws Boiling Points.tsv")["Tb"].astype(float)
    assert raw.max() > 3000, "the table no longer shows the trap this test is about"
    for record in MoleculeProperties.records:
        values = np.array([v for v in molecules.columns[record.column] if v is not None])
        assert len(values) > 300, record.column
        assert record.lowest <= values.min(), record.column
        assert values.max() <= record.highest, record.column
    assert RECORDS["boiling_point_k"].highest <= 1000
    assert RECORDS["critical_temperature_k"].highest <= 1300


def test_units_are_units_and_stand_in_the_names():
    endings = {
        "k": "K", "pa": "Pa", "m3_mol": "m**3/mol", "j_mol": "J/mol", "j_mol_k": "J/mol/K",
        "kg_m3": "kg/m**3", "mn_m": "mN/m", "pa_s": "Pa*s", "mpa05": "MPa**0.5",
        "debye": "debye", "angstrom": "angstrom",
    }  # fmt: skip
    for record in MoleculeProperties.records:
        check_unit(record.unit)
        fits = [unit for end, unit in endings.items() if record.column.endswith(f"_{end}")]
        assert record.unit in (fits or ["dimensionless"]), record.column
        assert record.lowest < record.highest
        if record.transform == "log10":
            assert record.lowest > 0, record.column
    assert convert(1.0, "MPa**0.5", "Pa**0.5") == pytest.approx(1000.0)
    assert same_dimension("mN/m", "J/m**2")


def test_no_table_of_estimates_is_opened(monkeypatch, tmp_path):
    opened: list[str] = []
    original = WheelTables.path

    def spy(self, package, name):
        opened.append(name)
        return original(self, package, name)

    monkeypatch.setattr(WheelTables, "path", spy)
    wheels = WheelTables("test")
    for record in MoleculeProperties.records:
        for origin in record.origins:
            assert len(origin.read(wheels)) > 0, origin.name
    assert len(set(opened)) > 40
    words = ("joback", "fedors", "wilson", "prediction", "psi4", "common_chemistry", "Yaws Hf")
    assert not [name for name in opened for word in words if word.lower() in name.lower()]


def test_measured_values_win_over_compilations(molecules, rows):
    """Yaws gives ethanol's boiling point too; it must not count beside measured sources."""
    row = rows["CCO"]
    assert molecules.columns["boiling_point_k_evidence"][row] == Evidence.MEASURED
    yaws = WheelTables("test").table("Phase Change/Yaws Boiling Points.tsv")
    asked = [o for o in RECORDS["boiling_point_k"].origins if o.evidence is Evidence.MEASURED]
    assert 64175 in yaws.index
    assert 2 <= molecules.columns["boiling_point_k_n_sources"][row] <= len(asked)
    spread = molecules.columns["boiling_point_k_spread"][row]
    assert spread is not None
    assert 0 <= spread < 1


def test_a_single_source_has_no_spread(molecules):
    for record in MoleculeProperties.records:
        _, spread, n_sources, evidence = (molecules.columns[c] for c in record.value_columns)
        for s, n, kind in zip(spread, n_sources, evidence, strict=True):
            assert (s is None) == (n is None or n == 1)
            assert (kind is None) == (n is None)


def test_numbers_names_and_structures_belong_together(molecules, rows):
    row = rows["c1ccccc1"]
    assert molecules.columns["cas"][row] == "71-43-2"
    assert molecules.columns["name"][row] == "benzene"
    assert cas_text(7732185) == "7732-18-5"
    assert cas_text(50000) == "50-00-0"


def test_the_second_call_reads_the_cache_and_says_the_same(molecules, wheel_cache):
    phrases: list[str] = []
    again = MoleculeProperties().load(wheel_cache, lambda phrase, share: phrases.append(phrase))
    assert phrases == []
    assert len(again) == len(molecules)
    for column in ("key", "boiling_point_k", "name", "hansen_polar_mpa05_spread"):
        assert again.columns[column] == molecules.columns[column]
    files = list(wheel_cache.glob("molecule-properties*"))
    assert [path.suffix for path in files] == [".parquet"]


def test_a_damaged_cache_is_named(wheel_cache, molecules, tmp_path):
    whole = next(wheel_cache.glob("molecule-properties*"))
    (tmp_path / whole.name).write_bytes(whole.read_bytes()[:1000])
    with pytest.raises(DataError, match=whole.name):
        MoleculeProperties().load(tmp_path)


def test_a_missing_package_is_named_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(wheel_tables.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="chemicals") as caught:
        MoleculeProperties().load(tmp_path)
    assert "synthloop[demo]" in caught.value.hint


def test_a_table_missing_from_the_wheel_is_named():
    with pytest.raises(DataError, match=r"no such table\.tsv"):
        WheelTables("test").table("no such table.tsv")


def test_data_sets_are_found_by_name():
    points = {point.name: point for point in entry_points(group="synthloop.datasets")}
    for name in ("molecule-properties", "inorganic-properties"):
        found = points[name].load()
        assert found.name == name
        assert found.summary
        assert found.licence.startswith("MIT")
        assert callable(found().load)


def test_evidence_is_listed_best_first():
    assert RECORDS["boiling_point_k"].evidence == (Evidence.MEASURED, Evidence.COMPILED)
    assert RECORDS["liquid_viscosity_298k_pa_s"].evidence == (Evidence.FITTED,)


def test_a_column_that_is_not_there_is_a_key_error(molecules):
    with pytest.raises(KeyError):
        molecules.columns["nope"]
    assert "nope" not in molecules.columns
    assert len(molecules.columns) == 4 + 4 * len(MoleculeProperties.records)


def test_every_origin_states_a_licence():
    for record in MoleculeProperties.records:
        assert record.origins
        for origin in record.origins:
            assert origin.licence.startswith("MIT"), origin.name
        assert record.licence
