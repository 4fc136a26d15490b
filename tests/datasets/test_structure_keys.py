"""Keys by which leaks are found."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from loop.core.candidate import Material
from loop.datasets.structure_keys import (
    composition_key,
    molecule_key,
    polymer_key,
    structure_key,
)
from loop.space import chemistry

MOLECULES = [
    "C/C=C/c1ccccc1", "C[C@H](N)C(=O)O", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", "CC(C)=O",
    "c1ccc2c(c1)[nH]c1ccccc12", "O=[N+]([O-])c1ccccc1", "C1CC2CCC1C2", "FC(F)(F)S(=O)(=O)C=C",
]  # fmt: skip
UNITS = [
    "*CC*", "*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC", "*c1ccc(*)s1", "*Oc1ccc(C(C)(C)c2ccc(*)cc2)cc1",
    "*C(=O)c1ccc(C(=O)OCCO*)cc1", "*[Si](C)(C)O*", "*C/C=C/C*", "*N=P(*)(Cl)Cl", "*OCCCCO*",
    "*Nc1ccc(*)cc1", "*NCCCCCC(*)=O",
]  # fmt: skip


@given(smiles=st.sampled_from(MOLECULES), seed=st.integers(0, 10_000))
def test_a_molecule_has_one_key_however_it_is_written(smiles, seed):
    mol = Chem.MolFromSmiles(smiles)
    other = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    key = molecule_key(smiles)
    assert molecule_key(other) == key
    assert molecule_key(key) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C/C=C/C", "C/C=C\\C"),
        ("C/C=C/C", "CC=CC"),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
        ("C[C@H]1CC[C@@H](C)CC1", "CC1CCC(C)CC1"),
    ],
)
def test_stereoisomers_share_a_key(one, other):
    assert molecule_key(one) == molecule_key(other) is not None


def test_constitutional_isomers_do_not_share_a_key():
    assert molecule_key("CCCO") != molecule_key("CC(C)O")


@pytest.mark.parametrize(
    "smiles",
    [
        "", "not a smiles", "CC(=O)[O-].[Na+]", "C[NH3+]", "[CH3]", "[2H]C([2H])([2H])O", "O",
        "C[Hg]C", "CC.CC", "C[Sn](C)(C)C", "C" * 121,
    ],
)  # fmt: skip
def test_what_is_not_one_neutral_organic_molecule_has_no_key(smiles):
    assert molecule_key(smiles) is None


def _cuts(unit: str) -> list[str]:
    """Every way of writing the chain of `unit` with another single, non-ring backbone bond cut."""
    mol = Chem.MolFromSmiles(unit)
    stars = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0]
    ends = [mol.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in stars]
    path = Chem.GetShortestPath(mol, *ends) if ends[0] != ends[1] else ()
    written = [unit]
    for first, second in itertools.pairwise(path):
        bond = mol.GetBondBetweenAtoms(first, second)
        if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
            continue
        cut = Chem.RWMol(mol)
        cut.RemoveBond(first, second)
        cut.AddBond(ends[0], ends[1], Chem.BondType.SINGLE)
        for atom, star in ((first, stars[0]), (second, stars[1])):
            cut.RemoveBond(star, mol.GetAtomWithIdx(star).GetNeighbors()[0].GetIdx())
            cut.AddBond(atom, star, Chem.BondType.SINGLE)
        written.append(Chem.MolToSmiles(cut))
    return written


@pytest.mark.parametrize("unit", [u for u in UNITS if len(Chem.MolFromSmiles(u).GetAtoms()) > 4])
def test_every_cut_of_a_chain_has_the_same_key(unit):
    assert len({polymer_key(cut) for cut in _cuts(unit)}) == 1


def test_the_cuts_of_a_polyester_are_many():
    assert len(set(_cuts("*C(=O)c1ccc(C(=O)OCCO*)cc1"))) == 5


@given(unit=st.sampled_from(UNITS), seed=st.integers(0, 10_000))
def test_a_repeat_unit_has_one_key_in_both_directions(unit, seed):
    mol = Chem.MolFromSmiles(unit)
    assert polymer_key(Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]) == polymer_key(unit)


def test_keys_tell_the_same_polymers_apart_as_the_keys_of_a_pool():
    flat = [Chem.MolToSmiles(Chem.MolFromSmiles(u), isomericSmiles=False) for u in UNITS]
    assert len({polymer_key(u) for u in flat}) == len({chemistry.polymer_key(u) for u in flat})
    assert polymer_key("*CCO*") == polymer_key("*COC*")
    assert chemistry.polymer_key("*CCO*") == chemistry.polymer_key("*COC*")


@pytest.mark.parametrize("unit", ["", "**", "*C", "*CC(*)C*", "*=CC*", "C", "*1CC*1"])
def test_what_is_no_repeat_unit_has_no_key(unit):
    assert polymer_key(unit) is None


def test_a_large_symmetric_unit_is_no_burden():
    unit = (
        "*c1ccc(Oc2ccc(C3(c4ccc(Oc5ccc(N6C(=O)c7ccc(Oc8ccc(C9(c%10ccc(Oc%11ccc%12c(c%11)C(=O)N(*)"
        "C%12=O)cc%10)CCCCCCCCCCC9)cc8)cc7C6=O)cc5)cc4)C4CC5CC(C4)CC3C5)cc2)cc1"
    )
    assert polymer_key(unit) is not None


@pytest.mark.parametrize("formula", ["Bi4Te6", "Bi0.4Te0.6", "Bi2Te3", "NaN", "Ar", "ClNa"])
def test_compositions_have_the_key_of_a_pool(formula):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = chemistry.composition_key(formula)
    assert composition_key(formula) == expected


def test_what_is_no_formula_has_no_key():
    assert composition_key("Xq2O3") is None
    assert composition_key("") is None


def test_the_material_decides_the_key():
    assert structure_key(Material.MOLECULE, "OCC") == "CCO"
    assert structure_key(Material.POLYMER, "*OCC*") == polymer_key("*CCO*")
    assert structure_key(Material.COMPOSITION, "O3Fe2") == "Fe2O3"
    assert structure_key(Material.COLUMNS, "anything") == "anything"
