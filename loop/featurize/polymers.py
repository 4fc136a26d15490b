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
from typing import Any

from loop.core.copolymer import split_units
from loop.featurize.blend import Blend
from loop.featurize.block import Reads, RepeatUnit
from loop.featurize.molecules import element_amounts
from loop.featurize.polymer_ring import read_unit, ring_of, smallest_unit


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
