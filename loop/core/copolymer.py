"""The notation of copolymers: `*CC*:0.3|*CC(C)*:0.7`, repeat units with their mole fractions."""

import math
from typing import Final

UNITS: Final = "|"
WEIGHT: Final = ":"


def split_units(structure: str) -> tuple[tuple[str, float], ...]:
    """Return the repeat units of a polymer text with their weights, which add up to 1.

    A text without `|` is a homopolymer, one unit of weight 1. Otherwise every unit ends in
    `:weight`, the relative number of these units in the chain; their order means nothing.

    Raises:
        ValueError: a unit has no weight, or one that is not a positive number.
    """
    if UNITS not in structure:
        return ((structure, 1.0),)
    parts = [_weighted(part.strip(), structure) for part in structure.split(UNITS)]
    total = math.fsum(weight for _, weight in parts)
    return tuple((unit, weight / total) for unit, weight in parts)


def _weighted(part: str, structure: str) -> tuple[str, float]:
    unit, colon, text = part.rpartition(WEIGHT)
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not colon or not unit or not (math.isfinite(weight) and weight > 0):
        raise ValueError(
            f"unit {part!r} of the copolymer {structure!r} has no positive weight; "
            f"write it as *CC*:0.3|*CC(C)*:0.7"
        )
    return unit, weight
