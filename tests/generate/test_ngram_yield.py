"""Valid, changed and two-ended proposals on real lists, before anything is filled in."""

import random
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem, rdBase

from loop.generate.ngram import NgramConfig, NgramGenerator
from loop.generate.offspring import UNCHANGED

POLYMERS = (
    Path(__file__).parents[3] / "shared" / "data" / "polymers" / "xenonpy_iqspr_polymers.csv.gz"
)


def shares(examples, size, seed):
    made = NgramGenerator(NgramConfig()).teach(examples).propose(examples, size, seed)
    changed = len(made.structures) / size
    return changed + made.failures.get(UNCHANGED, 0) / size, changed, made.structures


@pytest.mark.shared_data
def test_polymers_of_a_published_table():
    if not POLYMERS.exists():
        pytest.skip(f"{POLYMERS} is not there")
    examples = list(pd.read_csv(POLYMERS).psmiles)
    for seed in range(3):
        valid, changed, structures = shares(examples, 1000, seed)
        assert valid >= 0.98 and changed >= 0.90
        assert all(smiles.count("*") == 2 for smiles in structures)


def test_organic_and_inorganic_molecules_of_an_installed_table():
    identifiers = pytest.importorskip("chemicals.identifiers")
    identifiers.search_chemical("water")
    listed = sorted({entry.smiles for entry in identifiers.pubchem_db.CAS_index.values()})
    with rdBase.BlockLogs():
        examples = [s for s in random.Random(0).sample(listed, 500) if s and Chem.MolFromSmiles(s)]
    valid, changed, _ = shares(examples, 1000, 0)
    assert valid >= 0.98 and changed >= 0.90
