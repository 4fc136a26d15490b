"""Blocks of recipes against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.errors import ConfigError
from loop.featurize.bundle import BlockFeaturizer
from loop.featurize.recipe_levels import Category, CategoryConfig, Ordinal, OrdinalConfig
from loop.featurize.recipe_mixture import Mixture, MixtureConfig, log_ratios
from loop.featurize.recipe_numbers import Numbers, NumbersConfig
from tests.featurize.known_crystals import COPPER, ROCK_SALT


def test_numbers_and_their_logarithms():
    config = NumbersConfig(
        columns=("temperature", "dose"),
        log=("dose",),
        units={"temperature": "degC", "dose": "mol/L"},
    )
    block = Numbers(config)
    assert block.columns == ("temperature [degC]", "log10 dose [mol/L]")
    found = block.describe(
        [
            {"temperature": 80.0, "dose": 0.01},
            {"temperature": "hot", "dose": 1.0},
            {"temperature": 80.0, "dose": 0.0},
            {"temperature": None, "dose": 1.0},
            {"dose": 1.0},
            {"temperature": "25", "dose": "1e-3"},
        ]
    )
    np.testing.assert_allclose(found.values[[0, 5]], [[80, -2], [25, -3]], rtol=1e-6)
    assert not found.values[1:5].any()
    assert found.failures == {
        1: "column 'temperature' holds 'hot'; expected a finite number",
        2: "column 'dose' holds 0; expected a number above 0, for its logarithm",
        3: "column 'temperature' is empty; expected a value",
        4: "there is no column 'temperature'; there are dose",
    }


def test_numbers_too_large_to_store_fail():
    found = Numbers(NumbersConfig(columns=("x",))).describe(
        [{"x": 1e39}, {"x": "nan"}, {"x": "inf"}]
    )
    assert set(found.failures) == {0, 1, 2}
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize(
    "options",
    [
        {"columns": ()},
        {"columns": ("a", "a")},
        {"columns": ("a",), "log": ("b",)},
        {"columns": ("a",), "units": {"b": "K"}},
        {"columns": ("a",), "scale": "log"},
    ],
)
def test_options_that_do_not_fit_are_refused(options):
    with pytest.raises(ValidationError):
        NumbersConfig(**options)


def test_ordered_levels_become_equal_steps():
    block = Ordinal(OrdinalConfig(column="agitation", levels=("none", "slow", "fast")))
    rows = [{"agitation": a} for a in ("fast", "none", " slow ", "wild", None)]
    found = block.describe(rows)
    assert found.values[:3, 0].tolist() == [1.0, 0.0, 0.5]
    assert found.failures[3] == "column 'agitation' holds 'wild'; expected one of: none, slow, fast"
    assert "empty" in found.failures[4]
    numeric = Ordinal(OrdinalConfig(column="mesh", levels=(100, 200.0, 400)))
    assert numeric.describe([{"mesh": 200.0}, {"mesh": "400"}]).values[:, 0].tolist() == [0.5, 1.0]
    with pytest.raises(ValidationError, match="differ"):
        OrdinalConfig(column="mesh", levels=(100, "100"))


def test_categories_with_given_levels():
    block = Category(CategoryConfig(column="solvent", levels=("water", "dmf", "thf")))
    assert block.columns == tuple(f"solvent is {s} [0/1]" for s in ("water", "dmf", "thf"))
    found = block.describe([{"solvent": "dmf"}, {"solvent": "watr"}])
    assert found.values.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert "'watr'; expected one of: water, dmf, thf" in found.failures[1]
    assert block.settled([{"solvent": "hexane"}]) is block


def test_categories_take_their_levels_from_all_rows_at_once():
    block = Category(CategoryConfig(column="substrate"))
    rows = [{"substrate": s} for s in ("glass", 2.0, "steel", 10.0, None, "glass")]
    with pytest.raises(ConfigError, match="give the block levels"):
        block.describe(rows)
    settled = block.settled(rows)
    assert settled.columns == tuple(
        f"substrate is {s} [0/1]" for s in ("2", "10", "glass", "steel")
    )
    found = settled.describe(rows)
    assert set(found.failures) == {4}
    assert found.values.sum(axis=1).tolist() == [1, 1, 1, 1, 0, 1]
    assert settled.digest() != block.digest()


def test_mixtures_sum_to_one():
    block = Mixture(MixtureConfig(columns=("a", "b", "c"), total=100))
    rows = [
        {"a": 50.0, "b": 30.0, "c": 20.5},
        {"a": 50.0, "b": 30.0, "c": 10.0},
        {"a": 50.0, "b": 60.0, "c": -10.0},
        {"a": 50.0, "b": 50.0, "c": None},
    ]
    found = block.describe(rows)
    np.testing.assert_allclose(found.values[0], np.array([50, 30, 20.5]) / 100.5, rtol=1e-6)
    assert found.failures == {
        1: "a 50 + b 30 + c 10 = 90; expected a sum of 100 within 1",
        2: "column 'c' holds -10; expected a number of at least 0",
        3: "column 'c' is empty; expected a value",
    }
    loose = Mixture(MixtureConfig(columns=("a", "b", "c"), normalise=True))
    found = loose.describe([{"a": 1.0, "b": 1.0, "c": 2.0}, {"a": 0.0, "b": 0.0, "c": 0.0}])
    assert found.values[0].tolist() == [0.25, 0.25, 0.5]
    assert "expected a sum above 0" in found.failures[1]


shares = st.lists(st.floats(0.01, 1), min_size=3, max_size=5)


@given(first=shares, factor=st.floats(0.2, 5), data=st.data())
def test_log_ratios_keep_the_distance_of_compositions(first, factor, data):
    second = data.draw(st.lists(st.floats(0.01, 1), min_size=len(first), max_size=len(first)))
    x, y = (np.array(v) / sum(v) for v in (first, second))
    # Aitchison's distance, by its textbook formula over all pairs of components.
    d = len(x)
    pairs = [(i, j) for i in range(d) for j in range(i)]
    aitchison = math.sqrt(
        sum((math.log(x[i] / x[j]) - math.log(y[i] / y[j])) ** 2 for i, j in pairs) / d
    )
    a, b = log_ratios(x, 1e-6), log_ratios(y, 1e-6)
    assert len(a) == d - 1
    assert math.dist(a, b) == pytest.approx(aitchison, abs=1e-9)
    # Diluting one component moves its own coordinate only.
    z = x * np.array([factor] + [1.0] * (d - 1))
    np.testing.assert_allclose(log_ratios(z / z.sum(), 1e-6)[1:], a[1:], atol=1e-9)


def test_log_ratios_by_hand_and_of_absent_components():
    block = Mixture(MixtureConfig(columns=("a", "b", "c"), scale="log-ratio", floor=0.01))
    assert block.columns == ("log-ratio of a to b, c [1]", "log-ratio of b to c [1]")
    found = block.describe([{"a": 0.5, "b": 0.25, "c": 0.25}, {"a": 0.6, "b": 0.4, "c": 0.0}])
    np.testing.assert_allclose(found.values[0], [math.sqrt(2 / 3) * math.log(2), 0], atol=1e-6)
    kept = 0.99 * 0.4 / 0.01
    assert found.values[1, 1] == pytest.approx(math.sqrt(1 / 2) * math.log(kept), rel=1e-5)
    with pytest.raises(ValidationError, match="floor"):
        MixtureConfig(columns=tuple("abcdefghijkl"), floor=0.1)


FIELDS = {
    "temperature": (60.0, 80.0, 95.0, 70.0),
    "solvent": ("water", "dmf", "water", "thf"),
    "precursor": ("CuSO4", "Cu0.5Ni0.5Cl2", "nonsense", "FeCl3"),
    "target": (COPPER.to(fmt="poscar"), ROCK_SALT.to(fmt="cif"), COPPER.to(fmt="cif"), ""),
}


def recipes(**more):
    n = 4
    ids = tuple(f"c{i}" for i in range(n))
    return CandidatePool(Material.COLUMNS, ids, ("",) * n, ids, FIELDS | more)


SPACE = PoolSpace(material=Material.COLUMNS, file="pool.csv")


def bundle(*blocks):
    return BlockFeaturizer(BlockFeaturizer.Config.model_validate({"blocks": list(blocks)}))


def test_a_recipe_combines_numbers_categories_and_substances():
    featurizer = bundle(
        {"kind": "numbers", "columns": ["temperature"], "units": {"temperature": "degC"}},
        {"kind": "category", "column": "solvent"},
        {"kind": "bonding", "of": "target", "material": "crystal"},
    )
    matrix = featurizer.featurize(recipes(), SPACE)
    numbers, category, bonds = matrix.blocks
    assert numbers.values[:, 0].tolist() == [60, 80, 95, 70]
    assert category.columns == tuple(f"solvent is {s} [0/1]" for s in ("dmf", "thf", "water"))
    assert category.values.tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert bonds.name == "bonding of target"
    assert bonds.columns[0] == "mean coordination number [1] of target"
    assert bonds.values[:3, 0].tolist() == [12, 6, 12]
    assert set(matrix.failures) == {3}
    assert matrix.failures[3].startswith("bonding of target: the crystal is empty")


def test_levels_from_the_rows_are_part_of_the_digest():
    featurizer = bundle({"kind": "category", "column": "solvent"})
    one = featurizer.featurize(recipes(), SPACE)
    other = featurizer.featurize(recipes(solvent=("water", "dmf", "water", "hexane")), SPACE)
    assert one.blocks[0].columns != other.blocks[0].columns
    assert one.digest != other.digest
    assert featurizer.featurize(recipes(), SPACE).digest == one.digest


def test_a_check_names_misspelt_columns_and_bad_cells():
    wrong = bundle(
        {"kind": "numbers", "columns": ["temprature", "temperature"]},
        {"kind": "category", "column": "solvents"},
        {"kind": "bonding", "of": "traget", "material": "crystal"},
        {"kind": "bonding", "of": "target"},
        {"kind": "bonding"},
        {"kind": "bonding", "of": "precursor", "material": "composition"},
    )
    found = wrong.check(recipes(), SPACE)
    assert [(p.place, p.value) for p in found] == [
        ("featurizer.blocks[0] (numbers)", "temprature"),
        ("featurizer.blocks[1] (category)", "solvents"),
        ("featurizer.blocks[2].of", "traget"),
        ("featurizer.blocks[3].material", "nothing"),
        ("featurizer.blocks[4].kind", "bonding"),
        ("featurizer.blocks[5].kind", "bonding"),
    ]
    assert "('temperature'?)" in found[0].expected
    cells = bundle({"kind": "ordinal", "column": "solvent", "levels": ["water", "dmf"]})
    (problem,) = cells.check(recipes(), SPACE)
    assert problem.place == "candidate c3, order of solvent"
    assert "'thf'; expected one of: water, dmf" in problem.expected
    assert cells.check(recipes(), SPACE.model_copy(update={"on_invalid": "skip"})) == []
    assert set(cells.featurize(recipes(), SPACE).failures) == {3}


def test_a_reaction_is_described_by_its_numbers_its_base_and_its_ligand():
    """Substance-valued parameters: a column of SMILES goes through the blocks of molecules."""
    fields = {
        "temperature": (80.0, 100.0),
        "base": ("KOH", "Cs2CO3"),
        "ligand": ("c1ccc(P(c2ccccc2)c2ccccc2)cc1", "no ligand"),
    }
    pool = CandidatePool(Material.COLUMNS, ("a", "b"), ("", ""), ("a", "b"), fields)
    matrix = bundle(
        {"kind": "numbers", "columns": ["temperature"]},
        {"kind": "category", "column": "base"},
        {"kind": "morgan", "size": 256, "of": "ligand", "material": "molecule"},
        {"kind": "rdkit-2d", "descriptors": ["MolWt"], "of": "ligand", "material": "molecule"},
    ).featurize(pool, SPACE)
    numbers, base, counts, weight = matrix.blocks
    assert numbers.values[0].tolist() == [80.0]
    assert dict(zip(base.columns, base.values[0], strict=True))["base is KOH [0/1]"] == 1
    # Triphenylphosphine, C18H15P.
    assert weight.columns == ("MolWt [g/mol] of ligand",)
    assert weight.values[0, 0] == pytest.approx(262.29, abs=0.01)
    assert counts.kind == "counts"
    assert counts.values[0].sum() > 18
    assert set(matrix.failures) == {1}
    assert "no ligand" in matrix.failures[1]
