"""The rules against compounds that every chemist knows, and against scrambled ones."""

import csv
import gzip
import random
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from pymatgen.core.composition import Composition
from sklearn.metrics import roc_auc_score

from loop.core.generation_ports import Makeability
from loop.core.oxidation_states import element_ions
from loop.makeability.composition_rules import CompositionRules, CompositionRulesConfig

GAPS = Path(__file__).parents[3] / "shared" / "data" / "inorganic" / "matbench_expt_gap.csv.gz"


def assess(*formulas, **settings):
    return CompositionRules(CompositionRulesConfig.model_validate(settings)).assess(formulas)


def written(amounts):
    return "".join(f"{symbol}{amount:g}" for symbol, amount in amounts.items())


def test_it_is_a_judge_of_compositions():
    assert isinstance(CompositionRules(CompositionRulesConfig()), Makeability)
    assert CompositionRules.materials == {"composition"}
    with pytest.raises(ValidationError, match="no_such"):
        CompositionRulesConfig.model_validate({"no_such": 1})


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("BaTiO3", "charges balance as Ba2+ Ti4+ O2-"),
        ("NaCl", "charges balance as Na+ Cl-"),
        ("Bi0.5Sb1.5Te3", "charges balance as Bi3+ Sb3+ Te2-"),
        ("Si", "an element"),
    ],
)
def test_what_is_in_every_textbook_is_easy(formula, reason):
    found = assess(formula)
    assert found.score[0] == pytest.approx(1.0)
    assert found.reasons == (reason,)


def test_what_cannot_be_says_why():
    found = assess("NaCl2", "MgCl", "HeO", "Xx2", "", "Ba(TiO3")
    assert found.score.tolist() == [0.0] * 6
    assert found.reasons == (
        "no known oxidation states balance the charges",
        "no known oxidation states balance the charges",
        "no known oxidation states balance the charges",
        "nothing is known of Xx",
        "cannot be read as a chemical formula",
        "cannot be read as a chemical formula",
    )


def test_rare_states_cost_and_are_named():
    found = assess("Fe2O3", "BaFeO3", "OF2")
    assert found.score[0] > 0.8 > 0.5 > found.score[1] > found.score[2]
    assert "rare Fe4+ (0.012 of reports)" in found.reasons[1]


def test_mixed_valence_is_told_apart_from_a_rare_state():
    found = assess("Fe3O4", "YBa2Cu3O7", mixed_valence=0.6)
    assert found.score.tolist() == [0.6, 0.6]
    assert found.reasons == (
        "charges balance with mixed valence of Fe",
        "charges balance with mixed valence of Cu",
    )


def test_a_cation_more_electronegative_than_an_anion_is_unlikely():
    # Iodine would have to be the cation of silicon.
    found = assess("Si3I", reversed_order=0.15)
    assert found.score.tolist() == [0.15]
    assert "more electronegative than an anion" in found.reasons[0]


def test_of_alloys_the_rules_say_nothing():
    found = assess("CuZn", "AlCoCrFeNi", alloy=0.4)
    assert found.score == pytest.approx([0.4, 0.4 * 0.8])
    assert found.reasons[0] == "metals only: charge rules do not apply"


def test_many_elements_cost():
    four, six = assess("LiFePO4", "LiNaKRbCsF5").score
    assert four > 0.7
    assert six == pytest.approx(0.8**2)
    assert assess("LiNaKRbCsF5", free_elements=6).score[0] == pytest.approx(1.0)


def test_scores_are_between_0_and_1_whatever_comes():
    rng = random.Random(0)
    symbols = ["Li", "O", "Fe", "Xe", "Te", "Cl", "U", "H", "Au", "N"]
    formulas = [
        "".join(f"{s}{rng.randint(1, 9)}" for s in rng.sample(symbols, rng.randint(1, 6)))
        for _ in range(300)
    ]
    found = assess(*formulas)
    assert found.score.shape == (300,)
    assert ((found.score >= 0) & (found.score <= 1)).all()
    assert all(found.reasons)


@pytest.mark.shared_data
def test_known_compounds_score_higher_than_scrambled_ones():
    if not GAPS.exists():
        pytest.skip(f"needs {GAPS}")
    with gzip.open(GAPS, "rt") as file:
        read = [Composition(r["formula"]).get_el_amt_dict() for r in csv.DictReader(file)][::4]
    ions = element_ions()
    salts = [a for a in read if a.keys() <= ions.keys() and len({ions[s].metal for s in a}) == 2]
    symbols = sorted({s for a in salts for s in a})
    metals = [s for s in symbols if ions[s].metal]
    others = [s for s in symbols if not ions[s].metal]
    rng = random.Random(1)
    scrambled = []
    for amounts in salts:
        # Metals for metals and others for others; only the charges are not looked at.
        metal = iter(rng.sample(metals, len(amounts)))
        other = iter(rng.sample(others, len(amounts)))
        scrambled.append({next(metal if ions[s].metal else other): n for s, n in amounts.items()})
    real = assess(*map(written, salts)).score
    false = assess(*map(written, scrambled)).score
    labels = np.r_[np.ones(len(real)), np.zeros(len(false))]
    assert roc_auc_score(labels, np.r_[real, false]) > 0.7
    assert (real == 0).mean() < 0.5 * (false == 0).mean()
