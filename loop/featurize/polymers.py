"""Polymer repeat units to the numbers of a ring made of them.

Closing units to a ring removes the ends, so nothing depends on where the unit was cut. The form was
chosen by cross-validated R2 (`tests/benchmarks/polymer_forms.py`: Morgan counts and RDKit
descriptors, extra trees, 5 folds, mean of 2 to 3 seeds, sd 0.001 to 0.008):

    form                       conductivity  density  Tg (1500)  band gap (800)
    ring of 12, hidden         0.713         0.932    0.838      0.831
    ring of 8, seen (preset)   0.706         0.935    0.829      0.831
    one unit, CH3 caps         0.697         0.933    -          0.822
    one unit, H caps           0.645         0.931    0.825      0.808
    three units, CH3 caps      0.700         0.935    -          0.823
    three units, H caps        0.688         0.933    -          0.822

"Hidden" rings are not rings to RDKit, so main-chain bonds stay rotatable. With extra trees the ring
is ahead or level within the spread on all four, and rings of 8 and 24 atoms came out like those of
12. With ridge one methyl-capped unit is ahead for density (0.810 to 0.790) and band gap (0.755 to
0.733), behind for conductivity (0.651 to 0.672). But caps depend on the cut, and three units cost
twice the time; so there is one form and no option. The preset keeps its own ring, on which stored
campaigns rest.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import rdkit
from pydantic import BaseModel, ConfigDict
from rdkit import rdBase

from loop.core.candidate import CandidatePool
from loop.core.copolymer import split_units
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.featurize.blend import Blend
from loop.featurize.block import Reads, RepeatUnit
from loop.featurize.descriptors import COLUMNS, COUNT_COLUMNS, descriptors, morgan_counts
from loop.featurize.matrix import Described, describe_rows, version_digest
from loop.featurize.molecules import element_amounts
from loop.featurize.polymer_ring import (
    close_units,
    ends_of,
    main_chain,
    read_unit,
    ring_of,
    smallest_unit,
)

_VERSION: Final = 1
# Beyond 2 * (radius 2) + 1 bonds no Morgan environment meets itself around the ring; it also
# keeps the closing bond from bridging an aromatic ring of the main chain.
_SMALLEST_RING: Final = 8
_POLYMER_COLUMNS: Final = ("main-chain atoms", "side-chain atoms")


class PolymerConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_polymer(text: str, reads: frozenset[Reads]) -> dict[Reads, Any]:
    """Return a polymer as the forms that blocks read: "molecule", "polymer", "composition".

    The unit is reduced to its smallest period first, so a polymer has one set of numbers however
    it is written. Of a copolymer (`*CC*:0.3|*CC(C)*:0.7`), "molecule" and "polymer" are blends of
    its units, and "composition" is their mean.

    Raises:
        ValueError: a unit is not one with two `*`, or has no weight.
    """
    units = split_units(text)
    read = [smallest_unit(read_unit(unit)) for unit, _ in units]
    # A unit written twofold stands for two of its smallest units.
    shares = [weight * periods for (_, weight), (_, periods) in zip(units, read, strict=True)]
    weights = tuple(share / math.fsum(shares) for share in shares)
    repeats = [RepeatUnit(unit, ring_of(unit)) for unit, _ in read]
    forms: dict[Reads, Any] = {
        "molecule": _blend([repeat.ring for repeat in repeats], weights),
        "polymer": _blend(repeats, weights),
    }
    if "composition" in reads:
        forms["composition"] = _mean_composition(repeats, weights)
    return forms


def _blend(parts: Sequence[Any], weights: tuple[float, ...]) -> Any:
    return parts[0] if len(parts) == 1 else Blend(tuple(parts), weights)


def _mean_composition(units: Sequence[RepeatUnit], weights: Sequence[float]) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for unit, weight in zip(units, weights, strict=True):
        for element, amount in element_amounts(unit.ring.molecule, unit.ring.copies).items():
            amounts[element] = amounts.get(element, 0.0) + weight * amount
    return dict(sorted(amounts.items()))


def close_ring(repeat_unit: str) -> tuple[Any, int, int]:
    """Return the ring of the preset, the units in it as written, and main-chain atoms per unit.

    Raises:
        ValueError: it is no repeat unit with two `*`.
    """
    unit = read_unit(repeat_unit)
    ends = ends_of(unit)
    length = len(main_chain(unit, ends))
    copies = max(1, math.ceil(_SMALLEST_RING / length))
    with rdBase.BlockLogs():
        return close_units(unit, ends, copies).GetMol(), copies, length


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
