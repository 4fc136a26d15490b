"""The public tables this release knows, by name."""

from typing import Final

from loop.datasets.composition_tables import COMPOSITION_TABLES
from loop.datasets.molecule_tables import MOLECULE_TABLES
from loop.datasets.polymer_tables import POLYMER_TABLES
from loop.datasets.public_table import PublicTable
from loop.errors import NotFoundError

PUBLIC_TABLES: Final = (*POLYMER_TABLES, *COMPOSITION_TABLES, *MOLECULE_TABLES)


def public_table(name: str) -> PublicTable:
    """Return the record of a name.

    Raises:
        NotFoundError: there is none; the message lists the known ones.
    """
    for record in PUBLIC_TABLES:
        if record.name == name:
            return record
    known = ", ".join(record.name for record in PUBLIC_TABLES)
    raise NotFoundError(f"there is no public table {name!r}; known are {known}")
