"""Monomers found by their groups among identified compounds."""

import pytest

from loop.datasets.monomers import Monomers, monomer_classes

KNOWN = {
    "C=Cc1ccccc1": "vinyl monomer",
    "OCCO": "diol or dithiol",
    "O=C(O)c1ccc(C(=O)O)cc1": "dicarboxylic acid or halide",
    "NCCCCCCN": "diamine",
    "O=C1CCCCCN1": "lactam",
    "O=C=Nc1ccc(Cc2ccc(N=C=O)cc2)cc1": "diisocyanate or diisothiocyanate",
}


@pytest.mark.parametrize(("smiles", "name"), KNOWN.items())
def test_groups_decide(smiles, name):
    found = monomer_classes(smiles)
    assert found is not None
    assert found[0] == smiles
    assert name in found[1]


@pytest.mark.parametrize(
    "smiles",
    [
        "CCCC",
        "nonsense",
        "C=C[Fe]",  # an element that the rules know nothing of
        "C=CC(=O)[O-]",  # an ion
        "C=C" + "C" * 60,  # too large
        "[13CH2]=C",  # labelled
    ],
)
def test_other_compounds_are_left_out(smiles):
    assert monomer_classes(smiles) is None


@pytest.mark.slow
def test_the_identifier_table_holds_the_monomers_of_the_textbooks(tmp_path):
    told: list[float] = []
    table = Monomers().load(tmp_path, lambda _, share: told.append(share))
    smiles = table.columns["smiles"]
    classes = dict(zip(smiles, table.columns["classes"], strict=True))
    assert len(table) > 5000
    assert list(smiles) == sorted(set(smiles))
    for known, name in KNOWN.items():
        assert name in classes[known].split("; ")
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert len(told) > 50
    again = Monomers().load(tmp_path)
    assert list(again.columns["smiles"]) == list(smiles)
