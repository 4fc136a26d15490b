"""Goldschmidt's tolerance factor of perovskites ABX3.

It is (r_A + r_X) / (sqrt(2) (r_B + r_X)) of Shannon's radii, twelvefold for A, sixfold for B and X;
perovskites are found around 0.8 to 1.1. Goldschmidt, Naturwissenschaften 14, 477 (1926).
"""

import math
from collections.abc import Mapping

from loop.generate.crystal_places import CrystalPlaces, States
from loop.generate.ion_radii import ion_radius


def tolerance_factor(
    crystal: CrystalPlaces, takes: Mapping[str, str], states: States
) -> float | None:
    """Return the tolerance factor, dimensionless, None if a radius is not tabulated.

    Args:
        crystal: A cubic perovskite; its most frequent element is on X, the better coordinated of
            the others on A.
        takes: Place to the element that takes it.
        states: Oxidation state of each of those.
    """
    x = max(crystal.amounts, key=lambda place: crystal.amounts[place])
    shells = crystal.contacts({place: -1 if place == x else 1 for place in crystal.amounts})
    a, b = sorted(
        (place for place in crystal.amounts if place != x),
        key=lambda place: -shells.coordination[place],
    )
    radii = [
        ion_radius(takes[place], states[takes[place]], coordination)
        for place, coordination in ((a, 12), (b, 6), (x, 6))
    ]
    known = [radius for radius in radii if radius is not None]
    if len(known) < 3:
        return None
    r_a, r_b, r_x = known
    return (r_a + r_x) / (math.sqrt(2) * (r_b + r_x))
