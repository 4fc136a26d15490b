"""Constraints, bonuses and likeness on molecules whose answers a chemist knows."""

import math

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from loop.errors import ConfigError, DataError
from loop.generate.constraints import bonus, forbidden, limits, required, together
from loop.generate.kinship import Fingerprints, novelty, spread_out
from tests.generate.examples import POLYMERS

ESTER = "C(=O)O[#6]"
PET = "*OCCOC(=O)c1ccc(C(*)=O)cc1"
NYLON6 = "*NCCCCCC(*)=O"
PVC = "*CC(*)Cl"


def test_required_and_forbidden_substructures():
    structures = [PET, NYLON6, PVC]
    assert required([ESTER, "a"])(structures).tolist() == [0, -math.inf, -math.inf]
    assert required([ESTER, "a"], cost=2.0)(structures).tolist() == [0, -4, -4]
    assert forbidden(["[Cl,Br]"])(structures).tolist() == [0, 0, -math.inf]
    assert forbidden(["[Cl,Br]", ESTER], cost=1.5)(structures).tolist() == [-1.5, 0, -1.5]


def test_any_unit_of_a_copolymer_counts():
    copolymer = f"{NYLON6}:0.9|{PVC}:0.1"
    assert forbidden(["Cl"])([copolymer]).tolist() == [-math.inf]
    assert required(["Cl", "C(=O)N"])([copolymer]).tolist() == [0]
    assert limits(elements=["C", "N", "O"])([copolymer]).tolist() == [-math.inf]


def test_a_group_between_two_units_is_seen_wherever_the_unit_was_cut():
    amide, ester = "[CX3](=O)[NX3]", "C(=O)O[#6]"
    cuts = ["*NCCCCCC(*)=O", "*CCNC(=O)CCC*", "*C(=O)CCCCCN*"]
    assert required([amide])(cuts).tolist() == [0, 0, 0]
    assert forbidden([amide])(cuts).tolist() == [-math.inf] * 3
    # The end of one unit only meets the start of the next: two heads make no disulphide here.
    assert required(["SS"])(["*SCCO*", "*SCCS*"]).tolist() == [-math.inf, 0]
    # The copolymer has the ester that neither unit has by itself.
    assert required([ester])(["*OCCO*:0.5|*C(=O)CCC(*)=O:0.5"]).tolist() == [0]


def test_mesogenic_fragments_are_paid_for_once_each_and_up_to_a_limit():
    fragments = {"c1ccc(-c2ccccc2)cc1": 2.0, "c1ccc(C(=O)Oc2ccccc2)cc1": 3.0, "[F]": -1.0}
    biphenyl = "*Oc1ccc(-c2ccc(*)cc2)cc1"
    both = "*Oc1ccc(-c2ccc(OC(=O)c3ccc(*)c(F)c3)cc2)cc1"
    assert bonus(fragments)([biphenyl, both, NYLON6]).tolist() == [2, 4, 0]
    assert bonus(fragments, most=3.0)([both]).tolist() == [3]


def test_filters_by_size_element_charge_ring_and_radical():
    assert limits(heavy_atoms=(5, 12))([PET, NYLON6, PVC]).tolist() == [-math.inf, 0, -math.inf]
    assert limits(elements=["C", "N", "O"])([PET, NYLON6, PVC]).tolist() == [0, 0, -math.inf]
    assert limits()(["C[NH3+]", "C[N+](=O)[O-]", "C[CH2]"]).tolist() == [-math.inf, 0, -math.inf]
    assert limits(charge=None, radicals=True)(["C[NH3+]", "C[CH2]"]).tolist() == [0, 0]
    assert limits(rings=(1, 1))([PET, NYLON6]).tolist() == [0, -math.inf]


def test_scores_add_up_and_stop_at_the_first_that_forbids():
    asked = []

    def later(structures):
        asked.extend(structures)
        return np.full(len(structures), -0.5)

    total = together(forbidden(["Cl"]), bonus({"N": 1.0}), later)
    assert total([PVC, NYLON6, PET]).tolist() == [-math.inf, 0.5, -0.5]
    assert asked == [NYLON6, PET]


def test_bad_patterns_ranges_and_structures_are_named():
    with pytest.raises(DataError, match=r"required substructure: 'C\(\('; expected a SMARTS"):
        required(["C(("])
    with pytest.raises(DataError, match="'C1CC'"):
        limits()(["C1CC"])
    with pytest.raises(ConfigError, match="heavy_atoms 9 to 3"):
        limits(heavy_atoms=(9, 3))
    with pytest.raises(ConfigError, match="bonus of 'N'"):
        bonus({"N": math.inf})


def tanimoto(a, b):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    one, two = (generator.GetFingerprint(Chem.MolFromSmiles(s)) for s in (a, b))
    return DataStructs.TanimotoSimilarity(one, two)


def test_likeness_to_what_exists_costs_in_proportion():
    near = "*OCCCOC(=O)c1ccc(C(*)=O)cc1"
    s = tanimoto(near, PET)
    assert 0.4 < s < 1
    score = novelty([PET, PVC], cost=3.0, above=0.4)
    found = score([PET, near, NYLON6])
    assert found[0] == pytest.approx(-3)
    assert found[1] == pytest.approx(-3 * (s - 0.4) / 0.6)
    assert found[2] == 0
    assert novelty([], cost=3.0)([PET]).tolist() == [0]


def test_a_spread_selection_takes_the_best_and_sets_its_twins_back():
    homologues = [f"*{'C' * n}OC(=O)c1ccc(C(=O)O*)cc1" for n in range(4, 10)]
    structures = [*homologues, NYLON6, PVC]
    scores = np.array([-0.1, -0.2, -0.3, -0.4, -0.5, -0.6, -0.9, -1.0])
    kin = Fingerprints()
    assert spread_out(structures, scores, 3, kin, 0.0, 0.5) == [0, 1, 2]
    assert spread_out(structures, scores, 3, kin, 5.0, 0.5) == [0, 6, 7]


@pytest.mark.parametrize("above", [0.0, 0.3, 0.8])
def test_it_is_the_choice_of_comparing_all_with_each_that_was_chosen(above):
    rng, kin = np.random.default_rng(5), Fingerprints()
    scores = np.round(rng.normal(size=len(POLYMERS)), 1)
    scores[3] = -np.inf
    nearest, left, expected = np.zeros(len(POLYMERS)), scores.copy(), []
    for _ in range(12):
        best = int(np.argmax(left - 3.0 * np.maximum(nearest - above, 0.0) / (1.0 - above)))
        expected.append(best)
        left[best] = -np.inf
        nearest = np.maximum(nearest, kin(POLYMERS[best], POLYMERS))
    assert spread_out(POLYMERS, scores, 12, kin, 3.0, above) == expected
    assert len(spread_out(POLYMERS, scores, 999, kin, 3.0, above)) == len(POLYMERS) - 1
