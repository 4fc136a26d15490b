"""Polymer repeat units to the numbers of a ring made of them.

Closing a few units to a ring removes the ends, so nothing depends on where the unit was cut.
"""

import math
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import rdkit
from pydantic import BaseModel, ConfigDict
from rdkit import Chem, rdBase

from loop.core.candidate import CandidatePool
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.featurize.descriptors import COLUMNS, COUNT_COLUMNS, descriptors, morgan_counts
from loop.featurize.matrix import Described, describe_rows, version_digest

_VERSION: Final = 1
# Beyond 2 * (radius 2) + 1 bonds no Morgan environment meets itself around the ring; it also
# keeps the closing bond from bridging an aromatic ring of the main chain.
_SMALLEST_RING: Final = 8
_POLYMER_COLUMNS: Final = ("main-chain atoms", "side-chain atoms")
# Aromaticity is that of the unit as read: the artificial ring must not count as conjugated.
_SANITIZE: Final = (
    Chem.SanitizeFlags.SANITIZE_ALL
    ^ Chem.SanitizeFlags.SANITIZE_KEKULIZE
    ^ Chem.SanitizeFlags.SANITIZE_SETAROMATICITY
)


class PolymerConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _ends(unit: Any) -> tuple[list[int], list[int], Any]:
    stars = [atom for atom in unit.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(stars) != 2:
        raise ValueError(f"a repeat unit needs exactly two *, this one has {len(stars)}")
    if any(star.GetDegree() != 1 for star in stars):
        raise ValueError("each * must have exactly one neighbour")
    neighbours = [star.GetNeighbors()[0] for star in stars]
    if any(atom.GetAtomicNum() == 0 for atom in neighbours):
        raise ValueError("there is no atom between the two *")
    orders = {star.GetBonds()[0].GetBondType() for star in stars}
    if len(orders) != 1:
        raise ValueError("the bonds of the two * differ in order")
    return [s.GetIdx() for s in stars], [a.GetIdx() for a in neighbours], orders.pop()


def close_ring(repeat_unit: str) -> tuple[Any, int, int]:
    """Return the ring of repeat units, the units in it, and main-chain atoms per unit.

    Raises:
        ValueError: it is no repeat unit with two `*`.
    """
    with rdBase.BlockLogs():
        unit = Chem.MolFromSmiles(repeat_unit)
        if unit is None:
            raise ValueError(f"RDKit cannot read {repeat_unit!r} as a repeat unit")
        stars, (head, tail), order = _ends(unit)
        length = 1 if head == tail else len(Chem.GetShortestPath(unit, head, tail))
        copies = max(1, math.ceil(_SMALLEST_RING / length))
        size = unit.GetNumAtoms()
        chain = unit
        for _ in range(copies - 1):
            chain = Chem.CombineMols(chain, unit)
        ring = Chem.RWMol(chain)
        for copy in range(copies):
            ring.AddBond(copy * size + tail, (copy + 1) % copies * size + head, order)
        for copy in reversed(range(copies)):
            for star in sorted(stars, reverse=True):
                ring.RemoveAtom(copy * size + star)
        Chem.SanitizeMol(ring, sanitizeOps=_SANITIZE)
    return ring.GetMol(), copies, length


def _describe(repeat_unit: str) -> Described:
    ring, copies, main = close_ring(repeat_unit)
    side = ring.GetNumHeavyAtoms() / copies - main
    extra = np.array([main, side], dtype=np.float32)
    return morgan_counts(ring, copies), np.concatenate([descriptors(ring, copies), extra])


class PolymerDescriptors:
    """Morgan counts, descriptors and chain lengths, per repeat unit, whatever the cut.

    Main chain is the shortest path between the attachment points; all other heavy atoms are
    side chain.
    """

    Config: ClassVar[type[BaseModel]] = PolymerConfig
    materials: ClassVar[frozenset[str]] = frozenset({"polymer"})

    def __init__(self, config: PolymerConfig) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of name, code version, RDKit version and settings."""
        libraries = {"rdkit": rdkit.__version__}
        return version_digest("polymer-descriptors", _VERSION, libraries, self.config.model_dump())

    def featurize(
        self,
        pool: CandidatePool,
        space: PoolSpace,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> FeatureMatrix:
        """Describe every candidate; what is no repeat unit is a failure, its row 0."""
        del space, cache
        columns = (COUNT_COLUMNS, (*COLUMNS, *_POLYMER_COLUMNS))
        digests = (pool.digest, self.digest())
        return describe_rows(pool.structures, _describe, columns, digests, progress)
