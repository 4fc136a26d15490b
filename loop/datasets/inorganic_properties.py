"""Measured properties of inorganic compounds by composition, from tables that ship in wheels."""

from pathlib import Path
from typing import ClassVar

import pandas as pd
import pyarrow as pa

from loop.core.ports import Progress, Table, silent
from loop.datasets.cached_table import cached_table
from loop.datasets.inorganic_records import INORGANIC
from loop.datasets.merging import merge
from loop.datasets.property_record import PropertyRecord, decides
from loop.datasets.structure_keys import composition_key
from loop.datasets.wheel_tables import WheelTables


class InorganicProperties:
    """The data set `inorganic-properties`."""

    name: ClassVar[str] = "inorganic-properties"
    summary: ClassVar[str] = "measured properties of 3,000 inorganic compositions, 6 columns"
    licence: ClassVar[str] = "MIT (chemicals, pymatgen); origins by property in `records`"
    records: ClassVar[tuple[PropertyRecord, ...]] = INORGANIC

    def load(self, cache: Path, progress: Progress = silent) -> Table:
        """Return one row per composition that has any of the properties, sorted by formula.

        Columns: `key` and `formula` (equal: smallest whole-number formula; polymorphs are one
        row), and four per record: value, spread over the sources, number of sources, evidence.
        The first call takes a few seconds, later ones read a file under `cache`.

        Raises:
            MissingExtraError: `chemicals` or `thermo` is not installed.
            DataError: a release of the packages without one of the tables, or an unreadable cache.
        """
        wheels = WheelTables(self.name)
        packages = ("pymatgen", "pymatgen-core")
        return cached_table(
            cache,
            self.name,
            decides(self.records, *packages),
            lambda: self._build(wheels, progress),
        )

    def _build(self, wheels: WheelTables, progress: Progress) -> pa.Table:
        progress("reading tables of inorganic compounds", 0.0)
        found = [[origin.read(wheels) for origin in record.origins] for record in self.records]
        progress("reading tables of inorganic compounds", 0.5)
        texts = sorted({str(text) for group in found for s in group for text in s.index})
        keys: dict[object, str] = {}
        for text in texts:
            key = composition_key(text)
            if key is not None:
                keys[text] = key
        merged = [merge(r, group, keys) for r, group in zip(self.records, found, strict=True)]
        values = pd.concat(merged, axis=1).sort_index()
        formulas = values.index.to_numpy()
        head = pd.DataFrame({"key": formulas, "formula": formulas}, index=values.index)
        progress("reading tables of inorganic compounds", 1.0)
        return pa.Table.from_pandas(pd.concat([head, values], axis=1), preserve_index=False)
