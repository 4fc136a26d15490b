"""The data set of the demo, against values from a textbook."""

import numpy as np
import pytest
from rdkit import Chem

from loop.datasets.thermal_liquid import ThermalLiquid

# W/m/K at 25 °C, CRC Handbook of Chemistry and Physics, 97th edition, section 6, "Thermal
# conductivity of liquids".
TEXTBOOK = {
    "Cc1ccccc1": 0.1310,
    "c1ccccc1": 0.1411,
    "CO": 0.200,
    "CCO": 0.167,
    "CCCCCC": 0.1196,
    "ClC(Cl)(Cl)Cl": 0.099,
    "OCCO": 0.254,
    "CC(C)=O": 0.161,
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return ThermalLiquid().load(tmp_path_factory.mktemp("cache"))


def test_values_agree_with_the_textbook(table):
    values = dict(
        zip(table.columns["smiles"], table.columns["thermal_conductivity_w_mk"], strict=True)
    )
    for smiles, textbook in TEXTBOOK.items():
        assert values[Chem.CanonSmiles(smiles)] == pytest.approx(textbook, rel=0.04), smiles


def test_every_row_is_one_organic_liquid(table):
    assert 500 <= len(table) <= 600
    smiles = table.columns["smiles"]
    assert len(set(smiles)) == len(smiles)
    assert list(smiles) == sorted(smiles)
    allowed = {"C", "H", "N", "O", "F", "Cl", "Br", "I", "S", "P", "Si"}
    for text in smiles:
        molecule = Chem.MolFromSmiles(text)
        assert "C" in {a.GetSymbol() for a in molecule.GetAtoms()}
        assert {a.GetSymbol() for a in molecule.GetAtoms()} <= allowed
        assert "." not in text
    values = np.array(table.columns["thermal_conductivity_w_mk"])
    assert values.min() > 0.03
    assert values.max() < 0.8


def test_sources_disagree_by_about_one_percent(table):
    values = np.array(table.columns["thermal_conductivity_w_mk"])
    several = np.array(table.columns["n_sources"]) > 1
    relative = np.array(table.columns["disagreement_w_mk"])[several] / values[several]
    assert several.sum() > 100
    assert np.median(relative) < 0.02
    alone = np.array(table.columns["disagreement_w_mk"])[~several]
    assert not alone.any()


def test_the_second_look_up_uses_the_cache_and_says_the_same(table, tmp_path):
    phrases: list[str] = []
    first = ThermalLiquid().load(tmp_path, lambda phrase, share: phrases.append(phrase))
    assert phrases
    looked_up = len(phrases)
    second = ThermalLiquid().load(tmp_path, lambda phrase, share: phrases.append(phrase))
    assert len(phrases) == looked_up
    assert first == second == table
