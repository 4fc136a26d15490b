"""Values of blocks on disk, so that nothing is described twice.

Every block has a shelf, a folder named by its digest, the material it is given and the libraries
that read it; on it lie segments. The key of a row is its text as written. A canonical form
would find more, but costs as much as many blocks do, and the numbers of a row would depend on
which spelling was met first.
"""

import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import Material
from loop.core.canonical import canonical_json, digest
from loop.featurize.block import Block, BlockValues
from loop.featurize.reading import READING
from loop.featurize.rows import sink
from loop.featurize.segment import (
    FORMAT,
    PART,
    DamagedSegmentError,
    Draft,
    Segment,
    name_of,
    open_segment,
    text_keys,
)

_LOG = logging.getLogger(__name__)
LIMIT: Final = 2 << 30
_READERS: Final = ("rdkit", "pymatgen", "numpy")
_CHUNK: Final = 8192
_STALE: Final = 24 * 3600.0


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


@dataclass(frozen=True)
class FeatureCache:
    """All shelves below one folder; several processes may use it at once.

    Attributes:
        folder: Made when something is written.
        limit: Bytes beyond which the segments that were not used for longest are removed.
    """

    folder: Path
    limit: int = LIMIT

    def shelf(self, block: Block, material: Material) -> "Shelf":
        """Return the shelf of a block that is given texts of one material."""
        key = {
            "format": FORMAT,
            "block": block.digest(),
            "reads": block.reads,
            "material": material.value,
            "reading": READING,
            "libraries": {name: _version(name) for name in _READERS},
        }
        return Shelf(self, self.folder / digest(canonical_json(key))[:40])

    def trim(self) -> None:
        """Remove the segments that were not used for longest, and drafts of killed processes."""
        for draft in self.folder.glob(f"*/{PART}*"):
            if time.time() - _written(draft) > _STALE:
                shutil.rmtree(draft, ignore_errors=True)
        known = [(_used(path), path) for path in self.folder.glob("*/[!.]*")]
        sizes = {path: _size(path) for _, path in known}
        excess = sum(sizes.values()) - self.limit
        for _, path in sorted(known):
            if excess <= 0:
                return
            _remove(path)
            excess -= sizes[path]


class Shelf:
    """What is known of one block."""

    def __init__(self, cache: FeatureCache, folder: Path) -> None:
        self._cache = cache
        self.folder = folder

    def find(self, texts: Sequence[str]) -> Found:
        """Look up distinct texts; a damaged segment is logged and removed."""
        whole = self._open(self.folder / name_of(texts))
        if whole is not None:
            rows = np.arange(len(texts), dtype=np.intp)
            return Found((Part(whole.values, whole.failures, rows, rows),), rows[:0])
        keys = text_keys(texts)
        missing = np.arange(len(texts), dtype=np.intp)
        parts = []
        for path, segment in self._segments():
            if not len(missing):
                break
            hit, at = _match(segment.keys, keys[missing])
            if hit.any():
                _touch(path)
                parts.append(Part(segment.values, segment.failures, missing[hit], at[hit]))
                missing = missing[~hit]
        return Found(tuple(parts), missing)

    def _segments(self) -> Iterator[tuple[Path, Segment]]:
        for path in sorted(self.folder.glob("[!.]*")):
            segment = self._open(path, used=False)
            if segment is not None:
                yield path, segment

    def _open(self, path: Path, *, used: bool = True) -> Segment | None:
        try:
            segment = open_segment(path)
        except FileNotFoundError:
            return None
        except DamagedSegmentError as damage:
            _LOG.warning(
                "cached descriptors %s are damaged and are computed anew: %s", path, damage
            )
            _remove(path)
            return None
        if used:
            _touch(path)
        return segment

    def draft(self, n: int, d: int, dtype: np.dtype[Any]) -> Draft | None:
        """Return a new segment to be written, or None if it would not fit into the cache."""
        if n * d * dtype.itemsize > self._cache.limit:
            _LOG.warning(
                "%d rows of %d descriptors are more than the cache may hold (%d bytes); "
                "they are not kept", n, d, self._cache.limit,
            )  # fmt: skip
            return None
        return Draft(self.folder, n, d, dtype)


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


def _match(
    keys: NDArray[np.uint64], wanted: NDArray[np.uint64]
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return which wanted keys are there, and in which row; both shape `(len(wanted),)`."""
    order = np.argsort(keys[:, 0], kind="stable")
    at = np.searchsorted(keys[:, 0], wanted[:, 0], sorter=order)
    at = order[np.minimum(at, len(keys) - 1)]
    # Rows that share the first half of a key are found once; the others are described again.
    return (keys[at] == wanted).all(axis=1), at


@lru_cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError as cause:
        _LOG.debug("%s cannot be marked as used: %s", path, cause)


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _written(folder: Path) -> float:
    """Return when something in a folder was last written."""
    try:
        return max(map(_used, folder.iterdir()), default=_used(folder))
    except FileNotFoundError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return sum(file.stat().st_size for file in path.iterdir())
    except FileNotFoundError:
        return 0


def _remove(path: Path) -> None:
    """Take a segment away at once, so that no reader sees a part of it."""
    gone = path.with_name(f"{PART}{path.name}-{os.getpid()}")
    try:
        path.rename(gone)
    except OSError as cause:
        _LOG.debug("%s is gone or in use: %s", path, cause)
        return
    shutil.rmtree(gone, ignore_errors=True)
