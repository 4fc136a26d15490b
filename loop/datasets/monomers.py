"""Molecules that polymerise, found among the compounds of an identifier table by their groups."""

from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar, Final

import pandas as pd
import pyarrow as pa
from rdkit import Chem, rdBase

from loop.core.canonical import Json, digest
from loop.core.polymerisation import Matches
from loop.core.polymerisation_rules import MONOMER_CLASSES
from loop.core.ports import Progress, Table, silent
from loop.datasets.cached_table import cached_table
from loop.datasets.identifiers import identifiers
from loop.datasets.wheel_tables import WheelTables, cas_text

_REPORT_EVERY: Final = 500
_ORGANIC: Final = frozenset([1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53])
_LARGEST: Final = 40
# Without one of these nothing polymerises by the rules; asking them first spares most compounds.
_ANY_GROUP: Final = (
    "[CX3]=[CX3]",
    "[CX4]1[OX2][CX4]1",
    "[CX3,c](=[OX1])[OX2,o,NX3,Cl,Br]",
    "[OX2,SX2;H1]",
    "[NX3;H2,H1]",
    "[NX2]=[CX2]=[O,S]",
    "[F,Cl,Br,I]c",
)


class Monomers:
    """The data set `monomers`."""

    name: ClassVar[str] = "monomers"
    summary: ClassVar[str] = "molecules that polymerise by the declared rules, with their classes"
    licence: ClassVar[str] = "MIT (chemicals)"

    def load(self, cache: Path, progress: Progress = silent) -> Table:
        """Return one row per molecule of at least one monomer class, sorted by SMILES.

        Columns: `smiles` (canonical), `name`, `cas`, `classes` (names joined by "; "). Only
        neutral single molecules of H B C N O F Si P S Cl Br I with at most 40 heavy atoms. The
        first call reads 76,000 compounds, which takes about half a minute; later ones read a file
        under `cache`.

        Raises:
            MissingExtraError: `chemicals` or `thermo` is not installed.
            DataError: a release of them without the tables, or an unreadable cache.
        """
        wheels = WheelTables(self.name)
        decides: dict[str, Json] = {
            "rules": digest(repr(MONOMER_CLASSES)),
            "largest": _LARGEST,
            "elements": sorted(_ORGANIC),
            "chemicals": metadata.version("chemicals"),
            "rdkit": metadata.version("rdkit"),
        }
        return cached_table(cache, self.name, decides, lambda: _build(wheels, progress))


def _build(wheels: WheelTables, progress: Progress) -> pa.Table:
    progress("looking for monomers", 0.0)
    known = identifiers(wheels).sort_index()
    # Two ions or a salt have a dot in their SMILES.
    single = known[(known["smiles"] != "") & ~known["smiles"].str.contains(".", regex=False)]
    rows: dict[str, dict[str, str]] = {}
    for count, (number, text, name) in enumerate(
        zip(single.index, single["smiles"], single["name"], strict=True)
    ):
        if count % _REPORT_EVERY == 0:
            progress("looking for monomers", count / len(single))
        found = monomer_classes(text)
        if found is not None and found[0] not in rows:
            smiles, classes = found
            rows[smiles] = {
                "smiles": smiles,
                "name": str(name),
                "cas": cas_text(int(number)),
                "classes": "; ".join(classes),
            }
    progress("looking for monomers", 1.0)
    table = pd.DataFrame([rows[smiles] for smiles in sorted(rows)])
    return pa.Table.from_pandas(table, preserve_index=False)


def monomer_classes(smiles: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the canonical SMILES of a monomer and the names of its classes, or None if it is none.

    Args:
        smiles: Of one compound.
    """
    with rdBase.BlockLogs():
        mol: Any = Chem.MolFromSmiles(smiles)
    if mol is None or mol.GetNumHeavyAtoms() > _LARGEST or not _plain(mol):
        return None
    matches = _matcher(mol)
    if not any(mol.HasSubstructMatch(_query(smarts)) for smarts in _ANY_GROUP):
        return None
    classes = tuple(found.name for found in MONOMER_CLASSES if found.admits(matches))
    return (str(Chem.MolToSmiles(mol)), classes) if classes else None


def _plain(mol: Any) -> bool:
    atoms = list(mol.GetAtoms())
    if any(a.GetNumRadicalElectrons() or a.GetIsotope() for a in atoms):
        return False
    return not Chem.GetFormalCharge(mol) and {a.GetAtomicNum() for a in atoms} <= _ORGANIC


@cache
def _query(smarts: str) -> Any:
    return Chem.MolFromSmarts(smarts)


def _matcher(mol: Any) -> Matches:
    found: dict[str, Sequence[Sequence[int]]] = {}

    def matches(smarts: str) -> Sequence[Sequence[int]]:
        if smarts not in found:
            found[smarts] = mol.GetSubstructMatches(_query(smarts))
        return found[smarts]

    return matches
