"""Tables that take seconds to assemble, kept as parquet under a digest of what decides them."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from loop.core.candidate import FieldValue
from loop.core.canonical import Json, canonical_json, digest
from loop.core.ports import Table
from loop.errors import DataError


class ArrowColumns(Mapping[str, Sequence[FieldValue]]):
    """Columns that become Python values when they are asked for: a caller wants few of many."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._converted: dict[str, list[FieldValue]] = {}

    def __getitem__(self, name: str) -> list[FieldValue]:
        """Return a column; None where a cell is missing."""
        if name not in self._converted:
            if name not in self._table.column_names:
                raise KeyError(name)
            self._converted[name] = self._table[name].to_pylist()
        return self._converted[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._table.column_names)

    def __len__(self) -> int:
        """How many columns there are."""
        return int(self._table.num_columns)


def cached_table(
    cache: Path, name: str, decides: Mapping[str, Json], build: Callable[[], pa.Table]
) -> Table:
    """Return a table from the cache, or build and keep it.

    The file appears under its name only when it is complete, so that two processes or a crash
    leave no half of it.

    Args:
        cache: Folder; made when needed.
        name: Of the data set.
        decides: Everything the content depends on: package versions, declared records.
        build: Makes the table.

    Raises:
        DataError: the cached file cannot be read; the message names it.
    """
    path = cache / f"{name}-{digest(canonical_json(decides))[:16]}.parquet"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        pq.write_table(build(), draft, compression="zstd")
        draft.replace(path)
    try:
        stored = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as cause:
        raise DataError(
            f"the cached table {path} cannot be read: {cause}",
            hint="delete the file; it is made again on the next use",
        ) from cause
    return Table(source=f"data set {name}", columns=ArrowColumns(stored))
