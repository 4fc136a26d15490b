"""Cells of a recipe: read strictly, with reasons that name column, value and expectation."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from loop.core.candidate import FieldValue
from loop.featurize.block import BlockValues

Recipe = Mapping[str, FieldValue]
"""What a recipe block describes: one value per column name."""


def describe_recipes(
    items: Sequence[Recipe], width: int, describe: Callable[[Recipe], Sequence[float]]
) -> BlockValues:
    """Return one row of float32 per recipe; a `ValueError` of `describe` is a failure.

    Args:
        items: The batch, length n.
        width: d, the length of what `describe` returns.
        describe: One recipe to its numbers.
    """
    values = np.zeros((len(items), width), dtype=np.float32)
    failures: dict[int, str] = {}
    for row, item in enumerate(items):
        try:
            values[row] = describe(item)
        except ValueError as error:
            failures[row] = str(error)
    return BlockValues(values, failures)


def cell(recipe: Recipe, column: str) -> float | str:
    """Return the value in a column.

    Raises:
        ValueError: it is empty, or there is no such column.
    """
    if column not in recipe:
        raise ValueError(f"there is no column {column!r}; there are {', '.join(recipe) or 'none'}")
    value = recipe[column]
    if value is None or value == "":
        raise ValueError(f"column {column!r} is empty; expected a value")
    return value


def number(recipe: Recipe, column: str, expected: str = "a finite number") -> float:
    """Return the number in a column.

    Raises:
        ValueError: it holds none.
    """
    value = cell(recipe, column)
    try:
        found = float(value)
    except ValueError:
        raise ValueError(f"column {column!r} holds {value!r}; expected {expected}") from None
    if not math.isfinite(found) or abs(found) > float(np.finfo(np.float32).max):
        raise ValueError(f"column {column!r} holds {value!r}; expected {expected}")
    return found


def level_text(value: float | str) -> str:
    """Return the spelling of a level, one for a number and its text: 2.0 and "2" are one level."""
    if isinstance(value, str):
        return value.strip()
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def level(recipe: Recipe, column: str, levels: Sequence[str]) -> int:
    """Return which of the levels a column holds.

    Raises:
        ValueError: it holds none of them.
    """
    value = cell(recipe, column)
    try:
        return levels.index(level_text(value))
    except ValueError:
        known = ", ".join(levels)
        raise ValueError(f"column {column!r} holds {value!r}; expected one of: {known}") from None
