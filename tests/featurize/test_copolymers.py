import numpy as np
import pytest

from loop.core.candidate import Material
from loop.core.copolymer import split_units
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts
from loop.featurize.polymers import parse_polymer

STYRENE, PROPYLENE = "*CC(*)c1ccccc1", "*CC(C)*"
MIX = f"{STYRENE}:0.25|{PROPYLENE}:0.75"
KINDS = ["morgan", "maccs", "rdkit-2d", "polymer-chain"]


def described(kind, texts):
    return describe_texts([build_block(BlockSpec(kind=kind))], Material.POLYMER, texts)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_copolymer_has_the_weighted_mean_of_its_units(kind):
    units = described(kind, [STYRENE, PROPYLENE]).values.astype(float)
    mixed = described(kind, [STYRENE, MIX, PROPYLENE]).values
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed[1], 0.25 * units[0] + 0.75 * units[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(mixed[[0, 2]], units, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_scale_of_the_weights_and_the_length_of_units_mean_nothing(kind):
    texts = [MIX, f"{PROPYLENE}:3|{STYRENE}:1", f"*CC(C)CC(C)*:1.5|{STYRENE}:1"]
    values = described(kind, texts).values
    np.testing.assert_allclose(values, np.repeat(values[:1], 3, axis=0), rtol=1e-6, atol=1e-6)


def test_counts_of_homopolymers_stay_uint8():
    assert described("morgan", [STYRENE, PROPYLENE]).values.dtype == np.uint8


def test_composition_of_a_copolymer_is_the_mean_of_its_units():
    forms = parse_polymer(MIX, frozenset({"composition"}))
    assert forms["composition"] == pytest.approx(
        {"C": 0.25 * 8 + 0.75 * 3, "H": 0.25 * 8 + 0.75 * 6}
    )


def test_a_unit_that_fails_fails_its_copolymer_and_no_other_row():
    texts = [STYRENE, f"{STYRENE}:1|*[Se]*:1", PROPYLENE, "*CC*:1|CCO:1", "*CC*|*CO*"]
    block = build_block(BlockSpec(kind="rdkit-2d", descriptors=["MolWt", "MaxPartialCharge"]))
    found = describe_texts([block], Material.POLYMER, texts)[0]
    assert set(found.failures) == {1, 3, 4}
    assert "MaxPartialCharge" in found.failures[1]
    assert "exactly two *" in found.failures[3]
    assert "positive weight" in found.failures[4]
    assert not found.values[[1, 3, 4]].any()
    assert found.values[2, 0] == pytest.approx(42.081, abs=1e-3)


def test_weights_are_normalised_and_atom_maps_are_no_weights():
    assert split_units("*CC*:1 | *CO*:3") == (("*CC*", 0.25), ("*CO*", 0.75))
    assert split_units("[*:1]CC[*:2]") == (("[*:1]CC[*:2]", 1.0),)
