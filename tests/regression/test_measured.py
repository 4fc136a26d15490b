"""A table becomes values with noise in one unit, or an account of every bad row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.core.candidate import Material
from loop.core.ports import Table
from loop.errors import ConfigError, DataError, UnitError
from loop.regression.measured import measured
from loop.regression.request import FitRequest, checked_unit
from loop.regression.structures import guessed_material
from tests.regression.conftest import request_of, table_of


def request(**more) -> FitRequest:
    return request_of("off", **{"target": "k", "unit": "W/m/K"} | more)


def by_structure(found):
    return dict(zip(found.pool.structures, found.data.y.tolist(), strict=True))


def test_values_are_converted_from_head_and_cell_to_one_unit():
    table = table_of(("CCO", "CO", "CCC"), (150.0, "0.2 W/m/K", "1.5e2 ± 2"), target="k [mW/m/K]")
    found = measured(table, request())
    assert by_structure(found) == pytest.approx({"CCO": 0.15, "CO": 0.2, "CCC": 0.15})
    assert found.data.noise_variance is None  # it is stated of one value only


def test_an_offset_of_a_scale_moves_values_and_not_their_noise():
    table = table_of(("CO", "CCO"), ("20 ± 2", "30 ± 1"), target="t [degC]")
    found = measured(table, request(target="t", unit="K"))
    assert by_structure(found) == pytest.approx({"CCO": 303.15, "CO": 293.15})
    noise = dict(zip(found.pool.structures, found.data.noise_variance, strict=True))
    assert noise == pytest.approx({"CCO": 1.0, "CO": 4.0})


def test_spellings_of_one_molecule_are_replicates_whose_spread_is_pooled():
    table = table_of(
        ("CCO", "OCC", "CO", "C(O)C", "OC", "CCC"), (1.0, 2.0, 5.0, 6.0, 7.0, 9.0), target="k"
    )
    found = measured(table, request())
    assert by_structure(found) == {"C(O)C": 3.0, "CO": 6.0, "CCC": 9.0}
    # Squares about the means 3 and 6: 4 + 1 + 9 and 1 + 1, over 2 + 1 degrees of freedom.
    pooled = 16.0 / 3.0
    counts = np.array(
        [
            dict(zip(found.pool.structures, found.data.replicates, strict=True))[s]
            for s in ("C(O)C", "CO", "CCC")
        ]
    )
    noise = np.array(
        [
            dict(zip(found.pool.structures, found.data.noise_variance, strict=True))[s]
            for s in ("C(O)C", "CO", "CCC")
        ]
    )
    assert counts.tolist() == [3, 2, 1]
    np.testing.assert_allclose(noise, pooled / counts)
    assert found.rows == 6


@given(st.permutations(range(5)))
def test_the_order_of_rows_does_not_matter(order):
    rows = [("CCO", 0.1), ("OCC", 0.2), ("CO", 0.3), ("CCC", 0.7), ("CO", 0.6)]
    mixed = [rows[i] for i in order]
    found = measured(table_of(*zip(*mixed, strict=True), target="k"), request())
    plain = measured(table_of(*zip(*rows, strict=True), target="k"), request())
    assert (found.keys, found.pool.structures) == (plain.keys, plain.pool.structures)
    assert found.data.y.tolist() == plain.data.y.tolist()
    assert found.data.noise_variance.tolist() == plain.data.noise_variance.tolist()


def test_every_bad_row_is_named_at_once():
    table = table_of(
        ("CCO", "C1CC", "CO", "CC", "CCC", None),
        (1.0, 2.0, "1,234", "3 K", "nought", 4.0),
        target="k",
    )
    with pytest.raises(DataError) as refused:
        measured(table, request())
    shown = str(refused.value)
    for place in (
        "t.csv: row 3, column smiles: got 'C1CC'",
        "row 4, column k: got '1,234'",
        "row 5, column k: got '3 K'; expected a unit",
        "row 6, column k: got 'nought'",
        "row 7, column smiles: got ''",
    ):
        assert place in shown
    found = measured(table, request(), skip=True)
    assert by_structure(found) == {"CCO": 1.0}
    assert [s.row for s in found.skipped] == [3, 4, 5, 6, 7]


def test_limits_and_empty_cells_are_left_out_and_named():
    found = measured(table_of(("CCO", "CO", "CC"), (1.0, "< 0.1", None), target="k"), request())
    assert by_structure(found) == {"CCO": 1.0}
    assert [(s.row, s.reason) for s in found.skipped] == [
        (3, "a limit, not a value"),
        (4, "no value"),
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"target": "kappa"}, "got 'kappa'; expected one of smiles, k"),
        ({"structure": "SMILES"}, "got 'SMILES'; expected one of smiles, k"),
    ],
)
def test_a_missing_column_is_named(changed, message):
    with pytest.raises(DataError) as refused:
        measured(table_of(("CO",), (1.0,), target="k"), request(**changed))
    assert message in str(refused.value)


def test_a_table_without_values_is_refused():
    with pytest.raises(DataError, match="no row with a structure and a value"):
        measured(table_of(("CO",), (None,), target="k"), request())
    with pytest.raises(UnitError, match="not known"):
        checked_unit("furlongs per fortnightly")


def test_recipes_are_told_apart_by_their_numbers():
    table = Table("t.csv", {"a": [1.0, 1.0, 2.0], "b": [2.0, 2.0, 1.0], "k": [3.0, 5.0, 7.0]}, 2)
    plain = request(material=Material.COLUMNS, structure="", features=("a", "b"))
    found = measured(table, plain)
    assert found.data.y.tolist() == [4.0, 7.0]
    assert found.pool.fields == {"a": (1.0, 2.0), "b": (2.0, 1.0)}


@pytest.mark.parametrize(
    ("column", "cells", "features", "expected"),
    [
        ("smiles", ("CCO", "CO"), (), Material.MOLECULE),
        ("x", ("c1ccccc1", "CCO", "broken("), (), Material.MOLECULE),
        ("x", ("*CC*", "*CO*"), (), Material.POLYMER),
        ("x", ("Bi2Te3", "NaCl"), (), Material.COMPOSITION),
        ("formula", ("CO", "NO"), (), Material.COMPOSITION),
        ("x", ("CCO",), ("T",), Material.COLUMNS),
        ("x", ("a.cif", "b.cif"), (), Material.CRYSTAL),
    ],
)
def test_the_material_is_told_by_the_cells(column, cells, features, expected):
    table = Table("t.csv", {column: list(cells)}, 2)
    assert guessed_material(table, column, features) is expected


def test_what_cannot_be_told_is_asked_for():
    with pytest.raises(ConfigError, match="as SMILES and as formulas"):
        guessed_material(Table("t", {"x": ["CO", "NO"]}, 2), "x", ())
    with pytest.raises(ConfigError, match="column 'x' holds mostly what is no SMILES"):
        guessed_material(Table("t", {"x": ["water", "ethanol?"]}, 2), "x", ())
