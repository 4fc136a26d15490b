"""The rows of a table as structures: what the featurizer is given, and what makes two equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loop.core.candidate import CandidatePool, FieldValue, Material
from loop.core.ports import Table
from loop.errors import ConfigError, DataError, Problem
from loop.regression.request import FitRequest
from loop.space.chain import UnreadableStructureError
from loop.space.chemistry import canonical_key

_NAMED: Final = {
    Material.MOLECULE: ("smiles", "mol"),
    Material.COMPOSITION: ("formula", "composition"),
}

_GUESSED: Final = (Material.POLYMER, Material.MOLECULE, Material.COMPOSITION)
_CRYSTAL_FILES: Final = (".cif", ".poscar", ".vasp")


@dataclass(frozen=True)
class Structures:
    """The rows of a table.

    Attributes:
        texts: What is described, length n; as it stood there where it cannot be read.
        keys: Equal for two spellings of one thing, length n; None where it cannot be read.
        fields: Feature columns, each of length n.
        problems: Row (from 0) to what is wrong with it.
    """

    texts: tuple[str, ...]
    keys: tuple[str | None, ...]
    fields: dict[str, tuple[FieldValue, ...]]
    problems: dict[int, Problem]

    def pool(self, material: Material, rows: Sequence[int], ids: Sequence[str]) -> CandidatePool:
        """Return some rows as candidates."""
        texts = tuple(self.texts[row] for row in rows)
        fields = {name: tuple(cells[row] for row in rows) for name, cells in self.fields.items()}
        return CandidatePool(material, tuple(ids), texts, tuple(ids), fields)


def structures_of(table: Table, request: FitRequest) -> Structures:
    """Return the rows of a table; a row that cannot be read is a problem, not an error.

    Raises:
        DataError: the table lacks a column.
    """
    plain = request.material is Material.COLUMNS
    need_columns(table, request.features if plain else (request.structure,))
    if plain:
        return _plain(table, request)
    texts, keys = [], []
    problems: dict[int, Problem] = {}
    for row, cell in enumerate(table.columns[request.structure]):
        text = text_of(cell)
        try:
            stored, key = _read(request.material, text, Path(table.source).parent)
        except UnreadableStructureError as error:
            place = f"row {table.first_row + row}, column {request.structure}"
            problems[row] = Problem(table.source, place, text, str(error))
            stored, key = text, None
        texts.append(stored)
        keys.append(key)
    return Structures(tuple(texts), tuple(keys), {}, problems)


def _plain(table: Table, request: FitRequest) -> Structures:
    keys: list[str | None] = []
    problems: dict[int, Problem] = {}
    columns = [table.columns[name] for name in request.features]
    for row, cells in enumerate(zip(*columns, strict=True)):
        bad = [n for n, c in zip(request.features, cells, strict=True) if not isinstance(c, float)]
        if bad:
            place = f"row {table.first_row + row}, column {bad[0]}"
            cell = table.columns[bad[0]][row]
            problems[row] = Problem(table.source, place, text_of(cell), "a number")
        keys.append(None if bad else "|".join(map(repr, cells)))
    fields = {n: tuple(c) for n, c in zip(request.features, columns, strict=True)}
    return Structures(("",) * len(table), tuple(keys), fields, problems)


def _read(material: Material, text: str, folder: Path) -> tuple[str, str]:
    if material is Material.CRYSTAL:
        from loop.space.crystals import crystal_text, read_crystal

        crystal = read_crystal(crystal_text(text, folder))
        return crystal.stored, crystal.key
    return text, canonical_key(material, text)


def text_of(cell: FieldValue) -> str:
    """Return a cell as text; an empty one is empty text."""
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else cell


def need_columns(table: Table, names: Sequence[str]) -> None:
    """Return if a table has the columns.

    Raises:
        DataError: it lacks some; every one is named.
    """
    expected = f"one of {', '.join(table.columns)}"
    problems = [
        Problem(table.source, "column", name, expected)
        for name in names
        if name not in table.columns
    ]
    if problems:
        raise DataError(f"{table.source} lacks columns", problems=problems)


def guessed_material(table: Table, structure: str, features: Sequence[str]) -> Material:
    """Return what the rows of a table are.

    With feature columns, plain columns. Else what more than half of the cells can be read as; a
    table that reads both as SMILES and as formulas is told by the name of its column.

    Raises:
        DataError: the table lacks the column.
        ConfigError: nothing can be read, or it cannot be told.
    """
    if features:
        return Material.COLUMNS
    need_columns(table, (structure,))
    cells = [text_of(cell) for cell in table.columns[structure] if cell is not None]
    if cells and all(_names_crystal(cell) for cell in cells):
        return Material.CRYSTAL
    found = [m for m in _GUESSED if 2 * _readable(m, cells) > len(cells)]
    if len(found) > 1:
        low = structure.lower()
        found = [m for m in found if any(word in low for word in _NAMED.get(m, ()))]
        told = "can be read as SMILES and as formulas"
    else:
        told = "holds mostly what is no SMILES, no repeat unit and no formula"
    if len(found) != 1:
        raise ConfigError(
            f"the material cannot be told: column {structure!r} {told}",
            hint="say what it holds: --material molecule, polymer, composition or crystal",
        )
    return found[0]


def _names_crystal(cell: str) -> bool:
    return "\n" in cell or cell.lstrip().startswith("{") or cell.lower().endswith(_CRYSTAL_FILES)


def _readable(material: Material, cells: Sequence[str]) -> int:
    count = 0
    for cell in cells:
        # RDKit reads a repeat unit as a molecule with two dummy atoms.
        if (material is Material.POLYMER) != ("*" in cell):
            continue
        try:
            canonical_key(material, cell)
        except UnreadableStructureError:
            continue
        count += 1
    return count
