"""Codes of token strings beside the canonical SMILES of RDKit."""

import numpy as np
from rdkit import Chem

from loop.generate.ngram import NgramConfig, NgramGenerator
from loop.generate.ngram_identity import Identities
from loop.generate.smiles_tokens import TokenTraits, tokenize
from loop.generate.spelling import Kekulised
from tests.generate.examples import MOLECULES, POLYMERS

# Refinement of neighbourhoods alone cannot tell those of one line apart.
ALIKE = (
    ("C1CCC2CCCCC2C1", "C1CCC(C1)C1CCCC1"),
    ("C1CC1.C1CC1", "C1CCCCC1"),
    ("C1=CC2=CC=CC=C2C=C1", "C1=CC=C(C=C1)C1=CC=CC=C1"),
    ("CCO", "C.CO"),
    ("CC=O", "CCO"),
    ("[13CH4]", "C"),
    ("C[N+](C)(C)C", "CC(C)(C)C"),
)


def codes(texts, more=()):
    words = [tokenize(text) for text in texts]
    vocabulary = sorted({token for word in (*words, more) for token in word})
    place = {token: i for i, token in enumerate(vocabulary)}
    lengths = np.array([len(word) for word in words])
    coded = np.zeros((len(words), lengths.max()), np.int32)
    for row, word in zip(coded, words, strict=True):
        row[: len(word)] = [place[token] for token in word]
    return Identities.of(vocabulary, TokenTraits.of(vocabulary)).codes(coded, lengths)


def spellings(smiles):
    kekulised = Kekulised.of(Chem.MolFromSmiles(smiles))
    return [kekulised.spelled(root) for root in range(kekulised.molecule.GetNumAtoms())]


def test_a_molecule_has_one_code_from_whatever_atom_it_is_spelled():
    for smiles in (*POLYMERS, *MOLECULES):
        found = set(codes(spellings(smiles)))
        marked = any(sign in smiles for sign in "@/\\")
        assert found == {b""} if marked else len(found) == 1 and found != {b""}, smiles


def test_branches_and_ring_bonds_may_be_written_in_any_order():
    for texts in (
        ("CC(O)N", "C(C)(N)O", "OC(N)C", "NC(O)C"),
        ("C=1CCCCC1", "C1CCCCC=1", "C1=CCCCC1", "C1CCC=CC1", "C=1CCCCC=1"),
        ("C%10CCCCC%10", "C1CCCCC1", "C1CC2.C2CC1", "C1CC2CCC1.[Na]2"),
    ):
        assert [len(set(codes([texts[0], text]))) for text in texts] == [
            1 if Chem.CanonSmiles(text) == Chem.CanonSmiles(texts[0]) else 2 for text in texts
        ]


def test_different_molecules_have_different_codes_even_if_their_neighbourhoods_are_alike():
    for pair in ALIKE:
        assert set(codes(spellings(pair[0]))).isdisjoint(codes(spellings(pair[1]), ["C"])), pair


def test_proposals_that_differ_have_codes_that_differ():
    taught = NgramGenerator(NgramConfig()).teach(POLYMERS)
    texts = [text for seed in range(2) for text in taught.propose(POLYMERS, 2000, seed).structures]
    kekule = [spellings(text)[seed % 3] for seed, text in enumerate(dict.fromkeys(texts))]
    assert len(set(codes(kekule))) == len(kekule) > 800


def test_codes_do_not_depend_on_the_vocabulary():
    texts = ["CC(O)N", "C1=CC=CC=C1Cl"]
    assert codes(texts) == codes(texts, ["B", "=[Ge]", "[Se]", "!", "R3"])
