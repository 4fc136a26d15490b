"""The makeability score `sa-score`: how common the fragments are, how tangled the skeleton is.

P. Ertl, A. Schuffenhauer, J. Cheminform. 2009, 1, 8, as RDKit ships it (Contrib/SA_Score): 1 is
easy, 10 is hard. Here 1 becomes a score of 1, and 10 a score of 0.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.copolymer import split_units
from loop.core.generation_ports import Assessment

_EASIEST: Final = 1.0
_HARDEST: Final = 10.0
_LARGEST_COMMON_RING: Final = 8
_LARGE: Final = 40
# The paper's raw score runs from -4 (hard) to 2.5 (easy) before it is stretched to 10 ... 1.
_RAW_HARDEST: Final = -4.0
_RAW_EASIEST: Final = 2.5
_RARE_FRAGMENTS: Final = 0.0


class SyntheticAccessibility:
    """Judges molecules, and polymers by their repeat unit with a methyl group on either end."""

    class Config(Frozen):
        """Nothing to set."""

    materials: ClassVar[frozenset[str]] = frozenset(
        {Material.MOLECULE.value, Material.POLYMER.value}
    )

    def __init__(self, config: Config) -> None:
        self._config = config

    def assess(self, structures: Sequence[str]) -> Assessment:
        """Return a score per structure and what makes it hard; a copolymer is its hardest unit.

        A structure that cannot be read scores 0 and says so.
        """
        verdicts = [_verdict(structure) for structure in structures]
        return Assessment(
            np.array([score for score, _ in verdicts], dtype=np.float64),
            tuple(reason for _, reason in verdicts),
        )


def _verdict(structure: str) -> tuple[float, str]:
    try:
        units = [unit for unit, _ in split_units(structure)]
    except ValueError as error:
        return 0.0, f"cannot be read: {error}"
    mols = [capped(unit) for unit in units]
    if any(mol is None for mol in mols):
        return 0.0, "cannot be read: no SMILES that RDKit reads"
    return min(_judged(mol) for mol in mols)


def capped(unit: str) -> Any:
    """Return the molecule of a SMILES, every `*` replaced by a methyl group; None if unreadable."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(unit) if unit.strip() else None
        if mol is None or not mol.GetNumAtoms():
            return None
        stars = [atom for atom in mol.GetAtoms() if not atom.GetAtomicNum()]
        if not stars:
            return mol
        for star in stars:
            star.SetAtomicNum(6)
            star.SetIsotope(0)
            star.SetNoImplicit(False)
        return Chem.MolFromSmiles(Chem.MolToSmiles(mol))


@cache
def _scorer() -> Any:
    from rdkit.Contrib.SA_Score import sascorer

    return sascorer


def _judged(mol: Any) -> tuple[float, str]:
    difficulty = float(_scorer().calculateScore(mol))
    score = min(1.0, max(0.0, (_HARDEST - difficulty) / (_HARDEST - _EASIEST)))
    hard = _hardships(mol, difficulty)
    text = ", ".join(hard) if hard else "common fragments, plain skeleton"
    return score, f"SA score {difficulty:.1f} of 10: {text}"


def _hardships(mol: Any, difficulty: float) -> list[str]:
    """Return what the paper's complexity terms penalise, then whether fragments are uncommon."""
    n = mol.GetNumAtoms()
    potential = Chem.FindPotentialStereo(Chem.Mol(mol))
    centres = sum(each.type == Chem.StereoType.Atom_Tetrahedral for each in potential)
    spiro = rdMolDescriptors.CalcNumSpiroAtoms(mol)
    bridges = rdMolDescriptors.CalcNumBridgeheadAtoms(mol)
    large = [
        len(ring) for ring in mol.GetRingInfo().AtomRings() if len(ring) > _LARGEST_COMMON_RING
    ]
    counted = (
        (centres, f"{centres} stereocentre{'s' * (centres != 1)}"),
        (spiro, f"{spiro} spiro atom{'s' * (spiro != 1)}"),
        (bridges, f"{bridges} bridgehead atoms"),
        (len(large), f"a ring of {max(large, default=0)} atoms"),
        (n > _LARGE, f"{n} heavy atoms"),
    )
    found = [text for there, text in counted if there]
    penalties = (
        (n**1.005 - n)
        + math.log10(centres + 1)
        + math.log10(spiro + 1)
        + math.log10(bridges + 1)
        + (math.log10(2) if large else 0.0)
    )
    raw = _RAW_HARDEST - 1.0 + (_HARDEST + 1.0 - difficulty) * (_RAW_EASIEST - _RAW_HARDEST) / 9.0
    if raw + penalties < _RARE_FRAGMENTS:
        found.append("uncommon fragments")
    return found
