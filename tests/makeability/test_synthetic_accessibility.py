"""The score against figures of the paper and of chemists, with reasons in words."""

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Contrib.SA_Score import sascorer

from loop.core.definition import PluginChoice
from loop.core.generation_ports import Makeability
from loop.makeability.synthetic_accessibility import SyntheticAccessibility
from loop.service.plugins import PluginLookup

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
PACLITAXEL = (
    "CC1=C2[C@@]([C@]([C@H]([C@@H]3[C@]4([C@H](OC4)C[C@@H]([C@]3(C(=O)[C@@H]2OC(=O)C)C)O)"
    "OC(=O)C)OC(=O)c5ccccc5)(C[C@@H]1OC(=O)[C@H](O)[C@@H](NC(=O)c6ccccc6)c7ccccc7)O)(C)C"
)


def assess(*structures: str) -> tuple[np.ndarray, tuple[str, ...]]:
    found = SyntheticAccessibility(SyntheticAccessibility.Config()).assess(structures)
    assert found.score.shape == (len(structures),)
    assert found.score.dtype == np.float64
    return found.score, found.reasons


def test_it_is_a_makeability_and_easy_is_one():
    assert isinstance(SyntheticAccessibility(SyntheticAccessibility.Config()), Makeability)
    (aspirin, paclitaxel), reasons = assess(ASPIRIN, PACLITAXEL)
    raw = sascorer.calculateScore(Chem.MolFromSmiles(ASPIRIN))
    assert aspirin == pytest.approx((10 - raw) / 9)
    assert aspirin > 0.9 > 0.5 > paclitaxel
    assert reasons[0] == f"SA score {raw:.1f} of 10: common fragments, plain skeleton"
    assert "11 stereocentres" in reasons[1]
    assert "62 heavy atoms" in reasons[1]


@pytest.mark.parametrize(
    ("smiles", "words"),
    [
        ("C1CC2CCC1CC2", "bridgehead atoms"),
        ("C1CCC2(CC1)CCCCC2", "1 spiro atom"),
        ("O=C1CCCCCCCCCCCCCO1", "a ring of 15 atoms"),
        ("FC(F)(F)S(F)(F)(F)(F)N=P(Cl)(Cl)[Si](C)(C)C", "uncommon fragments"),
    ],
)
def test_the_reason_says_what_is_hard(smiles, words):
    assert words in assess(smiles)[1][0]


def test_a_polymer_is_judged_by_its_unit_with_methyl_ends():
    (unit, molecule), _ = assess("*CC(*)c1ccccc1", "CCC(C)c1ccccc1")
    assert unit == pytest.approx(molecule)
    (both, harder), reasons = assess(
        "*CC*:0.5|*C1CC2CC1C1C2C(=O)N(*)C1=O:0.5", "*C1CC2CC1C1C2C(=O)N(*)C1=O"
    )
    assert both == harder
    assert reasons[0] == reasons[1]


def test_it_is_found_by_name():
    choice = PluginChoice(kind="sa-score")
    cls, config = PluginLookup().configure("synthloop.makeability", choice)
    assert cls(config).assess([ASPIRIN]).score[0] > 0.9


def test_what_cannot_be_read_scores_nothing_and_says_so():
    scores, reasons = assess("C1CC", "", ASPIRIN)
    assert list(scores[:2]) == [0.0, 0.0]
    assert scores[2] > 0.9
    assert all("cannot be read" in reason for reason in reasons[:2])
