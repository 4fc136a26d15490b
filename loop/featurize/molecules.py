"""Molecules to Morgan counts and RDKit descriptors."""

from pathlib import Path
from typing import ClassVar, Final

import rdkit
from pydantic import BaseModel, ConfigDict
from rdkit import Chem, rdBase

from loop.core.candidate import CandidatePool
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.featurize.block import ChemicalUnit, Reads
from loop.featurize.descriptors import COLUMNS, COUNT_COLUMNS, descriptors, morgan_counts
from loop.featurize.matrix import Described, describe_rows, version_digest
from loop.featurize.reading import Parsed

_VERSION: Final = 1


class MorganConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_molecule(text: str, reads: frozenset[Reads]) -> Parsed:
    """Return a SMILES as the forms that blocks read.

    Raises:
        ValueError: RDKit cannot read it.
    """
    del reads
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(text)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise ValueError(f"RDKit cannot read {text!r} as SMILES")
    return {"molecule": ChemicalUnit(molecule)}


def _describe(smiles: str) -> Described:
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise ValueError(f"RDKit cannot read {smiles!r} as SMILES")
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
