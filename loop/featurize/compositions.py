"""Formulas to what blocks read."""

from loop.core.formula import read_formula
from loop.featurize.block import Reads
from loop.featurize.reading import Parsed


def parse_composition(text: str, reads: frozenset[Reads]) -> Parsed:
    """Return the amounts of a formula, as written.

    Raises:
        ValueError: it cannot be read, or names an unknown element.
    """
    del reads
    return {"composition": read_formula(text)}
