"""CAS number to structure, all at once.

`chemicals` resolves one number at a time after loading a large table of synonyms. Here only the
five columns that are needed are read, which makes 70,000 compounds a matter of seconds.
"""

from typing import Final

import pandas as pd

from loop.datasets.wheel_tables import WheelTables, cas_numbers

# In the order in which chemicals' own look-up lets one override the other.
_TABLES: Final = (
    "Inorganic db.tsv",
    "chemical identifiers example user db.tsv",
    "chemical identifiers pubchem small.tsv",
    "chemical identifiers pubchem large.tsv",
)
_COLUMNS: Final = {"cas": 1, "formula": 2, "mass": 3, "smiles": 4, "iupac": 7, "name": 8}


def identifiers(wheels: WheelTables) -> pd.DataFrame:
    """Return formula, molar mass in g/mol, SMILES and name by CAS number as integer."""
    return wheels.once("identifiers", lambda: _read_all(wheels))


def _read_all(wheels: WheelTables) -> pd.DataFrame:
    found = pd.concat([_read(wheels, name) for name in _TABLES])
    return found[~found.index.duplicated(keep="first") & (found.index > 0)]


def _read(wheels: WheelTables, name: str) -> pd.DataFrame:
    with wheels.path("chemicals", f"Identifiers/{name}").open(encoding="utf-8") as file:
        # The number of synonyms differs from line to line, which a CSV reader refuses.
        lines = [line.rstrip("\n").split("\t", max(_COLUMNS.values()) + 1) for line in file]
    cells = [[line[i] if i < len(line) else "" for i in _COLUMNS.values()] for line in lines]
    table = pd.DataFrame(cells, columns=list(_COLUMNS))
    table["mass"] = pd.to_numeric(table["mass"], errors="coerce")
    table["name"] = table["name"].where(table["name"] != "", table["iupac"])
    return table.set_index(pd.Index(cas_numbers(table["cas"]), name="cas")).drop(
        columns=["cas", "iupac"]
    )
