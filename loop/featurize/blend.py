"""Weighted mixtures of equal kinds of items: a copolymer as its repeat units with their shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from loop.featurize.block import Block, BlockValues


@dataclass(frozen=True)
class Blend:
    """What a block cannot describe as one, but can part by part.

    Attributes:
        parts: Items of the block's kind.
        weights: Their shares, which add up to 1.
    """

    parts: tuple[Any, ...]
    weights: tuple[float, ...]


def describe_blends(block: Block, items: Sequence[Any]) -> BlockValues:
    """Return the values of every item; a blend has the weighted mean over its parts.

    The mean of counts is no whole number, and rounding it would lose the rare units. So a batch
    with a blend in it comes as float32, of counts too; Tanimoto, sum(min) / sum(max), holds for
    all numbers that are not negative. A batch without blends is as the block made it.
    """
    if not any(isinstance(item, Blend) for item in items):
        return block.describe(items)
    blends = [item if isinstance(item, Blend) else Blend((item,), (1.0,)) for item in items]
    found = block.describe([part for blend in blends for part in blend.parts])
    weights = np.array([weight for blend in blends for weight in blend.weights])
    starts = np.cumsum([0, *(len(blend.parts) for blend in blends)])[:-1]
    means = np.add.reduceat(found.values * weights[:, None], starts, axis=0)
    rows = np.searchsorted(starts, sorted(found.failures), side="right") - 1
    failures: dict[int, str] = {}
    for row, part in zip(rows.tolist(), sorted(found.failures), strict=True):
        failures.setdefault(row, found.failures[part])
    means[list(failures)] = 0.0
    real = found.values.dtype if found.values.dtype.kind == "f" else np.float32
    return BlockValues(means.astype(real), failures)
