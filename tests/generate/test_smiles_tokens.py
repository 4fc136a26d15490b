import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from loop.generate.ngram_lettering import Lettering
from loop.generate.smiles_tokens import TokenTraits, tokenize
from loop.generate.spelling import Kekulised, plain
from tests.generate.examples import MOLECULES, POLYMERS

ALL = (*POLYMERS, *MOLECULES)


def join(*words):
    vocabulary = sorted({token for word in words for token in word})
    coded = np.zeros((len(words), max(map(len, words))), np.int32)
    for row, word in zip(coded, words, strict=True):
        row[: len(word)] = [vocabulary.index(token) for token in word]
    lettering = Lettering.of(vocabulary, TokenTraits.of(vocabulary))
    lengths = np.array(list(map(len, words)))
    return lettering.texts(coded, lengths), lettering.aromatic(coded, lengths).tolist()


@given(st.sampled_from(ALL), st.integers(0, 200))
def test_a_spelling_comes_back_as_it_was(smiles, root):
    mol = Chem.MolFromSmiles(smiles)
    text = Kekulised.of(mol).spelled(root % mol.GetNumAtoms())
    (written,), (aromatic,) = join(tokenize(text))
    assert tokenize(written) == [plain(token) for token in tokenize(text)]
    assert aromatic == sum(atom.GetIsAromatic() for atom in mol.GetAtoms())
    assert Chem.CanonSmiles(written) == Chem.CanonSmiles(smiles)


@given(st.sampled_from(ALL), st.randoms(use_true_random=False))
def test_any_way_of_writing_joins_to_the_same_structure(smiles, rng):
    mol = Chem.MolFromSmiles(smiles)
    seeds = rng.randrange(1, 10_000), rng.randrange(1, 10_000)
    texts = [Chem.MolToRandomSmilesVect(mol, 1, seed, kekuleSmiles=True)[0] for seed in seeds]
    words = [tokenize(text) for text in texts]
    written, aromatic = join(*words)
    assert aromatic == [0, 0]
    assert [tokenize(text) for text in written] == words
    assert {Chem.CanonSmiles(text) for text in written} == {Chem.CanonSmiles(smiles)}


def test_rings_are_named_by_when_they_opened_and_not_by_number():
    assert tokenize("C1CC2CCC2C1") == tokenize("C%17CC5CCC5C%17")
    assert tokenize("C12CC1C2") == ["C", "&", "&", "C", "C", "R1", "C", "R0", "!"]
    assert tokenize("C1CC=1") == ["C", "&", "C", "C", "=R0", "!"]


def test_more_than_nine_open_rings_are_numbered_with_a_percent_sign():
    tokens = ["C"] + ["&"] * 11 + ["C"] + ["R0"] * 11
    (written,), _ = join(tokens)
    assert "%10" in written and "%11" in written
    assert tokenize(written) == [*tokens, "!"]


def test_a_ring_number_is_taken_again_as_soon_as_it_is_free():
    assert join(["C", "&", "&", "C", "R1", "&", "C", "R0", "R0", "!"])[0] == ["C12C11C12"]


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
    (written,), _ = join(tokenize(spelled))
    assert Chem.CanonSmiles(written) == Chem.CanonSmiles("C[n+]1ccccc1.[Cl-]")
    assert plain("[se]") == "[Se]" and plain("=[n+]") == "=[N+]" and plain("[13c]") == "[13C]"
