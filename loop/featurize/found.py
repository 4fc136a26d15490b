"""Rows that were found in several places, put together in the order they were asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.featurize.block import BlockValues
from loop.featurize.rows import sink

_CHUNK: Final = 8192


@dataclass(frozen=True)
class Part:
    """Some rows of a query, and where they lie.

    Attributes:
        values: Rows of some texts, shape `(m, d)`.
        failures: Row of `values` to reason.
        rows: Rows of the query, sorted.
        at: The same rows in `values`.
    """

    values: NDArray[Any]
    failures: Mapping[int, str]
    rows: NDArray[np.intp]
    at: NDArray[np.intp]


@dataclass(frozen=True)
class Found:
    """What a shelf knows of some texts.

    Attributes:
        parts: Where the known rows lie; every known row once.
        missing: The other rows, sorted.
    """

    parts: tuple[Part, ...]
    missing: NDArray[np.intp]


def gather(found: Found, fresh: BlockValues | None, n: int) -> BlockValues:
    """Put together what was found and what was missing.

    A single segment that holds all rows in order is returned as it is mapped, without a copy.

    Args:
        found: Of a look-up of `n` texts.
        fresh: Values of the missing rows, if there are any.
        n: Rows in all.
    """
    parts = list(found.parts)
    if fresh is not None:
        rows = np.arange(len(found.missing), dtype=np.intp)
        parts.append(Part(fresh.values, fresh.failures, found.missing, rows))
    if len(parts) == 1 and np.array_equal(parts[0].at, np.arange(len(parts[0].values))):
        return BlockValues(parts[0].values, parts[0].failures)
    failures: dict[int, str] = {}
    for part in parts:
        if part.failures:
            row_of = dict(zip(part.at.tolist(), part.rows.tolist(), strict=True))
            failures |= {row_of[k]: v for k, v in part.failures.items() if k in row_of}
    return BlockValues(_interleaved(parts, n), dict(sorted(failures.items())))


def _interleaved(parts: Sequence[Part], n: int) -> NDArray[Any]:
    part_of = np.zeros(n, dtype=np.intp)
    at = np.zeros(n, dtype=np.intp)
    for i, part in enumerate(parts):
        part_of[part.rows], at[part.rows] = i, part.at
    d, dtype = parts[0].values.shape[1], np.result_type(*(part.values for part in parts))
    into = sink(n, d, dtype)
    for start in range(0, n, _CHUNK):
        chunk = np.empty((min(_CHUNK, n - start), d), dtype=dtype)
        for i, part in enumerate(parts):
            here = np.flatnonzero(part_of[start : start + _CHUNK] == i)
            chunk[here] = part.values[at[start + here]]
        into.append(chunk)
    return into.finish()


def match(
    keys: NDArray[np.uint64], wanted: NDArray[np.uint64]
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return which wanted keys are there, and in which row; both shape `(len(wanted),)`."""
    order = np.argsort(keys[:, 0], kind="stable")
    at = np.searchsorted(keys[:, 0], wanted[:, 0], sorter=order)
    at = order[np.minimum(at, len(keys) - 1)]
    # Rows that share the first half of a key are found once; the others are described again.
    return (keys[at] == wanted).all(axis=1), at
