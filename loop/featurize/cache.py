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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from loop.core.candidate import Material
from loop.core.canonical import canonical_json, digest
from loop.featurize.block import Block
from loop.featurize.found import Found, Part, match
from loop.featurize.reading import READING
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
_STALE: Final = 24 * 3600.0


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
            hit, at = match(segment.keys, keys[missing])
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
