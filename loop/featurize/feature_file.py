"""Descriptors beside the columns of their table, as parquet, CSV or NumPy's npz."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from loop.core.candidate import FieldValue
from loop.core.ports import FeatureMatrix, Table

_ROWS: Final = 16_384


def as_text(value: FieldValue) -> str:
    """Return a cell as text, without loss; nothing as empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(int(value)) if value.is_integer() else repr(value)


def _batches(table: Table, matrix: FeatureMatrix) -> Iterator[Any]:
    """Yield arrow tables of some rows each: the columns of the file, then the descriptors."""
    import pyarrow as pa

    failed = ~matrix.usable()
    for start in range(0, len(matrix), _ROWS):
        here = slice(start, min(start + _ROWS, len(matrix)))
        columns = {name: _arrow(column, here) for name, column in table.columns.items()}
        for block in matrix.blocks:
            chunk = np.asarray(block.values[here])
            for j, column in enumerate(block.columns):
                values = np.ascontiguousarray(chunk[:, j])
                columns[f"{block.name}: {column}"] = pa.array(values, mask=failed[here])
        yield pa.table(columns)


def _arrow(column: Sequence[FieldValue], rows: slice) -> Any:
    import pyarrow as pa

    if any(isinstance(value, str) for value in column):
        return pa.array([None if v is None else as_text(v) for v in column[rows]], pa.string())
    return pa.array(column[rows], pa.float64())


def _parquet(path: Path, table: Table, matrix: FeatureMatrix) -> None:
    from pyarrow import parquet

    batches = _batches(table, matrix)
    first = next(batches)
    with parquet.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for batch in batches:
            writer.write_table(batch)


def _csv(path: Path, table: Table, matrix: FeatureMatrix) -> None:
    from pyarrow import csv

    batches = _batches(table, matrix)
    first = next(batches)
    with csv.CSVWriter(path, first.schema) as writer:
        writer.write_table(first)
        for batch in batches:
            writer.write_table(batch)


def _npz(path: Path, table: Table, matrix: FeatureMatrix) -> None:
    del table
    arrays: dict[str, Any] = {
        "failed": ~matrix.usable(),
        "blocks": np.array([block.name for block in matrix.blocks]),
    }
    for i, block in enumerate(matrix.blocks):
        arrays[f"values_{i}"] = block.values
        arrays[f"columns_{i}"] = np.array(block.columns)
    with path.open("wb") as file:
        np.savez(file, **arrays)


WRITERS: Final[dict[str, Callable[[Path, Table, FeatureMatrix], None]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".npz": _npz,
}
