"""Public tables that no wheel carries: a user gives the file, a checksum tells if it is it."""

import hashlib
import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa

from loop.core.candidate import Material
from loop.core.canonical import Json
from loop.core.ports import Progress, Table, silent
from loop.datasets.cached_table import cached_table
from loop.datasets.property_record import Transform
from loop.datasets.structure_keys import structure_key
from loop.errors import DataError, NotFoundError

FOLDER_VARIABLE: Final = "SYNTHLOOP_PUBLIC_TABLES"
_REPORT_EVERY: Final = 500
_REVISION: Final = 1


@dataclass(frozen=True)
class TableProperty:
    """A property column of a public table.

    Attributes:
        column: Its name in the file.
        unit: As `loop.core.units` reads it.
        transform: Scale on which a model should learn it.
        lowest: Smallest plausible value.
        highest: Largest plausible value.
    """

    column: str
    unit: str
    transform: Transform
    lowest: float
    highest: float


@dataclass(frozen=True)
class PublicTable:
    """What is known about a file before it is opened.

    Attributes:
        name: Of the table.
        file: File name, gzip-compressed CSV in UTF-8 with one header line.
        sha256: Of the file, 64 hexadecimal digits.
        material: Class of its rows.
        structure: Column with SMILES, repeat unit or formula.
        conditions: Columns that, with the structure, make a row unique.
        licence: Under which it was published.
        origin: Repository, commit and file.
        problems: What a user of the numbers should know.
        properties: Its property columns.
    """

    name: str
    file: str
    sha256: str
    material: Material
    structure: str
    conditions: tuple[str, ...]
    licence: str
    origin: str
    problems: str
    properties: tuple[TableProperty, ...]

    def property_of(self, column: str) -> TableProperty:
        """Return the record of a property column.

        Raises:
            NotFoundError: the table has no such property.
        """
        for found in self.properties:
            if found.column == column:
                return found
        known = ", ".join(p.column for p in self.properties)
        raise NotFoundError(f"the table {self.name} has no property {column!r}; it has {known}")


class PublicTableLoader:
    """Reads one public table from a folder."""

    def __init__(self, record: PublicTable, folder: Path | None = None) -> None:
        """Bind a table to a folder.

        Args:
            record: The table.
            folder: Where its file is, or a folder one level above; by default the folder named by
                the environment variable SYNTHLOOP_PUBLIC_TABLES.
        """
        self.record = record
        named = os.environ.get(FOLDER_VARIABLE)
        self.folder = folder if folder is not None else (Path(named) if named else None)

    def load(self, cache: Path, progress: Progress = silent) -> Table:
        """Return the columns of the file and `key`, which leak checks compare.

        `key` is None where the structure is none of the table's material. Numbers stay in the
        units of the file; nothing is filtered or merged.

        Raises:
            NotFoundError: there is no such file; the message says what it is, where it comes
                from, its licence, and how to point to it.
            DataError: the file is another one than the record describes.
        """
        path = self._find()
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.record.sha256:
            raise DataError(
                f"{path} is not the table {self.record.name}: its SHA-256 is {found}, "
                f"expected {self.record.sha256}",
                hint=f"take the file of {self.record.origin}, or add your own table as a source "
                "under a name of its own",
            )
        # Keys are canonical texts, which differ between releases of the chemistry libraries.
        decides: dict[str, Json] = {
            "revision": _REVISION,
            "sha256": found,
            "releases": [metadata.version(name) for name in ("rdkit", "pymatgen")],
        }
        name = f"public-{self.record.name}"
        return cached_table(cache, name, decides, lambda: self._read(path, progress))

    def _find(self) -> Path:
        if self.folder is not None:
            places = [self.folder / self.record.file, *self.folder.glob(f"*/{self.record.file}")]
            for path in places:
                if path.is_file():
                    return path
        where = f"no folder is named by {FOLDER_VARIABLE}"
        if self.folder is not None:
            where = f"{self.folder} holds no file {self.record.file}"
        raise NotFoundError(
            f"the table {self.record.name} is not here: {where}. It comes from "
            f"{self.record.origin}; licence: {self.record.licence}",
            hint=f"put {self.record.file} into a folder and set {FOLDER_VARIABLE} to it",
        )

    def _read(self, path: Path, progress: Progress) -> pa.Table:
        # "NaN" is sodium nitride; only an empty cell is missing.
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], compression="gzip")
        for column in self.record.properties:
            table[column.column] = table[column.column].astype(float)
        structures = table[self.record.structure].astype(str)
        keys: list[str | None] = []
        phrase = f"reading structures of {self.record.name}"
        for count, text in enumerate(structures):
            if count % _REPORT_EVERY == 0:
                progress(phrase, count / len(structures))
            keys.append(structure_key(self.record.material, text))
        progress(phrase, 1.0)
        table.insert(0, "key", pd.Series(keys, dtype=object))
        return pa.Table.from_pandas(table, preserve_index=False)
