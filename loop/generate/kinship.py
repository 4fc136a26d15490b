"""How alike structures are, and what it costs to be like what exists already."""

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heapreplace
from typing import Any, Final

import numpy as np
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from loop.core.generation_ports import LogScore, Vector
from loop.errors import ConfigError
from loop.generate.molecules import units_of

Kinship = Callable[[str, Sequence[str]], Vector]
"""One structure and many to similarities in [0, 1], shape `(n,)`; 1 is alike."""

_KEPT: Final = 50_000


class Fingerprints:
    """Tanimoto similarity of Morgan bits, remembered by structure; a `Kinship`.

    Of a copolymer the bits of all units are joined.
    """

    def __init__(self, radius: int = 2, size: int = 2048) -> None:
        self._generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size)
        self._known: dict[str, Any] = {}

    def __call__(self, one: str, many: Sequence[str]) -> Vector:
        """Return the similarities of `one` to `many`, shape `(len(many),)`."""
        bits = [self.of(structure) for structure in many]
        return np.array(DataStructs.BulkTanimotoSimilarity(self.of(one), bits), dtype=np.float64)

    def of(self, structure: str) -> Any:
        """Return the bits of a structure, an RDKit `ExplicitBitVect`."""
        found = self._known.get(structure)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            first, *others = (self._generator.GetFingerprint(u) for u in units_of(structure))
            for bits in others:
                first |= bits
            found = self._known[structure] = first
        return found


def novelty(known: Sequence[str], cost: float, above: float = 0.0) -> LogScore:
    """Return a penalty for likeness to what exists.

    Args:
        known: Structures that exist: measured, in the pool, patented.
        cost: Log units at similarity 1, at least 0.
        above: Tanimoto similarity from which it costs, rising linearly, in [0, 1).

    Raises:
        ConfigError: cost or threshold is out of range.
    """
    if not (np.isfinite(cost) and cost >= 0 and 0 <= above < 1):
        raise ConfigError(
            f"similarity cost {cost} above {above}; expected cost >= 0, above in [0, 1)"
        )
    kin = Fingerprints()
    bits = [kin.of(structure) for structure in known]

    def penalty(structures: Sequence[str]) -> Vector:
        nearest = np.zeros(len(structures))
        if bits:
            for i, structure in enumerate(structures):
                nearest[i] = max(DataStructs.BulkTanimotoSimilarity(kin.of(structure), bits))
        return np.asarray(-cost * np.maximum(nearest - above, 0.0) / (1.0 - above))

    return penalty


def spread_out(
    structures: Sequence[str],
    scores: Vector,
    size: int,
    kinship: Kinship,
    cost: float,
    above: float,
) -> list[int]:
    """Return places of good structures that are unlike each other, in the order chosen.

    Greedily takes the best after a penalty of `cost` log units times how far its similarity to
    the nearest one chosen before exceeds `above`, scaled so that a twin pays all of it.
    """
    score = [float(x) for x in scores]
    # Values only fall as more are chosen, so that a value from before is a bound, and only those
    # that come to the top are compared anew (Minoux 1978): a tenth of all pairs.
    waiting = [(-value, i, 0, 0.0) for i, value in enumerate(score) if np.isfinite(value)]
    heapify(waiting)
    chosen: list[int] = []
    while waiting and len(chosen) < size:
        _, i, compared, nearest = waiting[0]
        if compared == len(chosen):
            heappop(waiting)
            chosen.append(i)
            continue
        others = [structures[j] for j in chosen[compared:]]
        nearest = max(nearest, float(kinship(structures[i], others).max()))
        value = score[i] - cost * max(nearest - above, 0.0) / (1.0 - above)
        heapreplace(waiting, (-value, i, len(chosen), nearest))
    return chosen
