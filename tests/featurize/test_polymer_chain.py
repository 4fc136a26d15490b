import random

import numpy as np
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors

from loop.core.candidate import Material
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts
from loop.featurize.polymer_chain import COLUMNS
from loop.featurize.polymer_ring import read_unit, ring_of, smallest_unit
from loop.featurize.polymers import parse_polymer
from tests.space.recut import recut

POLYMERS = [
    "*CC(*)c1ccccc1",
    "*CC(C)(*)C(=O)OC",
    "*NCCCCCC(=O)*",
    "*Oc1ccc(cc1)C(C)(C)c1ccc(*)cc1",
    "*C1(*)c2ccccc2-c2ccccc21",
    "*c1ccc2cc(*)ccc2c1",
    "*OC(=O)c1cccc(c1)C(=O)OCC*",
    "*C=C*",
    "*[Si](C)(C)O*",
]


def described(texts, kind="polymer-chain"):
    return describe_texts([build_block(BlockSpec(kind=kind))], Material.POLYMER, texts)[0]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (
            "*CC(*)c1ccccc1",
            {
                "unit mass [g/mol]": 104.152,
                "main-chain length [atoms]": 2,
                "main-chain atoms": 2,
                "side-chain atoms": 6,
                "side-chain share of atoms": 0.75,
                "side chains": 1,
                "longest side chain [atoms]": 4,
                "rotatable main-chain bonds": 2,
                "ring share of main chain": 0,
                "mass per main-chain length [g/mol]": 52.076,
                "side-chain atoms per 100 g/mol": 600 / 104.152,
            },
        ),
        (
            "*CC(C)(*)C(=O)OC",
            {
                "main-chain atoms": 2,
                "side chains": 2,
                "side chains per main-chain length": 1,
                "longest side chain [atoms]": 3,
                "side-chain branch points": 1,
                "heteroatom share of side chains": 2 / 5,
                "heteroatom share of main chain": 0,
            },
        ),
        (
            "*NCCCCCC(=O)*",
            {
                "main-chain length [atoms]": 7,
                "side-chain atoms": 1,
                "rotatable main-chain bonds": 6,
                "rotatable bonds per main-chain length": 6 / 7,
                "heteroatom share of main chain": 1 / 7,
                "heteroatom share of side chains": 1,
            },
        ),
        (
            "*Oc1ccc(cc1)C(C)(C)c1ccc(*)cc1",
            {
                "main-chain length [atoms]": 10,
                "main-chain atoms": 14,
                "side chains": 2,
                "rotatable main-chain bonds": 4,
                "aromatic share of main chain": 12 / 14,
            },
        ),
        (
            # A cardo ring is a side group: the chain runs through one atom of it.
            "*C1(*)c2ccccc2-c2ccccc21",
            {"main-chain atoms": 1, "side-chain atoms": 12, "side chains": 1, "ring share of main chain": 0},
        ),
        (
            "*c1ccc2cc(*)ccc2c1",
            {"main-chain length [atoms]": 6, "main-chain atoms": 10, "side-chain atoms": 0},
        ),
        ("*C#C*", {"rotatable main-chain bonds": 0, "unit mass [g/mol]": 24.022}),
        ("*CCCC*", {"unit mass [g/mol]": 14.027, "main-chain atoms": 1, "side chains": 0}),
    ],
)  # fmt: skip
def test_chain_numbers_by_hand(unit, expected):
    row = dict(zip(COLUMNS, described([unit]).values[0].tolist(), strict=True))
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["polymer-chain", "rdkit-2d", "morgan"])
def test_numbers_do_not_depend_on_cut_direction_or_number_of_units(kind):
    rng = random.Random(5)
    for unit in POLYMERS:
        with rdBase.BlockLogs():
            others = [recut(unit, rng) for _ in range(4)]
        found = described([unit, *others], kind)
        assert not found.failures
        for other in found.values[1:]:
            np.testing.assert_allclose(other, found.values[0], rtol=1e-4, atol=1e-4, err_msg=unit)


@pytest.mark.parametrize(
    ("text", "unit", "periods"),
    [
        ("*CCCC*", "*C*", 4),
        ("*OCCOCC*", "*CCO*", 2),
        ("*c1ccc(-c2ccc(*)cc2)cc1", "*c1ccc(*)cc1", 2),
        ("*CC(C)C(C)C*", "*CC(C)C(C)C*", 1),
        ("*C=CC=C*", "*C=C*", 2),
        ("*NCC(=O)NC(=O)C*", "*CC(=O)NCC(=O)N*", 1),
    ],
)
def test_smallest_unit(text, unit, periods):
    found, count = smallest_unit(read_unit(text))
    assert count == periods
    assert found.GetNumAtoms() == Chem.MolFromSmiles(unit).GetNumAtoms()
    if periods > 1:
        assert Chem.MolToSmiles(found) == Chem.CanonSmiles(unit)


def test_artificial_ring_is_no_ring_and_survives_all_descriptors():
    ring = ring_of(read_unit("*CC(*)c1ccccc1"))
    for _, function in Descriptors.descList:
        if "Ipc" not in function.__name__:
            function(ring.molecule)
    assert ring.molecule.GetRingInfo().NumRings() == ring.copies
    assert Descriptors.NumRotatableBonds(ring.molecule) == 3 * ring.copies


def test_composition_of_a_polymer_is_per_unit():
    forms = parse_polymer("*NCCCCCC(=O)*", frozenset({"composition"}))
    assert forms["composition"] == {"C": 6, "H": 11, "N": 1, "O": 1}


@pytest.mark.parametrize("text", ["CCO", "*CC", "*C(*)C*", "**", "*=CC*", "no unit", "*CC(*)(*)C"])
def test_what_is_no_repeat_unit_fails(text):
    found = described(["*CC*", text])
    assert set(found.failures) == {1}
    assert "*" in found.failures[1] or text in found.failures[1]
