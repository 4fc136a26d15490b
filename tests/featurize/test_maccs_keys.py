"""MACCS keys by counting against RDKit's own, which matches every SMARTS."""

import itertools
import random

import numpy as np
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from loop.core.candidate import Material
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts
from loop.featurize.maccs_keys import counted_keys, counts_agree, maccs_keys
from loop.featurize.maccs_table import STARS
from loop.featurize.polymer_ring import read_unit, ring_of, smallest_unit

CORES = (
    "c1ccc({a})cc1{b}", "c1cc({a})ncc1{b}", "C1CC({a})CN(C1){b}", "O=C(N{a})c1ccc({b})cc1",
    "c1ccc2c(c1)nc({a})n2{b}", "O=S(=O)(N{a})c1ccc({b})s1", "O=C1CC({a})C(=O)N1{b}",
    "OC({a})C(O){b}", "C1C2CC({a})C1CC2{b}", "C1C({a})C1{b}", "C1OC2({a})CCC2N1{b}",
    "C1CCCC({a})CCN1{b}", "C1CC2({a})CCC3C(C2)CCC3{b}",
)  # fmt: skip
GROUPS = (
    "C", "CC", "CCO", "C(C)C", "CC(F)(F)F", "c1ccccc1", "CC#N", "C1CCCCC1", "C1CC1", "CC(=O)OC",
    "CCS(C)(=O)=O", "CN=NC",
)  # fmt: skip
ODD = [
    "[H][H]", "[2H]C([2H])([2H])O", "[13CH4]", "O=O", "[O-][O-]", "C", "[CH3]", "[CH2]C[CH2]",
    "[Na+].[Cl-]", "[Na+].OS(=O)(=O)[O-].O.O", "[K+].[O-]C(=O)C.CC(=O)O", "[Po+6]", "[U]", "[Rf]",
    "Cl[Pt](Cl)(N)N", "N->[Pt](<-N)(Cl)Cl", "CN(C)(C)->B(F)(F)F", "C[N+](C)(C)->O",
    "[Fe]123456789(C%10=C1C2=C3C4%10)C1=C5C6=C7C8=C91", "C~C", "C1CC~1", "C1CC->O1", "[Fe]1~C~C~1",
    "C1CC2CCC1C2", "C12C3C4C1C5C2C3C45", "C12C3C1C23", "C1C2CC12", "C1NC2CC1O2", "C1CC12CC2",
    "C1CC2CC1CC2", "C1CCCCCCCCCCCCC1", "C1CCCCCCCCCCCCCC1", "C1CCCCCCC1", "c1cc2ccc1CCc1ccc(cc1)CC2",
    "c1ccc2c(c1)ccc1ccccc12", "C1=CC=CC=CC=C1", "C1CN1", "C1CC1", "C1CO1", "CC1NC1", "OC1CC1CC",
    "c1c#cccc1-c1ccccc1", "F[Si](F)(F)F", "BrC(Cl)(F)I", "c1cc[se]c1", "S1SSSSSSS1", "P12P3P1P23",
    "OB(O)c1ccccc1", "C[Si](C)(C)O[Si](C)(C)C", "N#[N+][O-]", "[C-]#[O+]", "OO", "OOO", "NN", "NNN",
    "C" * 201 + "O", "CO" * 90, "c1ccccc1" * 30, "C1CC2CC3CC4CC5CC6CC1C1C2C3C4C5C61",
    "C1CC2(CC1)CCC1(CC2)CC1", "CC(C)(C)C(C)(C)C", "CC1CCC2CC1C2(C)C", "OCC1CC2CC1C=C2",
]  # fmt: skip
ALPHABET = (
    *"CNOSPFIBcnos123()=#-:[].", "Cl", "Br", "[nH]", "[O-]", "[N+]", "[2H]", "[CH2]", "[Fe]", "->",
    "<-", "~", "$", "[Si]", "[Se]", "[H]", "1", "2",
)  # fmt: skip
UNITS = [
    "*CC(*)c1ccccc1", "*C*", "*CC*", "*CO*", "*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(*)=O", "*N*",
    "*c1ccc(*)s1", "*CC1CCC(CC1)CC*", "*C1CC1*", "*S(=O)(=O)c1ccc(*)cc1", "*[Si](C)(C)O*",
    "*C=CC*", "*NC(=O)CCCCC(=O)NCCCCCC*", "*C(C#N)C*", "*OC(F)C(F)(F)*", "*C1C2CCC(C2)C1*",
]  # fmt: skip


def reference(molecules):
    fingerprints = [rdMolDescriptors.GetMACCSKeysFingerprint(m) for m in molecules]
    return np.array([[int(bit) for bit in f.ToBitString()] for f in fingerprints])


def drawn():
    return [c.format(a=a, b=b) for c, a, b in itertools.product(CORES, GROUPS, GROUPS)]


def mutated(seed, wanted):
    """SMILES with signs put in, changed and left out, those that RDKit can read."""
    draw = random.Random(seed)
    base, found = drawn()[::11] + ODD[:-8], {}
    with rdBase.BlockLogs():
        while len(found) < wanted:
            signs = list(draw.choice(base))
            for _ in range(draw.randint(1, 4)):
                place = draw.randrange(len(signs) + 1)
                signs[place : place + draw.randint(0, 1)] = draw.choices(
                    ALPHABET, k=draw.randint(0, 1)
                )
            molecule = Chem.MolFromSmiles("".join(signs))
            if molecule is not None and molecule.GetNumAtoms():
                found["".join(signs)] = molecule
                base.append("".join(signs))
    return list(found.values())


def assert_same(molecules):
    found, expected = maccs_keys(molecules), reference(molecules)
    for row, key in np.argwhere(found != expected)[:1]:
        pytest.fail(f"key {key} of {Chem.MolToSmiles(molecules[row])} is {found[row, key]}")


def read(texts):
    with rdBase.BlockLogs():
        return [m for m in map(Chem.MolFromSmiles, texts) if m is not None]


@pytest.mark.parametrize("add_hs", [False, True])
def test_keys_are_those_of_rdkit(add_hs):
    molecules = read([*drawn()[::3], *ODD])
    assert len(molecules) > 600
    if add_hs:
        molecules = [Chem.AddHs(molecule) for molecule in molecules[::2]]
    assert_same(molecules)


@pytest.mark.parametrize("seed", range(3))
def test_keys_of_mutated_molecules_are_those_of_rdkit(seed):
    assert_same(mutated(seed, 400))


def test_keys_do_not_depend_on_the_other_molecules():
    molecules = read(ODD)
    together = maccs_keys(molecules)
    alone = np.concatenate([maccs_keys([molecule]) for molecule in molecules])
    np.testing.assert_array_equal(alone, together)


def test_no_molecules_give_no_rows():
    assert maccs_keys([]).shape == (0, 167)


@pytest.mark.parametrize("add_hs", [False, True])
def test_keys_of_polymers_are_those_of_the_ring_of_units(add_hs):
    block = build_block(BlockSpec(kind="maccs", add_hs=add_hs))
    found = describe_texts([block], Material.POLYMER, UNITS)[0]
    assert not found.failures
    rings = [ring_of(smallest_unit(read_unit(text))[0]).molecule for text in UNITS]
    if add_hs:
        rings = [Chem.AddHs(ring) for ring in rings]
    np.testing.assert_array_equal(found.values, reference(rings)[:, 1:])


def test_ordinary_molecules_are_decided_by_counting():
    texts = [c.format(a=a, b=b) for c, a, b in itertools.product(CORES[:8], GROUPS, GROUPS)]
    undecided = counted_keys(read(texts))[1]
    assert undecided.mean() < 0.02


def test_other_keys_in_rdkit_are_noticed_and_taken_from_there(monkeypatch, caplog):
    molecules = read(drawn()[::50])
    monkeypatch.setitem(STARS, 38, ("C", (("~", "N", 3),)))
    counts_agree.cache_clear()
    try:
        assert_same(molecules)
        assert "defines MACCS keys 38 otherwise" in caplog.text
        assert (counted_keys(molecules)[0] != reference(molecules)).any()
    finally:
        counts_agree.cache_clear()
