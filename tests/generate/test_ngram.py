import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from loop.errors import ModelError
from loop.generate.archive import Target, flat
from loop.generate.ngram import NgramConfig, NgramGenerator
from loop.generate.ngram_drawing import Edits
from loop.generate.ngram_model import SmilesModel
from loop.generate.ngram_scoring import Smoothing
from loop.generate.ngram_taught import TaughtNgram, canonical_spelling
from loop.generate.search import Search
from loop.generate.search_state import SearchConfig
from loop.generate.smiles_tokens import tokenize
from loop.generate.spelling import UnfitStructureError, read
from tests.generate.examples import MOLECULES, POLYMERS
from tests.generate.reference_ngram import Reading, ReferenceNgram

CANON = {Chem.CanonSmiles(smiles) for smiles in POLYMERS}


@pytest.fixture(scope="module")
def polymers():
    return NgramGenerator(NgramConfig()).teach(POLYMERS)


@pytest.fixture(scope="module")
def molecules():
    return NgramGenerator(NgramConfig()).teach(MOLECULES)


def two_ended(smiles):
    mol = Chem.MolFromSmiles(smiles)
    stars = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    return len(stars) == 2 and all(
        star.GetDegree() == 1 and star.GetBonds()[0].GetBondTypeAsDouble() == 1 for star in stars
    )


def accounted(offspring, size):
    assert offspring.tried == size
    assert len(offspring.structures) + sum(offspring.failures.values()) == size
    assert offspring.parents.shape == (len(offspring.structures),)


def test_polymers_come_out_new_canonical_and_with_two_ends(polymers):
    made = polymers.propose(POLYMERS, 1000, seed=1)
    accounted(made, 1000)
    assert len(made.structures) >= 980
    for child, parent in zip(made.structures, made.parents, strict=True):
        assert two_ended(child) and Chem.CanonSmiles(child) == child
        assert child != Chem.CanonSmiles(POLYMERS[parent])
    assert len(set(made.structures) - CANON) >= 300


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**63 - 1), st.lists(st.sampled_from(POLYMERS), min_size=1, max_size=4))
def test_two_ends_for_every_seed_and_the_same_seed_gives_the_same(polymers, seed, parents):
    made = polymers.propose(parents, 20, seed)
    assert all(map(two_ended, made.structures))
    again = polymers.propose(parents, 20, seed)
    assert again.structures == made.structures and again.retries == made.retries
    assert np.array_equal(again.parents, made.parents) and again.failures == made.failures


def test_teaching_again_gives_the_same_proposals_and_another_seed_others(molecules):
    again = NgramGenerator(NgramConfig()).teach(MOLECULES)
    first = molecules.propose(MOLECULES, 100, 3).structures
    assert again.propose(MOLECULES, 100, 3).structures == first
    assert molecules.propose(MOLECULES, 100, 4).structures != first


@pytest.mark.parametrize("inner_share", [0.0, 1.0])
def test_ends_and_middles_are_rewritten(molecules, inner_share):
    taught = TaughtNgram(molecules.model, 0, Edits(2, 6, 3, inner_share))
    made = taught.propose(["CC(=O)Oc1ccccc1C(=O)O"], 300, 5)
    accounted(made, 300)
    assert len(made.structures) >= 290 and len(set(made.structures)) >= 20
    assert all(Chem.MolFromSmiles(child).GetNumAtoms() > 0 for child in made.structures)


def test_a_short_cut_in_the_middle_keeps_most_of_the_parent(molecules):
    taught = TaughtNgram(molecules.model, 0, Edits(2, 6, 1, 1.0))
    parent = Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1")
    made = taught.propose(["CC(=O)Nc1ccc(O)cc1"], 100, 0)
    ring = Chem.MolFromSmarts("*1~*~*~*~*~*~1")
    kept = [Chem.MolFromSmiles(child).HasSubstructMatch(ring) for child in made.structures]
    assert parent.HasSubstructMatch(ring) and np.mean(kept) > 0.5


def exact(smiles, order, interpolation, longest):
    """Every string of up to `longest` atoms with its probability, by walking the reference."""
    reference, found, open_words = ReferenceNgram(smiles, order), {}, [((), 0.0)]
    while open_words:
        word, score = open_words.pop()
        reading = Reading()
        for token in word:
            reading.push(token)
        for token in sorted(reference.vocabulary):
            p = reference.conditional(reading, token, order, interpolation, 1.0, 0.0)
            if p > 0 and token == "!":
                found["".join(word)] = math.exp(score) * p
            elif p > 0 and len(word) < longest:
                open_words.append(((*word, token), score + math.log(p)))
    return found


@pytest.mark.parametrize("interpolation", [0.0, 0.3])
def test_strings_are_drawn_as_often_as_the_counts_say(interpolation):
    # Every atom ends with no, one and two bonds, so that the grammar forbids nothing.
    taught_with = ["CCO", "CO", "COC", "CC", "CCCC", "C", "OCC", "O"]
    model = SmilesModel.fit(taught_with, 2)
    expected = Counter()
    for text, p in exact(taught_with, 2, interpolation, 12).items():
        expected[Chem.CanonSmiles(text)] += p
    assert 0.97 < sum(expected.values()) <= 1 + 1e-9
    taught = TaughtNgram(model, 0, Edits(2, 2, 60, 0.0, 1, interpolation))
    made = taught.propose([], 8000, 11)
    assert set(made.parents) == {-1}
    drawn = Counter(made.structures)
    for structure, p in expected.items():
        if p > 0.01:
            sigma = math.sqrt(8000 * p * (1 - p))
            assert abs(drawn[structure] - 8000 * p) < 4.5 * sigma, structure


def test_no_atom_is_bonded_in_a_way_that_no_example_is(molecules):
    seen = {
        (atom.GetSymbol(), atom.GetFormalCharge(), atom.GetTotalValence())
        for smiles in MOLECULES
        for atom in Chem.MolFromSmiles(smiles).GetAtoms()
    }
    for child in molecules.propose(MOLECULES, 500, 8).structures:
        for atom in Chem.MolFromSmiles(child).GetAtoms():
            assert atom.GetNumRadicalElectrons() == 0, child
            found = atom.GetSymbol(), atom.GetFormalCharge(), atom.GetTotalValence()
            # Hydrogens fill up: sulphur of the sulphide also becomes a thiol, never a new valence.
            assert found in seen, (child, found)


def test_parents_with_more_open_rings_than_taught_go_on_and_one_warning_says_so():
    taught = NgramGenerator(NgramConfig()).teach(["C1CCCCC1", "CCO", "CCN", "C1CCOC1"])
    made = taught.propose(["c1ccc2cc3cc4ccccc4cc3cc2c1"], 50, 0)
    accounted(made, 50)
    assert made.structures
    (said,) = made.warnings
    assert "more rings open at once than the examples" in said and "1 at most" in said
    # Two rings at once, three, or beside an unfit parent: the same words, told once by a search.
    others = ["c1ccc2ccccc2c1", "c1ccc2cc3ccccc3cc2c1", "no smiles"]
    assert taught.propose(others, 30, 1).warnings == (said,)
    assert taught.propose(["C1CCCCC1", "CCO"], 30, 1).warnings == ()
    search = Search(taught, Target(flat), SearchConfig(size=10, proposals=200), 0)
    assert search.run(["c1ccc2cc3cc4ccccc4cc3cc2c1", *others[:2]]).standing.warnings == (said,)


def test_atoms_that_no_example_has_are_kept_where_they_are_not_cut_out(molecules):
    made = molecules.propose(["C[Se]CCCCCCO"], 200, 0)
    accounted(made, 200)
    kept = [child for child in made.structures if "[Se]" in child]
    assert 20 < len(kept) < 200


def test_parents_that_are_none_cost_their_attempts_and_say_why(polymers):
    made = polymers.propose(["*CC*", "no smiles", "CCO"], 30, 0)
    accounted(made, 30)
    assert made.failures["the parent cannot be used: no SMILES that RDKit reads"] == 10
    assert made.failures["the parent cannot be used: 0 * instead of 2"] == 10
    assert set(made.parents) == {0}


def test_nothing_asked_gives_nothing(polymers):
    accounted(polymers.propose(POLYMERS, 0, 1), 0)


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ([], "no examples"),
        (["*CC*", "*CO*", "CCO"], "1 are odd\n.*entry 3: got 'CCO'; expected a repeat unit"),
        (["CCO", "CCN", "*CC*"], "entry 3: got '\\*CC\\*'; expected a molecule"),
        (["CCO", "C1CC"], "entry 2: got 'C1CC'; expected a SMILES that RDKit reads"),
        (["*CC*", "*CC(*)*"], "3 \\* instead of 2\n.*entry 2"),
        (["*CC*", "*=CC=*"], "not the end of a single bond to an atom\n.*entry 2"),
        (["*CC*", "**"], "not the end of a single bond to an atom\n.*entry 2"),
        (["*CC*", "*CC*.Cl"], "several pieces\n.*entry 2"),
        (["*CC*|*CO*:1"], "entry 1"),
    ],
)
def test_examples_that_cannot_be_used_are_named(examples, said):
    with pytest.raises(ModelError, match=said):
        NgramGenerator(NgramConfig()).teach(examples)


def test_options_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="shortest_context <= longest_context <= order, got 4, 10"):
        NgramConfig(order=5)


def test_the_user_is_told_that_something_is_compiled():
    said = []
    NgramGenerator(NgramConfig()).teach(["CCO"], lambda phrase, share: said.append((phrase, share)))
    assert said[0] == ("compiling the language model, some seconds, once per installation", 0.0)
    assert said[-1][1] == 1.0


def test_the_prior_does_not_depend_on_how_a_structure_is_written(polymers):
    a, b, wrong, none = polymers.log_prior(["*CC(*)c1ccccc1", "c1ccc(cc1)C(*)C*", "CCO", "C1C"])
    assert a == b and math.isfinite(a)
    assert wrong == none == -math.inf
    common, odd = polymers.log_prior(["*CC(*)c1ccccc1", "*C1(I)C(F)=NN(*)S1"])
    assert common > odd > -math.inf


def test_the_prior_is_the_product_of_the_conditionals(polymers):
    structure = read("*CC(*)C(=O)OC", 2)
    reading, total = Reading(), 0.0
    spellings = _spellings_of(POLYMERS)
    reference = ReferenceNgram(spellings, 10)
    for token in tokenize(canonical_spelling(structure)):
        total += math.log(reference.conditional(reading, token, 8, 0.3, 1.0, 1e-3))
        if token != "!":
            reading.push(token)
    found = polymers.log_prior([structure.key], Smoothing())[0]
    assert found == pytest.approx(total, rel=1e-10)


def _spellings_of(smiles):
    from loop.generate.ngram import spellings

    rng = np.random.default_rng(0)
    return [text for s in smiles for text in spellings(read(s, 2), 20, rng).values()]


def test_proposals_do_not_depend_on_what_was_spelled_before(polymers):
    parents = [*POLYMERS[:4], "c1ccc(cc1)C(*)C*", "*CC(*)c1ccccc1", "*[Ge](*)(C)CCCC"]
    fresh = TaughtNgram(polymers.model, 2, polymers.edits).propose(parents, 60, 9)
    polymers.propose(parents[::-1], 60, 3)
    again = polymers.propose(parents, 60, 9)
    assert again.structures == fresh.structures and again.failures == fresh.failures


@pytest.mark.parametrize(
    ("smiles", "ends"),
    [
        ("*CC*", True),
        ("*CC(*)C", True),
        ("*c1ccc(*)cc1", True),
        ("C(*)c1ccc*cc1", False),
        ("*[SiH2]O*", True),
        ("[1*]CC[2*]", True),
        ("*=CC=*", False),
        ("*C=*", False),
        ("**", False),
        ("*C*C", False),
        ("C*(C)C*", False),
        ("*1CC*1", False),
        ("*1CC1*", False),
        ("*/C=C/*", True),
        ("F/C(*)=C(/*)F", True),
        ("*#C*", False),
    ],
)
def test_ends_are_what_the_molecule_says_however_it_is_written(smiles, ends):
    molecule = Chem.MolFromSmiles(smiles)
    assert (two_ended(smiles) and smiles != "**") is ends
    for seed in range(20):
        text = Chem.MolToRandomSmilesVect(molecule, 1, seed + 1)[0]
        if ends:
            assert read(text, 2).key == Chem.CanonSmiles(smiles)
        else:
            with pytest.raises(UnfitStructureError):
                read(text, 2)
