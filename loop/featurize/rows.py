"""Rows put one chunk after the other into an array: in memory while small, else in a file."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import FeatureBlock

# Beyond this an array lives in a file that the system may page out.
_IN_MEMORY: Final = 1 << 28
_CHUNK: Final = 8192


class RowTaker(Protocol):
    """Takes the rows of one array in order."""

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows after those before."""

    def written(self) -> NDArray[Any]:
        """Return the rows so far."""

    def abandon(self) -> None:
        """Remove what was written."""


class RowSink(RowTaker, Protocol):
    """Takes rows and gives the array back."""

    def finish(self) -> NDArray[Any]:
        """Return the array; nothing can be added any more."""


class RowsInMemory:
    """Rows of an array that is small enough."""

    def __init__(self, n: int, d: int, dtype: np.dtype[Any]) -> None:
        self._values = np.zeros((n, d), dtype=dtype)
        self._next = 0

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows after those before."""
        self._values[self._next : self._next + len(rows)] = rows
        self._next += len(rows)

    def written(self) -> NDArray[Any]:
        """Return the rows so far."""
        return self._values[: self._next]

    def finish(self) -> NDArray[Any]:
        """Return the array, shape `(n, d)`."""
        return self._values

    def abandon(self) -> None:
        """Nothing is left behind."""


class RowsInFile:
    """Rows of an array in a `.npy` file.

    The file is written, not mapped, until it is whole: pages of a mapping that are changed count
    as memory of the process, written ones do not.
    """

    def __init__(self, path: Path, n: int, d: int, dtype: np.dtype[Any]) -> None:
        self.path = path
        self._file = path.open("wb")
        header = {
            "descr": np.lib.format.dtype_to_descr(dtype),
            "fortran_order": False,
            "shape": (n, d),
        }
        np.lib.format.write_array_header_1_0(self._file, header)
        self._start = self._file.tell()
        self._next, self._d, self._dtype = 0, d, dtype

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows after those before."""
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)
        self._next += len(rows)

    def written(self) -> NDArray[Any]:
        """Return the rows so far, mapped."""
        self._file.flush()
        shape = (self._next, self._d)
        return np.memmap(self.path, self._dtype, mode="r", offset=self._start, shape=shape)

    def abandon(self) -> None:
        """Remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def finish(self) -> NDArray[Any]:
        """Return the file mapped into memory, shape `(n, d)`, read-only."""
        self._file.close()
        values: NDArray[Any] = np.load(self.path, mmap_mode="r")
        return values


class _RowsInNamelessFile(RowsInFile):
    """As above, in a file whose name is taken away once it is mapped."""

    def __init__(self, n: int, d: int, dtype: np.dtype[Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="synthloop-")
        super().__init__(Path(self._folder.name) / "values.npy", n, d, dtype)

    def finish(self) -> NDArray[Any]:
        values = super().finish()
        self._folder.cleanup()
        return values

    def abandon(self) -> None:
        super().abandon()
        self._folder.cleanup()


def sink(n: int, d: int, dtype: np.dtype[Any]) -> RowSink:
    """Return where to put the rows of an `(n, d)` array."""
    if n * d * dtype.itemsize <= _IN_MEMORY:
        return RowsInMemory(n, d, dtype)
    return _RowsInNamelessFile(n, d, dtype)


def side_by_side(blocks: Sequence[FeatureBlock]) -> NDArray[Any]:
    """Return all columns of some blocks, shape `(n, d)`, float64 if one block is, else float32."""
    dtype = np.result_type(np.float32, *(block.values.dtype for block in blocks))
    values = np.empty((len(blocks[0].values), sum(len(b.columns) for b in blocks)), dtype=dtype)
    start = 0
    for block in blocks:
        values[:, start : start + len(block.columns)] = block.values
        start += len(block.columns)
    return values


def copy_rows(values: NDArray[Any], into: RowTaker) -> None:
    """Put the rows of an array into a sink."""
    for start in range(0, len(values), _CHUNK):
        into.append(values[start : start + _CHUNK])


def take(values: NDArray[Any], rows: NDArray[np.intp]) -> NDArray[Any]:
    """Return the given rows of an array, shape `(len(rows), d)`."""
    into = sink(len(rows), values.shape[1], values.dtype)
    for start in range(0, len(rows), _CHUNK):
        into.append(values[rows[start : start + _CHUNK]])
    return into.finish()
