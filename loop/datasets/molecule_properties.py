"""Measured properties of organic molecules, from tables that ship in wheels.

28 properties, each from several overlapping tables of `chemicals` and `thermo`; what is read and
what is plausible stands in the records. Never read are the tables of estimates (Joback, Fedors,
Wilson-Jasperson, predicted acentric factors, quantum chemistry) and CAS Common Chemistry, whose
licence (CC BY-NC 4.0) excludes commercial use.
"""

from pathlib import Path
from typing import ClassVar, Final

import pandas as pd
import pyarrow as pa

from loop.core.ports import Progress, Table, silent
from loop.datasets.cached_table import cached_table
from loop.datasets.identifiers import identifiers
from loop.datasets.merging import merge
from loop.datasets.molecule_energies import ENERGIES
from loop.datasets.molecule_liquids import LIQUIDS
from loop.datasets.molecule_solvents import SOLVENTS
from loop.datasets.molecule_transitions import TRANSITIONS
from loop.datasets.property_record import PropertyRecord, decides
from loop.datasets.structure_keys import molecule_key
from loop.datasets.wheel_tables import WheelTables, cas_text

_REPORT_EVERY: Final = 500


class MoleculeProperties:
    """The data set `molecule-properties`."""

    name: ClassVar[str] = "molecule-properties"
    summary: ClassVar[str] = "measured properties of 25,000 organic molecules, 28 columns"
    licence: ClassVar[str] = "MIT (chemicals, thermo); origins by property in `records`"
    records: ClassVar[tuple[PropertyRecord, ...]] = (
        *TRANSITIONS,
        *ENERGIES,
        *LIQUIDS,
        *SOLVENTS,
    )

    def load(self, cache: Path, progress: Progress = silent) -> Table:
        """Return one row per molecule that has any of the properties, sorted by SMILES.

        Columns: `key` and `smiles` (equal: canonical SMILES without stereochemistry; isomers that
        differ in nothing else are one row), `name`, `cas` (the lowest of its numbers), and four
        per record: value, spread over the sources, number of sources, evidence. The first call
        takes about 10 s, later ones read a file under `cache`.

        Raises:
            MissingExtraError: `chemicals` or `thermo` is not installed.
            DataError: a release of them without one of the tables, or an unreadable cache.
        """
        wheels = WheelTables(self.name)
        return cached_table(
            cache, self.name, decides(self.records, "rdkit"), lambda: self._build(wheels, progress)
        )

    def _build(self, wheels: WheelTables, progress: Progress) -> pa.Table:
        progress("reading tables of molecules", 0.0)
        found = [[origin.read(wheels) for origin in record.origins] for record in self.records]
        known = identifiers(wheels)
        asked = pd.Index(sorted({cas for group in found for s in group for cas in s.index}))
        keys = _keys(known.loc[asked.intersection(known.index), "smiles"], progress)
        merged = [merge(r, group, keys) for r, group in zip(self.records, found, strict=True)]
        values = pd.concat(merged, axis=1).sort_index()
        first = pd.Series(keys).sort_index().drop_duplicates()
        labels = pd.DataFrame(
            {
                "name": known.loc[first.index, "name"].to_numpy(),
                "cas": [cas_text(number) for number in first.index],
            },
            index=first.to_numpy(),
        ).loc[values.index]
        smiles = values.index.to_numpy()
        head = pd.DataFrame({"key": smiles, "smiles": smiles}, index=values.index)
        table = pd.concat([head, labels, values], axis=1)
        progress("reading tables of molecules", 1.0)
        return pa.Table.from_pandas(table, preserve_index=False)


def _keys(smiles: pd.Series, progress: Progress) -> dict[object, str]:
    keys: dict[object, str] = {}
    for count, (cas, text) in enumerate(smiles.items()):
        if count % _REPORT_EVERY == 0:
            progress("reading structures", count / len(smiles))
        key = molecule_key(str(text))
        if key is not None:
            keys[cas] = key
    progress("reading structures", 1.0)
    return keys
