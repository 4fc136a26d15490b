"""One segment of the cache: the values of some texts, written once, then only read.

A segment is a folder with `values.npy` (mapped into memory), `keys.npy` (16-byte hashes of the
texts, in the order of the rows) and `segment.json` (shapes, failures, checksums). It is written
under another name, synced and renamed, so it is there as a whole or not at all.
"""

import hashlib
import json
import os
import shutil
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.core.canonical import Json, canonical_json, digest
from loop.featurize.rows import RowsInFile

FORMAT: Final = "synthloop/features/1"
PART: Final = ".part-"
_PAGE: Final = 4096
_READ: Final = 1 << 20


class DamagedSegmentError(Exception):
    """A segment is not what was written; the message says where."""


@dataclass(frozen=True)
class Segment:
    """Values of some texts.

    Attributes:
        values: Shape `(n, d)`, mapped, read-only.
        keys: Shape `(n, 2)`, uint64: hash of each row's text.
        failures: Row to reason.
    """

    values: NDArray[Any]
    keys: NDArray[np.uint64]
    failures: Mapping[int, str]


def text_keys(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Return 128-bit hashes of texts, shape `(n, 2)`, uint64."""
    hashed = (hashlib.blake2b(_bytes(text), digest_size=16) for text in texts)
    raw = b"".join([h.digest() for h in hashed])
    return np.frombuffer(raw, dtype="<u8").reshape(-1, 2)


def name_of(texts: Sequence[str]) -> str:
    """Return the name of the segment that holds just these texts in this order."""
    hashed = hashlib.blake2b(_bytes("\0".join(texts)), digest_size=16)
    # The lengths keep a text that holds the separator apart from two texts.
    hashed.update(np.fromiter(map(len, texts), dtype="<u8", count=len(texts)).tobytes())
    return hashed.hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


class Draft:
    """A segment that is being written."""

    def __init__(self, shelf: Path, n: int, d: int, dtype: np.dtype[Any]) -> None:
        self.folder = shelf / f"{PART}{uuid.uuid4().hex}"
        self.folder.mkdir(parents=True)
        self._rows = RowsInFile(self.folder / "values.npy", n, d, dtype)

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows after those before."""
        self._rows.append(rows)

    def written(self) -> NDArray[Any]:
        """Return the rows so far, mapped."""
        return self._rows.written()

    def abandon(self) -> None:
        """Remove what was written."""
        self._rows.abandon()
        shutil.rmtree(self.folder, ignore_errors=True)

    def publish(self, texts: Sequence[str], failures: Mapping[int, str]) -> NDArray[Any]:
        """Make the segment visible; return its values, mapped. Somebody else's equal one stays."""
        values = self._rows.finish()
        np.save(self.folder / "keys.npy", text_keys(texts))
        body: dict[str, Json] = {
            "format": FORMAT,
            "sums": {name: _sum_of(self.folder / name) for name in ("values.npy", "keys.npy")},
            "failures": {str(row): reason for row, reason in failures.items()},
        }
        signed = {"body": body, "digest": digest(canonical_json(body))}
        (self.folder / "segment.json").write_text(json.dumps(signed), encoding="utf-8")
        for path in (*sorted(self.folder.iterdir()), self.folder):
            _sync(path)
        place = self.folder.parent / name_of(texts)
        try:
            self.folder.rename(place)
        except OSError:
            if not place.is_dir():
                raise
            shutil.rmtree(self.folder, ignore_errors=True)
        _sync(place.parent)
        return values


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_segment(folder: Path) -> Segment:
    """Return a segment, checked against its sums the first time this process meets it.

    Raises:
        FileNotFoundError: it is not there (any more).
        DamagedSegmentError: it is not what was written.
    """
    try:
        signed = json.loads((folder / "segment.json").read_text(encoding="utf-8"))
        body = signed["body"]
        if signed["digest"] != digest(canonical_json(body)) or body["format"] != FORMAT:
            raise DamagedSegmentError("segment.json does not match its digest")
        for name, wanted in body["sums"].items():
            seen = (folder / name).stat()
            if _known_sum(folder / name, seen.st_size, seen.st_mtime_ns, seen.st_ino) != wanted:
                raise DamagedSegmentError(f"{name} does not match its sum")
        values = np.load(folder / "values.npy", mmap_mode="r", allow_pickle=False)
        keys = np.load(folder / "keys.npy", allow_pickle=False)
    except FileNotFoundError:
        if (folder / "segment.json").exists():
            raise DamagedSegmentError("a file is missing") from None
        raise
    except (ValueError, KeyError, TypeError) as cause:
        raise DamagedSegmentError(f"it cannot be read: {cause}") from cause
    return Segment(values, keys, {int(row): reason for row, reason in body["failures"].items()})


@lru_cache(maxsize=4096)
def _known_sum(path: Path, size: int, changed: int, inode: int) -> int:
    del size, changed, inode
    return _sum_of(path)


def _sum_of(path: Path) -> int:
    """Return a checksum of a file: CRC-32 of the sums of its pages.

    Summing 64-bit words runs at the speed of memory, ten times that of a CRC of all bytes, and a
    look-up has to be far quicker than the description it saves.
    """
    size = path.stat().st_size
    total = size & 0xFFFFFFFF
    # Read, not mapped: a mapping would count as memory of this process.
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(_READ)
        while got := file.readinto(buffer):
            whole = got - got % _PAGE
            words = np.frombuffer(buffer, dtype="<u8", count=whole // 8)
            pages = words.reshape(-1, _PAGE // 8).sum(axis=1, dtype=np.uint64)
            total = zlib.crc32(buffer[whole:got], zlib.crc32(pages.tobytes(), total))
    return total
