"""Polymers with predictions to search by, and the shared libraries, where a developer has them."""

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem.Crippen import MolLogP
from rdkit.Chem.Descriptors import MolWt

from loop.generate.region import Region
from loop.generate.wants import Window

POLYMERS = (
    "*CC*", "*CC(*)C", "*CC(*)Cl", "*CC(*)c1ccccc1", "*CC(*)C#N", "*OCCOC(=O)c1ccc(C(*)=O)cc1",
    "*NCCCCCC(*)=O", "*CC(*)C(=O)OC", "*CC(*)O", "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1",
)  # fmt: skip


def logp_and_weight(structures):
    """Crippen's logP and the molar mass of the unit, with a made-up uncertainty."""
    molecules = [Chem.MolFromSmiles(s) for s in structures]
    mean = np.array([[MolLogP(m), MolWt(m)] for m in molecules])
    return mean, np.tile([0.1, 2.0], (len(structures), 1))


@pytest.fixture
def polymers():
    return [Chem.CanonSmiles(s) for s in POLYMERS]


@pytest.fixture
def region():
    return Region(logp_and_weight, [Window("logp", -1.0, 0.0), Window("weight", 90.0, 130.0)])


@pytest.fixture(scope="session")
def candidate_libraries() -> Path:
    folder = Path(__file__).parents[3] / "shared" / "data" / "candidate_libraries"
    if not folder.is_dir():
        pytest.skip("the shared libraries are not here: ../shared/data/candidate_libraries")
    return folder
