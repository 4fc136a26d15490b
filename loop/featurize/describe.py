"""One chunk of texts through several blocks: the unit of work that travels to a process."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from loop.core.candidate import FieldValue, Material
from loop.featurize.blend import describe_blends
from loop.featurize.block import Block, BlockValues, Reads, Settles
from loop.featurize.reading import read_texts


def describe_texts(
    blocks: Sequence[Block], material: Material, texts: Sequence[str]
) -> list[BlockValues]:
    """Return the values of every block for every text; a text that cannot be read fails in all."""
    reads: frozenset[Reads] = frozenset(block.reads for block in blocks)
    parsed, unreadable = read_texts(material, texts, reads)
    good = [row for row, item in enumerate(parsed) if item is not None]
    described = []
    for block in blocks:
        items: list[Any] = [item[block.reads] for item in parsed if item is not None]
        described.append(
            _spread(block, describe_blends(block, items), good, len(texts), unreadable)
        )
    return described


def _spread(
    block: Block, found: BlockValues, good: list[int], n: int, unreadable: Mapping[int, str]
) -> BlockValues:
    if len(good) == n:
        return found
    values = np.zeros((n, len(block.columns)), dtype=found.values.dtype)
    values[good] = found.values
    failures = {good[row]: reason for row, reason in found.failures.items()}
    return BlockValues(values, {**unreadable, **failures})


def describe_fields(
    blocks: Sequence[Block], columns: Mapping[str, Sequence[FieldValue]], n: int
) -> list[tuple[Block, BlockValues]]:
    """Return blocks that read fields, settled by all `n` rows of columns, with their values."""
    if not blocks:
        return []
    rows = [{name: column[row] for name, column in columns.items()} for row in range(n)]
    settled = [block.settled(rows) if isinstance(block, Settles) else block for block in blocks]
    return [(block, block.describe(rows)) for block in settled]
