"""The rows of sources, from data sets by name, public tables by name, and files by path."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import FieldValue
from loop.core.ports import Progress, Table
from loop.datasets.public_table import PublicTableLoader
from loop.datasets.public_tables import PUBLIC_TABLES, public_table
from loop.datasets.structure_keys import structure_key
from loop.errors import DataError, NotFoundError, Problem
from loop.service.plugins import PluginLookup
from loop.sources.recipe import SourceRecipe
from loop.sources.rows import SourceRows
from loop.space.pool import PoolFiles

_GROUP: Final = "synthloop.datasets"
_SHOWN: Final = 20


@dataclass(frozen=True)
class Refused:
    """A row of a file that is not taken.

    Attributes:
        row: Its number in the file.
        text: Its structure.
        reason: Why.
    """

    row: int
    text: str
    reason: str


class SourceTables:
    """The port `loop.sources.rows.SourceReader`; every table is read once."""

    def __init__(self, cache: Path) -> None:
        """Read tables, keeping what is slow under `cache`."""
        self._cache = cache
        self._tables: dict[str, Table] = {}
        self._files: dict[str, list[str | None]] = {}

    def __call__(self, recipe: SourceRecipe, progress: Progress) -> SourceRows:
        """Return the rows of a recipe.

        Raises:
            NotFoundError: its data are not here.
            MissingExtraError: the packages that carry them are not installed.
            DataError: the file is another one than that of the recipe, lacks a column, or a
                value is no number.
        """
        table = self.table(recipe, progress)
        structures, values = column_of(table, recipe.structure), numbers(table, recipe.column)
        texts = ["" if cell is None else str(cell) for cell in structures]
        keys = self._keys(recipe, table, texts)
        return SourceRows(keys, texts, values)

    def table(self, recipe: SourceRecipe, progress: Progress) -> Table:
        """Return the whole table of a recipe; raises as the call does."""
        if recipe.data not in self._tables:
            self._tables[recipe.data] = self._read(recipe, progress)
        return self._tables[recipe.data]

    def refused(self, recipe: SourceRecipe, progress: Progress) -> list[Refused]:
        """Return the rows with a value whose structure is none of the material."""
        rows, table = self(recipe, progress), self.table(recipe, progress)
        reason = f"no single, neutral, usable {recipe.material.value}"
        return [
            Refused(table.first_row + row, rows.structures[row], reason)
            for row in np.flatnonzero(np.isfinite(rows.values)).tolist()
            if rows.keys[row] is None
        ]

    def _read(self, recipe: SourceRecipe, progress: Progress) -> Table:
        plugins = PluginLookup()
        if recipe.file_digest:
            return self._file(recipe)
        if recipe.data in plugins.names(_GROUP):
            data_set: Any = plugins.load(_GROUP, recipe.data)()
            table: Table = data_set.load(self._cache, progress)
            return table
        if recipe.data in {record.name for record in PUBLIC_TABLES}:
            return PublicTableLoader(public_table(recipe.data)).load(self._cache, progress)
        raise NotFoundError(f"there is no data set or public table {recipe.data!r}")

    def _file(self, recipe: SourceRecipe) -> Table:
        path = Path(recipe.data)
        if not path.is_file():
            raise NotFoundError(f"the table {path} of source {recipe.name!r} is not here")
        if file_digest(path) != recipe.file_digest:
            raise DataError(
                f"{path} was changed since source {recipe.name!r} was added",
                hint="add the source again: synthloop sources add",
            )
        return PoolFiles().read(path)

    def _keys(self, recipe: SourceRecipe, table: Table, texts: list[str]) -> list[str | None]:
        if not recipe.file_digest and "key" in table.columns:
            return [None if key is None else str(key) for key in table.columns["key"]]
        name = f"{recipe.data}\n{recipe.structure}\n{recipe.material.value}"
        if name not in self._files:
            self._files[name] = [structure_key(recipe.material, text) for text in texts]
        return self._files[name]


def column_of(table: Table, name: str) -> Sequence[FieldValue]:
    """Return a column.

    Raises:
        DataError: there is none of this name.
    """
    if name not in table.columns:
        expected = f"one of {', '.join(table.columns)}"
        raise DataError(
            f"{table.source} has no such column",
            problems=[Problem(table.source, "column", name, expected)],
        )
    return table.columns[name]


def numbers(table: Table, name: str) -> NDArray[np.float64]:
    """Return a column as float64, shape `(n,)`; NaN where a cell is empty.

    Raises:
        DataError: there is no such column, or a cell is neither a number nor empty.
    """
    cells = column_of(table, name)
    bad = [(row, cell) for row, cell in enumerate(cells) if isinstance(cell, str)]
    if bad:
        raise DataError(
            f"{len(bad)} cells of {name!r} are no numbers",
            problems=[
                Problem(table.source, f"row {table.first_row + row}", cell, "a number or nothing")
                for row, cell in bad[:_SHOWN]
            ],
        )
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
