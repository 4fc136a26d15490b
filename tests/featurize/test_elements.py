from importlib.metadata import PackageNotFoundError
from importlib.resources import files

import numpy as np
import pint
import pytest

from loop.core.element_symbols import DESCRIBED, SYMBOLS
from loop.errors import DataError
from loop.featurize.elements import build, sources
from loop.featurize.elements.catalogue import CANDIDATES
from loop.featurize.elements.imputation import fill, hidden_value_errors
from loop.featurize.elements.table import element_table

# CRC Handbook of Chemistry and Physics, 97th edition, or IUPAC 2021 for weights.
TEXTBOOK = [
    ("H", "atomic_weight", 1.008, 1e-3),
    ("Fe", "atomic_weight", 55.845, 1e-4),
    ("U", "atomic_weight", 238.029, 1e-4),
    ("F", "en_pauling", 3.98, 1e-3),
    ("Cs", "en_pauling", 0.79, 1e-3),
    ("He", "ionization_energy_1", 24.587, 1e-3),
    ("Na", "ionization_energy_1", 5.139, 1e-3),
    ("Na", "ionization_energy_2", 47.286, 1e-3),
    ("Cl", "electron_affinity", 3.6127, 1e-3),
    ("W", "melting_point", 3687.0, 5e-3),
    ("Hg", "boiling_point", 629.88, 1e-3),
    ("Os", "density", 22.587, 1e-3),
    ("Au", "thermal_conductivity", 318.0, 1e-2),
    ("Cu", "specific_heat", 0.385, 1e-2),
    ("C", "covalent_radius_cordero", 73.0, 1e-3),
    ("Xe", "vdw_radius", 216.0, 1e-2),
    ("Fe", "vaporization_heat", 340.0, 0.03),
    ("Li", "dipole_polarizability", 164.1, 1e-3),
]


@pytest.mark.parametrize(("symbol", "name", "expected", "tolerance"), TEXTBOOK)
def test_textbook_values(symbol, name, expected, tolerance):
    assert element_table().value(symbol, name) == pytest.approx(expected, rel=tolerance)


def test_electron_shells_of_iron_and_oxygen():
    table = element_table()
    shells = ("s_valence", "p_valence", "d_valence", "f_valence", "p_unfilled", "d_unfilled")
    assert [table.value("Fe", shell) for shell in shells] == [2, 0, 6, 0, 0, 4]
    assert [table.value("O", shell) for shell in shells] == [2, 4, 0, 0, 2, 0]


def test_the_table_is_in_the_package_with_a_unit_a_source_and_a_flag_for_every_value():
    table = element_table()
    p = len(table.properties)
    assert 50 <= p <= 70
    assert table.values.shape == table.imputed.shape == (DESCRIBED, p) == (103, p)
    assert np.isfinite(table.values).all()
    units = pint.UnitRegistry()
    for element_property in table.properties:
        assert units.parse_units(element_property.unit) is not None
        package, version, attribute = element_property.source.split(" ", 2)
        assert (package, version) in sources.VERSIONS.items()
        assert attribute
        assert element_property.licence in {"MIT", "modified BSD"}
    assert not table.imputed[:, table.columns(("atomic_number", "atomic_weight"))].any()
    assert table.values[:, 0].tolist() == list(range(1, 104))


def test_every_column_with_gaps_was_validated_on_hidden_values():
    table = element_table()
    for j, element_property in enumerate(table.properties):
        gaps = int(table.imputed[:, j].sum())
        assert np.isnan(element_property.error) == (gaps == 0)
        assert gaps <= 5 or element_property.error <= 0.6
        assert table.imputed[:94, j].sum() <= 94 / 3


def test_filled_values_stay_within_what_is_known_of_the_column():
    table = element_table()
    for values, imputed in zip(table.values.T, table.imputed.T, strict=True):
        known = values[~imputed]
        assert (values[imputed] >= known.min() * (1 - 1e-5) - 1e-12).all()
        assert (values[imputed] <= known.max() * (1 + 1e-5) + 1e-12).all()


def test_files_are_small_and_carry_the_licences():
    folder = files("loop.featurize.elements")
    names = ("values.csv", "imputed.csv", "properties.csv", "NOTICE.txt")
    assert sum(len((folder / name).read_bytes()) for name in names) < 200_000
    notice = (folder / "NOTICE.txt").read_text(encoding="utf-8")
    assert all(package in notice for package in sources.VERSIONS)
    assert "Regents of the University of California" in " ".join(notice.split())


def test_the_committed_table_is_what_the_script_makes():
    try:
        build.check_versions()
    except (PackageNotFoundError, DataError) as missing:
        pytest.skip(f"the sources of the element table are not installed: {missing}")
    table = element_table()
    kept = [p for p in CANDIDATES if p.name in table.names]
    assert tuple(p.name for p in kept) == table.names
    known = sources.known_values(tuple(kept))
    np.testing.assert_array_equal(np.isnan(known), table.imputed)
    made = build.rounded(fill(known, np.array([p.scale == "log" for p in kept])))
    np.testing.assert_array_equal(made[~table.imputed], table.values[~table.imputed])
    # Linear algebra differs in the last digits between processors.
    np.testing.assert_allclose(made, table.values, rtol=2e-4, atol=1e-9)


def test_the_committed_files_are_in_the_form_that_the_script_writes(tmp_path):
    table = element_table()
    kept = tuple(p for p in CANDIDATES if p.name in table.names)
    errors = np.array([p.error for p in table.properties])
    build.write(build.Built(kept, table.values, table.imputed, errors, ()), tmp_path)
    for name in ("values.csv", "imputed.csv", "properties.csv"):
        committed = (files("loop.featurize.elements") / name).read_text(encoding="utf-8")
        assert (tmp_path / name).read_text(encoding="utf-8") == committed


def test_imputation_recovers_hidden_values_of_a_smooth_table_better_than_the_mean():
    rng = np.random.default_rng(1)
    hidden = rng.normal(size=(60, 2))
    table = np.column_stack(
        [hidden, hidden @ rng.normal(size=(2, 3)), np.exp(hidden[:, :1]), np.sin(hidden[:, 1:])]
    )
    logarithmic = np.array([False, False, False, False, False, True, False])
    gappy = table.copy()
    gappy[rng.random(table.shape) < 0.1] = np.nan
    errors = hidden_value_errors(gappy, logarithmic)
    assert np.nanmax(errors) < 0.5
    filled = fill(gappy, logarithmic)
    known = ~np.isnan(gappy)
    np.testing.assert_array_equal(filled[known], gappy[known])
    assert np.isfinite(filled).all()


def test_unknown_property_is_refused_with_the_known_names():
    with pytest.raises(ValueError, match=r"'colour' is none of: atomic_number, period"):
        element_table().columns(("colour",))


def test_symbols_are_the_118_elements():
    assert len(set(SYMBOLS)) == 118
    assert (SYMBOLS[0], SYMBOLS[25], SYMBOLS[93], SYMBOLS[117]) == ("H", "Fe", "Pu", "Og")
