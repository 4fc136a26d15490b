import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from loop.generate.smiles_tokens import join, tokenize
from loop.generate.spelling import Kekulised, plain
from tests.generate.examples import MOLECULES, POLYMERS

ALL = (*POLYMERS, *MOLECULES)


@given(st.sampled_from(ALL), st.integers(0, 200))
def test_a_spelling_comes_back_as_it_was(smiles, root):
    mol = Chem.MolFromSmiles(smiles)
    text = Kekulised.of(mol).spelled(root % mol.GetNumAtoms())
    assert join(tokenize(text)) == text
    written = join([plain(token) for token in tokenize(text)])
    assert Chem.CanonSmiles(written) == Chem.CanonSmiles(smiles)


@given(st.sampled_from(ALL), st.randoms(use_true_random=False))
def test_any_way_of_writing_joins_to_the_same_structure(smiles, rng):
    mol = Chem.MolFromSmiles(smiles)
    text = Chem.MolToRandomSmilesVect(mol, 1, rng.randrange(1, 10_000))[0]
    tokens = tokenize(text)
    assert Chem.CanonSmiles(join(tokens)) == Chem.CanonSmiles(smiles)
    assert tokenize(join(tokens)) == tokens


def test_rings_are_named_by_when_they_opened_and_not_by_number():
    assert tokenize("C1CC2CCC2C1") == tokenize("C%17CC5CCC5C%17")
    assert tokenize("C12CC1C2") == ["C", "&", "&", "C", "C", "R1", "C", "R0", "!"]
    assert tokenize("C1CC=1") == ["C", "&", "C", "C", "=R0", "!"]


def test_more_than_nine_open_rings_are_numbered_with_a_percent_sign():
    tokens = ["C"] + ["&"] * 11 + ["C"] + ["R0"] * 11
    assert "%10" in join(tokens) and "%11" in join(tokens)
    assert tokenize(join(tokens)) == [*tokens, "!"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C1CC", "ring"),
        ("CC(C", "branch"),
        ("CC)C", "sign 3"),
        ("CC=", "bond"),
        ("", "sign 1"),
        ("CXC", "sign 2"),
        ("C[N+", "sign 2"),
    ],
)
def test_what_is_no_smiles_is_refused_with_the_place(text, said):
    with pytest.raises(ValueError, match=said):
        tokenize(text)


def test_aromatic_atoms_are_small_and_bonds_alternate():
    spelled = Kekulised.of(Chem.MolFromSmiles("c1ccccc1[N+](=O)[O-]")).spelled(0)
    assert spelled.count("c") == 6 and spelled.count("C") == 0 and "[N+]" in spelled
    assert spelled.count("=") == 4
    pyrrole = Kekulised.of(Chem.MolFromSmiles("c1cc[nH]c1")).spelled(3)
    assert pyrrole[0] == "n" and "H" not in pyrrole


def test_brackets_keep_what_stands_in_them():
    salt = Kekulised.of(Chem.MolFromSmiles("C[n+]1ccccc1.[Cl-]"))
    spelled = salt.spelled(0)
    assert "[n+]" in spelled and "[Cl-]" in spelled
    written = join([plain(token) for token in tokenize(spelled)])
    assert Chem.CanonSmiles(written) == Chem.CanonSmiles("C[n+]1ccccc1.[Cl-]")
    assert plain("[se]") == "[Se]" and plain("=[n+]") == "=[N+]" and plain("[13c]") == "[13C]"
