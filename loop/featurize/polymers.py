"""Polymers by their repeat unit, closed to a ring so that no number depends on the cut."""

from typing import ClassVar, Final

import rdkit
from rdkit import Chem, rdBase

from loop.core.candidate import CandidatePool
from loop.core.canonical import digest
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.featurize.molecules import DESCRIPTORS, MorganConfig, describe, matrix

_CODE: Final = "1"
_COPIES: Final = 3


def ring_of_units(smiles: str, copies: int = _COPIES) -> Chem.Mol | str:
    """Return `copies` repeat units as a ring, or the reason why there is none.

    Every atom then has the neighbours it has in the chain, and there is no `*` left that would
    make descriptors undefined. Three copies keep `*CC*` from bonding with itself.
    """
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
    if mol is None:
        return f"RDKit cannot read {smiles!r}"
    stars = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0]
    if len(stars) != 2 or any(mol.GetAtomWithIdx(i).GetDegree() != 1 for i in stars):
        return f"{smiles!r} has not exactly two ends (*)"
    ends = [mol.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in stars]
    chain, size = Chem.RWMol(mol), mol.GetNumAtoms()
    for _ in range(copies - 1):
        chain.InsertMol(mol)
    for copy in range(copies):
        following = (copy + 1) % copies
        chain.AddBond(ends[1] + copy * size, ends[0] + following * size, Chem.BondType.SINGLE)
    for copy in reversed(range(copies)):
        for star in sorted(stars, reverse=True):
            chain.RemoveAtom(star + copy * size)
    ring = chain.GetMol()
    try:
        with rdBase.BlockLogs():
            Chem.SanitizeMol(ring)
    except Chem.MolSanitizeException as error:
        return f"the chain of {smiles!r} cannot be built: {error}"
    return ring


class PolymerDescriptors:
    """Morgan counts and 30 descriptors of the ring of repeat units."""

    Config: ClassVar[type[MorganConfig]] = MorganConfig
    materials: ClassVar[frozenset[str]] = frozenset({"polymer"})

    def __init__(self, config: MorganConfig) -> None:
        self._config = config

    def digest(self) -> str:
        """Return a digest of everything that decides the numbers but the pool."""
        content = f"polymer-descriptors {_CODE} {rdkit.__version__} {_COPIES} {list(DESCRIPTORS)}"
        return digest(content + self._config.model_dump_json())

    def featurize(
        self, pool: CandidatePool, space: PoolSpace, progress: Progress = silent
    ) -> FeatureMatrix:
        """Describe every candidate of the pool; what is no repeat unit becomes a failure."""
        del space
        rings = [ring_of_units(smiles) for smiles in pool.structures]
        counts, reals, failures = describe(rings, self._config, progress)
        return matrix(self.digest() + pool.digest, self._config, counts, reals, failures)
