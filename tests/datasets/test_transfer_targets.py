"""The targets of the transfer benchmark and their splits."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.core.candidate import Material
from loop.core.units import check_unit
from loop.datasets.public_tables import PUBLIC_TABLES, public_table
from tests.benchmarks.transfer import Block, Scores, tables
from tests.benchmarks.transfer_targets import (
    INORGANIC_TARGETS,
    LARGEST_TASK,
    ORGANIC_TARGETS,
    TARGETS,
    WHEELS,
    scaled,
    source_half,
    splits,
)


@given(n_rows=st.integers(60, 3000), seed=st.integers(0, 500))
def test_training_sets_are_nested_and_no_row_is_in_both(n_rows, seed):
    training, test = splits(n_rows, seed)
    assert training
    for n, rows in training.items():
        assert len(rows) == n == len(set(rows.tolist()))
        assert not set(rows.tolist()) & set(test.tolist())
    ordered = [training[n] for n in sorted(training)]
    for small, large in itertools.pairwise(ordered):
        assert small.tolist() == large[: len(small)].tolist()
    assert 30 <= len(test) <= 250
    assert len(set(test.tolist())) == len(test)
    assert max(test.max(), ordered[-1].max()) < n_rows


def test_a_split_is_the_permutation_of_the_protocol():
    training, test = splits(400, 3)
    order = np.random.RandomState(1003).permutation(400)
    assert training[20].tolist() == order[:20].tolist()
    assert test.tolist() == order[100:350].tolist()


def test_a_split_depends_on_the_seed_alone():
    assert splits(400, 1)[1].tolist() == splits(400, 1)[1].tolist()
    assert splits(400, 1)[1].tolist() != splits(400, 2)[1].tolist()


def test_the_test_set_is_the_same_for_every_choice_of_smaller_sizes():
    assert splits(400, 0, (5, 100))[1].tolist() == splits(400, 0)[1].tolist()


def test_there_are_enough_targets_and_each_is_declared_well():
    assert len(ORGANIC_TARGETS) >= 12
    assert len(INORGANIC_TARGETS) >= 5
    assert sum(t.study for t in ORGANIC_TARGETS) == 10
    assert sum(t.study for t in INORGANIC_TARGETS) == 4
    assert len({target.name for target in TARGETS}) == len(TARGETS)
    for target in TARGETS:
        check_unit(target.unit)
        assert (target.table, target.column) in target.same_property
        assert target.inorganic == (target in INORGANIC_TARGETS)
        if target.needs_files:
            record = public_table(target.table)
            assert record.material is target.material
            assert record.property_of(target.column).unit == target.unit
        elif target.table != "thermal-liquid":
            found = {r.column: r for r in WHEELS[target.table].records}[target.column]
            assert found.unit == target.unit
            assert found.transform == target.scale


@pytest.mark.parametrize(
    "target", [t for t in TARGETS if t.table in ("molecule-properties", "inorganic-properties")],
    ids=lambda t: t.name,
)  # fmt: skip
def test_targets_of_the_wheels_load(target, molecules, minerals, wheel_cache):
    task = target.load(wheel_cache)
    assert 300 <= len(task.values) <= LARGEST_TASK
    assert np.isfinite(task.values).all()
    assert len(set(task.keys)) == len(task.keys) == len(task.structures) == len(task.values)
    again = target.load(wheel_cache)
    assert again.keys == task.keys
    assert again.values.tolist() == task.values.tolist()


def test_a_target_keeps_its_textbook_value(molecules, wheel_cache):
    target = next(t for t in TARGETS if t.name == "viscosity")
    task = target.load(wheel_cache)
    toluene = task.values[task.keys.index("Cc1ccccc1")]
    assert 10**toluene == pytest.approx(0.56e-3, rel=0.05)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name",
    ["polymer thermal conductivity", "electron affinity", "hardness", "measured gap", "refractive index", "thermoelectric conductivity"],
)  # fmt: skip
def test_targets_of_the_published_files_load(public_folder, tmp_path, name):
    target = next(t for t in TARGETS if t.name == name)
    task = target.load(tmp_path, public_folder)
    assert 250 <= len(task.values) <= LARGEST_TASK
    assert np.isfinite(task.values).all()
    assert len(set(task.keys)) == len(task.values)
    if target.material is Material.POLYMER:
        assert all(text.count("*") == 2 for text in task.structures)


@pytest.mark.shared_data
def test_simulated_polymers_leave_one_half_to_sources(public_folder, tmp_path):
    ours = [t for t in TARGETS if t.half]
    keys = set().union(*(t.load(tmp_path, public_folder).keys for t in ours))
    assert len(ours) == 3
    assert 500 <= len(keys) <= 540


def test_the_same_property_of_the_other_material_is_excluded_too():
    """What one target names as its own property must name the target in turn."""
    named = {(t.table, t.column): t for t in TARGETS}
    for target in TARGETS:
        for other in target.same_property:
            if other in named and other[0] != target.table:
                assert (target.table, target.column) in named[other].same_property, target.name
    conductivity = named["radonpy-pi1070", "thermal_conductivity_w_mk"]
    assert ("neurips-open-polymer-2025", "thermal_conductivity_w_mk") in conductivity.same_property
    assert ("thermal-liquid", "thermal_conductivity_w_mk") in conductivity.same_property


def test_every_excluded_source_exists():
    public = {(r.name, p.column) for r in PUBLIC_TABLES for p in r.properties}
    wheels = {(n, r.column) for n, d in WHEELS.items() for r in getattr(d, "records", ())}
    known = public | wheels | {("thermal-liquid", "thermal_conductivity_w_mk")}
    for target in TARGETS:
        assert set(target.same_property) <= known, target.name


def test_halves_are_halves():
    assert source_half(1067).sum() == 533


def test_scales_leave_out_what_they_cannot_take():
    values = np.array([-1.0, 0.0, 1.0, 2.0, 11.0])
    assert scaled("identity", values).tolist() == values.tolist()
    np.testing.assert_allclose(scaled("log10", values)[2:], np.log10([1, 2, 11]))
    assert np.isnan(scaled("log10", values)[:2]).all()
    np.testing.assert_allclose(scaled("log10(x - 1)", values)[3:], [0, 1])
    assert np.isnan(scaled("log10(x - 1)", values)[:3]).all()


def test_ratios_are_geometric_means_over_splits_then_over_tasks():
    def split(rmse):
        return {("gp", 20): Scores(1.0, 0.9, 1.0), ("transfer-gp", 20): Scores(rmse, 0.8, 0.7)}

    one, other = Block(), Block()
    for rmse in (0.5, 2.0):
        one.add("a", split(rmse))
    other.add("b", split(0.25))
    other.add("too few rows", {})
    assert one.ratios("transfer-gp", 20) == pytest.approx({"a": 1.0})
    whole = one.joined(other)
    assert whole.ratios("transfer-gp", 20) == pytest.approx({"a": 1.0, "b": 0.25})
    line = whole.line("transfer-gp")
    assert line == "n=20 0.500 ± 0.347 (worst 1.00 a) coverage 0.80 NLPD -0.30"
    assert 0.5 * np.std([0.0, np.log(0.25)], ddof=1) / np.sqrt(2) == pytest.approx(0.347, abs=5e-4)
    assert whole.ratios("gp", 20, "transfer-gp") == pytest.approx({"a": 1.0, "b": 4.0})


def test_every_public_table_may_serve_one_of_the_domains():
    organic, inorganic = tables(Material.MOLECULE), tables(Material.COMPOSITION)
    assert sorted(organic + inorganic) == sorted(record.name for record in PUBLIC_TABLES)
    assert "polymetrix-tg" in organic
    assert "matbench-mp-gap" in inorganic
