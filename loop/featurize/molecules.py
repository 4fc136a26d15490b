"""Molecules: what their SMILES stand for, and the preset of Morgan counts and descriptors."""

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar, Final

import rdkit
from pydantic import BaseModel, ConfigDict
from rdkit import Chem, rdBase

from loop.core.candidate import CandidatePool
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.featurize.block import ChemicalUnit, Reads
from loop.featurize.descriptors import COLUMNS, COUNT_COLUMNS, descriptors, morgan_counts
from loop.featurize.matrix import Described, describe_rows, version_digest

_VERSION: Final = 1


class MorganConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_molecule(smiles: str) -> Any:
    """Return the RDKit molecule of a SMILES.

    Raises:
        ValueError: RDKit cannot read it, or it is empty.
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise ValueError(f"RDKit cannot read {smiles!r} as SMILES")
    return molecule


def parse_molecule(text: str, reads: frozenset[Reads]) -> dict[Reads, Any]:
    """Return a SMILES as the forms that blocks read: "molecule", "composition".

    Raises:
        ValueError: it is no molecule; a repeat unit with `*` is none.
    """
    molecule = read_molecule(text)
    if any(atom.GetAtomicNum() == 0 for atom in molecule.GetAtoms()):
        raise ValueError(f"{text!r} has a *: a molecule has none, a repeat unit is a polymer")
    forms: dict[Reads, Any] = {"molecule": ChemicalUnit(molecule)}
    if "composition" in reads:
        forms["composition"] = element_amounts(molecule)
    return forms


def element_amounts(molecule: Any, copies: int = 1) -> dict[str, float]:
    """Return atoms by element symbol, hydrogens included, per repeat unit."""
    atoms: Counter[str] = Counter()
    for atom in molecule.GetAtoms():
        atoms[atom.GetSymbol()] += 1
        atoms["H"] += atom.GetTotalNumHs()
    return {element: count / copies for element, count in sorted(atoms.items()) if count}


def _describe(smiles: str) -> Described:
    molecule = read_molecule(smiles)
    return morgan_counts(molecule), descriptors(molecule)


class MorganDescriptors:
    """Folded Morgan counts (radius 2, 1024) and a fixed list of 2D descriptors."""

    Config: ClassVar[type[BaseModel]] = MorganConfig
    materials: ClassVar[frozenset[str]] = frozenset({"molecule"})

    def __init__(self, config: MorganConfig) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of name, code version, RDKit version and settings."""
        libraries = {"rdkit": rdkit.__version__}
        return version_digest("morgan-descriptors", _VERSION, libraries, self.config.model_dump())

    def featurize(
        self,
        pool: CandidatePool,
        space: PoolSpace,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> FeatureMatrix:
        """Describe every candidate; an unreadable SMILES is a failure, its row 0."""
        del space, cache
        digests = (pool.digest, self.digest())
        return describe_rows(
            pool.structures, _describe, (COUNT_COLUMNS, COLUMNS), digests, progress
        )
