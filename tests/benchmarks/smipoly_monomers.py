"""SMiPoly's monomers in the shared data, and which of its classes make which polymers."""

from pathlib import Path

import pandas as pd
from rdkit import Chem

LIBRARIES = Path(__file__).parents[3] / "shared" / "data" / "candidate_libraries"

ROLES: dict[str, tuple[str, ...]] = {
    "polyoxazolidone": ("diepo", "diNCO"),
    "polyether": ("epo", "hindPhenol", "sfonediX", "BzodiF", "diol_b"),
    "polyimide": ("dicAnhyd", "diamin"),
    "polyurethane": ("diNCO", "diol"),
    "polyamide": ("lactam", "aminCOOH", "diCOOH", "diamin"),
    "polyester": ("hydCOOH", "lactone", "diol", "CO", "diCOOH", "cAnhyd", "epo"),
    "polyolefin": ("vinyl", "cOle"),
}


def monomers() -> list[str]:
    """Return the canonical SMILES of all monomers, sorted."""
    table = pd.read_csv(LIBRARIES / "smipoly_monomers.csv.gz")
    return sorted({Chem.CanonSmiles(smiles) for smiles in table["smiles"]})
