"""Polymer repeat units to what blocks read: a ring made of them.

Closing units to a ring removes the ends, so nothing depends on where the unit was cut. The form was
chosen by cross-validated R2 (`tests/benchmarks/polymer_forms.py`: Morgan counts and RDKit
descriptors, 5 folds, mean of 3 seeds with an sd of 0.001 to 0.014; extra trees / ridge regression):

    form                  conductivity   density        Tg             band gap
                          n = 1070       n = 1077       n = 994        n = 999
    ring of 12, hidden    0.706 / 0.663  0.931 / 0.789  0.843 / 0.767  0.832 / 0.741
    one unit, CH3 caps    0.686 / 0.642  0.934 / 0.823  0.841 / 0.769  0.825 / 0.751
    one unit, H caps      0.627 / 0.552  0.934 / 0.535  0.833 / 0.759  0.809 / 0.744
    three units, CH3      0.691 / 0.653  0.938 / 0.822  0.838 / 0.759  0.825 / 0.717
    three units, H        0.674 / 0.618  0.938 / 0.835  0.831 / 0.743  0.817 / 0.711

"Hidden" rings are not rings to RDKit, so main-chain bonds stay rotatable. With extra trees the ring
is ahead on three tables and behind by 0.007 on density; with ridge regression a methyl-capped unit
is ahead on three. But caps depend on the cut and three units cost twice the time, so there is one
form and no option.
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
