import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.core.element_symbols import DESCRIBED, SYMBOLS
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.composition_statistics import positive_shifts
from loop.featurize.describe import describe_texts
from loop.featurize.elements.table import element_table
from loop.featurize.presets import CompositionDescriptors

ALL = ("mean", "sum", "variance", "max", "min", "geometric", "harmonic")
INTENSIVE = tuple(s for s in ALL if s != "sum")
compositions = st.dictionaries(
    st.sampled_from(SYMBOLS[:DESCRIBED]),
    st.floats(1e-3, 1e3, allow_nan=False),
    min_size=1,
    max_size=8,
)


def block(kind="element-statistics", **options):
    return build_block(BlockSpec.model_validate({"kind": kind, **options}))


def described(texts, **options):
    found = block(**options)
    return found, describe_texts([found], Material.COMPOSITION, texts)[0]


def row(text, **options):
    found, values = described([text], **options)
    assert not values.failures
    return dict(zip(found.columns, values.values[0].tolist(), strict=True))


def textbook(amounts, name, statistic):
    """One statistic of one property, in plain Python."""
    table = element_table()
    f = [table.value(symbol, name) for symbol in amounts]
    n = list(amounts.values())
    w = [amount / sum(n) for amount in n]
    mean = sum(wi * fi for wi, fi in zip(w, f, strict=True))
    c = float(positive_shifts(table.values)[table.columns((name,))[0]])
    match statistic:
        case "mean":
            return mean
        case "sum":
            return sum(ni * fi for ni, fi in zip(n, f, strict=True))
        case "variance":
            return sum(wi * (fi - mean) ** 2 for wi, fi in zip(w, f, strict=True))
        case "max":
            return max(f)
        case "min":
            return min(f)
        case "geometric":
            return math.prod((fi + c) ** wi for wi, fi in zip(w, f, strict=True)) - c
        case "harmonic":
            return 1 / sum(wi / (fi + c) for wi, fi in zip(w, f, strict=True)) - c


def test_all_seven_statistics_of_iron_oxide_by_hand():
    found = row("Fe2O3", statistics=ALL, properties=["atomic_number"])
    assert found == pytest.approx(
        {
            "mean atomic_number": 0.4 * 26 + 0.6 * 8,
            "sum atomic_number": 2 * 26 + 3 * 8,
            "variance atomic_number": 0.4 * 0.6 * 18**2,
            "max atomic_number": 26,
            "min atomic_number": 8,
            "geometric mean atomic_number": 26**0.4 * 8**0.6,
            "harmonic mean atomic_number": 1 / (0.4 / 26 + 0.6 / 8),
        },
        rel=1e-6,
    )


def test_columns_name_statistic_property_and_unit():
    found = row("NaCl", statistics=ALL, properties=["en_pauling", "density", "specific_heat"])
    assert found["mean en_pauling"] == pytest.approx((0.93 + 3.16) / 2, rel=1e-6)
    assert found["max en_pauling"] == pytest.approx(3.16, rel=1e-6)
    assert {"mean density [g/cm^3]", "variance specific_heat [(J/g/K)^2]"} <= set(found)


@given(compositions, st.sampled_from(ALL), st.sampled_from(element_table().names))
@settings(max_examples=200, deadline=None)
def test_statistics_are_the_textbook_formulas(amounts, statistic, name):
    found = block(statistics=[statistic], properties=[name]).describe([amounts]).values[0, 0]
    expected = textbook(amounts, name, statistic)
    scale = max(abs(element_table().value(symbol, name)) for symbol in amounts)
    power = 2 if statistic == "variance" else 1
    assert found == pytest.approx(expected, rel=2e-6, abs=1e-6 * scale**power + 1e-9)


@given(compositions, st.floats(1e-2, 1e2), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_all_but_the_sum_ignore_the_scale_and_all_ignore_the_order(amounts, factor, random):
    intensive = block(statistics=INTENSIVE)
    scaled = {symbol: factor * amount for symbol, amount in amounts.items()}
    items = list(amounts.items())
    random.shuffle(items)
    values = intensive.describe([amounts, scaled, dict(items)]).values
    spread = np.abs(values).max(axis=0)
    assert (np.abs(values[1:] - values[0]) <= 1e-5 * spread + 1e-5).all()
    sums = block(statistics=["sum"]).describe([amounts, scaled, dict(items)]).values.astype(float)
    np.testing.assert_allclose(sums[1], factor * sums[0], rtol=1e-5, atol=1e-3 * factor)
    np.testing.assert_allclose(sums[2], sums[0], rtol=1e-5, atol=1e-3)


@given(compositions)
@settings(max_examples=100, deadline=None)
def test_means_lie_between_the_smallest_and_the_largest_value(amounts):
    found = block(statistics=["min", "harmonic", "geometric", "mean", "max"])
    low, harmonic, geometric, mean, high = found.describe([amounts]).values.reshape(5, -1)
    slack = 1e-5 * (1 + np.abs([low, high]).max(axis=0))
    for smaller, larger in [
        (low, harmonic),
        (harmonic, geometric),
        (geometric, mean),
        (mean, high),
    ]:
        assert (smaller <= larger + slack).all()


# --- what XenonPy 0.6.7 gets wrong, and we must not --------------------------------------------


def test_fractional_stoichiometry_is_not_truncated():
    found = row("Fe0.5O1.5", kind="element-fractions", amounts="as-written")
    assert (found["amount Fe"], found["amount O"]) == (0.5, 1.5)
    found = row("Fe0.5O1.5", kind="element-fractions")
    assert (found["fraction Fe"], found["fraction O"]) == (0.25, 0.75)
    assert sum(found.values()) == pytest.approx(1.0)
    _, values = described(["Fe0.5O1.5", "FeO3"], statistics=INTENSIVE)
    np.testing.assert_allclose(values.values[0], values.values[1], rtol=1e-6)


def test_geometric_and_harmonic_mean_survive_zeros_and_negative_values():
    table = element_table()
    assert table.value("N", "electron_affinity") < 0
    assert table.value("Fe", "f_valence") == 0
    names = ["electron_affinity", "f_valence"]
    found = row("CeN2", statistics=["geometric", "harmonic"], properties=names)
    shifts = positive_shifts(table.values)[table.columns(tuple(names))]
    assert (shifts > 0).all()
    for name, shift in zip(names, shifts, strict=True):
        ce, n = (table.value(symbol, name) + shift for symbol in ("Ce", "N"))
        unit = " [eV]" if name == "electron_affinity" else ""
        geometric = found[f"geometric mean {name} (shift {shift:g}){unit}"]
        harmonic = found[f"harmonic mean {name} (shift {shift:g}){unit}"]
        assert geometric == pytest.approx((ce * n * n) ** (1 / 3) - shift, rel=1e-5)
        assert harmonic == pytest.approx(3 / (1 / ce + 2 / n) - shift, rel=1e-5)
    pure = block(statistics=["geometric", "harmonic", "mean"])
    values = pure.describe([{symbol: 2.0} for symbol in SYMBOLS[:DESCRIBED]]).values
    assert np.isfinite(values).all()
    geometric, harmonic, mean = np.split(values, 3, axis=1)
    np.testing.assert_allclose(geometric, mean, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(harmonic, mean, rtol=1e-5, atol=1e-5)


def test_elements_of_amount_zero_do_not_enter_max_and_min():
    found = block(statistics=ALL)
    with_zero = found.describe([{"Al": 0.7, "Cu": 0.3, "Os": 0.0}]).values
    np.testing.assert_array_equal(with_zero, found.describe([{"Al": 0.7, "Cu": 0.3}]).values)
    _, texts = described(["Al0.7Cu0.3Os0", "Al0.7Cu0.3"], statistics=ALL)
    np.testing.assert_array_equal(texts.values[0], texts.values[1])


def test_the_element_table_needs_no_download_and_has_units(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("a descriptor reached for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    element_table.cache_clear()
    assert len(row("Fe2O3", statistics=["mean"])) == len(element_table().properties)
    assert all(p.unit for p in element_table().properties)


def test_an_unknown_element_fails_its_row_by_name_and_no_other():
    for kind in ("element-statistics", "element-fractions", "element-kernel-mean"):
        _, values = described(["Fe2O3", "Xx2O", "Rf2O3", "MgO"], kind=kind)
        assert set(values.failures) == {1, 2}
        assert "Xx" in values.failures[1]
        assert "'Xx2O'" in values.failures[1]
        assert "Rf" in values.failures[2]
        assert values.values[[0, 3]].any(axis=1).all()
        assert not values.values[[1, 2]].any()


# --- shapes, settings, the preset ---------------------------------------------------------------


def test_batches_without_a_usable_row_and_empty_batches():
    for kind in ("element-statistics", "element-fractions", "element-kernel-mean"):
        found = block(kind)
        assert found.describe([]).values.shape == (0, len(found.columns))
        failed = found.describe([{"Og": 1.0}, {}])
        assert set(failed.failures) == {0, 1}
        assert failed.values.shape == (2, len(found.columns))
        assert len(set(found.columns)) == len(found.columns)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"statistics": ["mean", "mean"]}, "each once"),
        ({"statistics": []}, "at least one"),
        ({"statistics": ["median"]}, "'mean', 'sum'"),
        ({"properties": ["colour"]}, "'colour' is none of"),
        ({"properties": []}, "at least one"),
        ({"colour": 1}, "Extra inputs"),
    ],
)
def test_settings_are_checked(options, said):
    cls = type(block())
    with pytest.raises(ValidationError, match=said):
        cls.Config.model_validate(options)


def test_digests_tell_settings_apart_and_nothing_else():
    assert block().digest() == block().digest()
    variants = [
        block(),
        block(statistics=["mean"]),
        block(properties=["density"]),
        block("element-fractions"),
        block("element-fractions", amounts="as-written"),
        block("element-kernel-mean"),
        block("element-kernel-mean", width=2.0),
    ]
    assert len({variant.digest() for variant in variants}) == len(variants)


def test_the_preset_describes_a_pool_by_the_intensive_statistics_and_keeps_failed_rows():
    texts = ("Fe2O3", "no formula", "Fe4O6", "Na0.5Cl0.5")
    pool = CandidatePool(Material.COMPOSITION, tuple("abcd"), texts, texts)
    space = PoolSpace(material=Material.COMPOSITION, file="pool.csv")
    featurizer = CompositionDescriptors(CompositionDescriptors.Config())
    matrix = featurizer.featurize(pool, space)
    assert set(matrix.failures) == {1}
    assert "'no formula'" in matrix.failures[1]
    values = matrix.blocks[0].values
    np.testing.assert_allclose(values[0], values[2], rtol=1e-6)
    column = matrix.blocks[0].columns.index("mean atomic_number")
    assert values[3, column] == pytest.approx(14.0)


@pytest.mark.shared_data
def test_every_formula_of_the_shared_tables_is_described():
    import csv
    import gzip

    folder = Path(__file__).parents[2].parent / "shared/data/inorganic"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    names = ("matbench_expt_gap", "estm_300k", "polyverse_vickers_hardness", "matbench_phonons")
    for name in names:
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            texts = [r.get("composition") or r["formula"] for r in csv.DictReader(file)]
        _, values = described(texts, statistics=ALL)
        assert not values.failures
        assert np.isfinite(values.values).all()
