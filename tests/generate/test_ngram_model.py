import math

import numpy as np
import pytest
from rdkit import Chem

from loop.errors import ModelError
from loop.generate.ngram_model import SmilesModel
from loop.generate.ngram_scoring import Smoothing
from loop.generate.smiles_tokens import tokenize
from loop.generate.spelling import Kekulised
from tests.generate.examples import MOLECULES, POLYMERS
from tests.generate.reference_ngram import Reading, ReferenceNgram


def spellings(smiles):
    made = []
    for text in smiles:
        mol = Chem.MolFromSmiles(text)
        made += [Kekulised.of(mol).spelled(root) for root in range(0, mol.GetNumAtoms(), 4)]
    return made


TAUGHT = spellings((*POLYMERS[:12], *MOLECULES))
ASKED = spellings((*POLYMERS[8:], *MOLECULES[:5], "CCBr"))


def same(a, b):
    assert a.vocabulary == b.vocabulary and (a.order, a.most_rings) == (b.order, b.most_rings)
    for name in ("keys", "orders", "bounds", "nexts"):
        assert np.array_equal(getattr(a.table, name), getattr(b.table, name)), name
    np.testing.assert_allclose(a.table.counts, b.table.counts, rtol=1e-12)
    assert np.array_equal(a.sums, b.sums) and np.array_equal(a.sizes, b.sizes)


@pytest.mark.parametrize(
    ("order", "asked", "interpolation", "temperature"), [(6, 6, 0.3, 1.0), (5, 3, 0.05, 2.0)]
)
def test_the_probability_is_that_of_a_slow_reading_by_the_book(
    order, asked, interpolation, temperature
):
    model, reference = SmilesModel.fit(TAUGHT, order), ReferenceNgram(TAUGHT, order)
    assert set(model.vocabulary) == reference.vocabulary
    assert len(model.table.keys) == len(reference.counts)
    how = {"interpolation": interpolation, "temperature": temperature, "floor": 1e-3}
    found = model.log_probability(ASKED, Smoothing(order=asked, **how))
    expected = [reference.log_probability(text, order=asked, **how) for text in ASKED]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_the_probabilities_of_what_may_follow_sum_to_one():
    reference = ReferenceNgram(TAUGHT, 5)
    model = SmilesModel.fit(TAUGHT, 5)
    smoothing = Smoothing(order=5, interpolation=0.2)
    prefix = tokenize(Kekulised.of(Chem.MolFromSmiles("CC(=O)Oc1ccccc1")).spelled(0))[:6]
    reading = Reading()
    for token in prefix:
        reading.push(token)
    total = sum(
        reference.conditional(reading, token, 5, 0.2, 1.0, smoothing.floor)
        for token in (*model.vocabulary, "unknown")
    )
    assert total == pytest.approx(1.0, abs=1e-12)


def test_hard_back_off_gives_a_token_that_never_followed_no_chance():
    model = SmilesModel.fit(["CCO", "CCN"], 3)
    # The second C stands where O and N may too, and then either of them.
    hard = Smoothing(order=3, interpolation=0.0)
    assert model.log_probability(["CCO"], hard)[0] == pytest.approx(math.log(0.25), abs=0.01)
    assert model.log_probability(["CNO"], hard)[0] == -math.inf
    assert math.isfinite(model.log_probability(["CNO"], Smoothing(order=3))[0])


def test_merging_is_training_on_both_lists():
    half = len(TAUGHT) // 2
    a, b = SmilesModel.fit(TAUGHT[:half], 6), SmilesModel.fit(TAUGHT[half:], 6)
    same(a.merged(b), SmilesModel.fit(TAUGHT, 6))
    same(a.merged(b, 3.0), SmilesModel.fit([*TAUGHT[:half], *TAUGHT[half:] * 3], 6))


def test_cutting_is_training_to_a_shorter_order():
    model = SmilesModel.fit(TAUGHT, 6)
    low, high = model.split(3)
    same(model.cut(3), SmilesModel.fit(TAUGHT, 3))
    assert set(low.table.orders) == {0, 1, 2, 3} and set(high.table.orders) == {4, 5, 6}
    assert len(low.table.keys) + len(high.table.keys) == len(model.table.keys)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SmilesModel.fit([]), "no SMILES to learn"),
        (lambda: SmilesModel.fit(["CCO", "C1CC"]), "entry 2 .*ring"),
        (lambda: SmilesModel.fit(["CCO"], 0), "order 0 .*1 to 40"),
        (lambda: SmilesModel.fit(["CCO"], 3).cut(3), "cannot be cut at 3; expected 1 to 2"),
        (lambda: SmilesModel.fit(["C"], 3).merged(SmilesModel.fit(["C"], 2)), "order 3 and 2"),
        (lambda: SmilesModel.fit(["C"], 3).merged(SmilesModel.fit(["C"], 3), -1), "weight -1"),
    ],
)
def test_what_cannot_be_done_is_said(make, said):
    with pytest.raises(ModelError, match=said):
        make()
