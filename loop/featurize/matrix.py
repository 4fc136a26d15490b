"""Row-by-row description of a pool, with an account of the rows that failed."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from loop.core.canonical import Json, canonical_json, digest
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress

CHUNK = 256
Described = tuple[NDArray[np.uint8] | None, NDArray[np.float32]]


def version_digest(name: str, version: int, libraries: dict[str, str], config: Json) -> str:
    """Return the digest of everything that decides a featurizer's numbers but the pool."""
    return digest(
        canonical_json({"name": name, "version": version, "libraries": libraries, "config": config})
    )


def describe_rows(
    items: Sequence[str],
    describe: Callable[[str], Described],
    columns: tuple[tuple[str, ...], tuple[str, ...]],
    digests: tuple[str, str],
    progress: Progress,
) -> FeatureMatrix:
    """Return the matrix of all items; a `ValueError` of `describe` becomes a failure.

    Args:
        items: One text per row.
        describe: Text to counts (or None) and reals.
        columns: Names of the count and of the real columns; no counts block if the former is ().
        digests: Of the pool and of the featurizer.
        progress: Told after each chunk.
    """
    count_names, real_names = columns
    counts = np.zeros((len(items), len(count_names)), dtype=np.uint8)
    reals = np.zeros((len(items), len(real_names)), dtype=np.float32)
    failures: dict[int, str] = {}
    for row, item in enumerate(items):
        try:
            row_counts, row_reals = describe(item)
        except ValueError as error:
            failures[row] = str(error)
        else:
            if row_counts is not None:
                counts[row] = row_counts
            reals[row] = row_reals
        if (row + 1) % CHUNK == 0 or row + 1 == len(items):
            progress("describing candidates", (row + 1) / len(items))
    blocks = [FeatureBlock("descriptors", "reals", real_names, reals)]
    if count_names:
        blocks.insert(0, FeatureBlock("Morgan counts", "counts", count_names, counts))
    return FeatureMatrix(tuple(blocks), digest("\n".join(digests)), failures)
