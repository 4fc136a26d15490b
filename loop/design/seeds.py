"""Structures that a person gives a generator to learn from, one list of them."""

from dataclasses import dataclass
from pathlib import Path

from loop.core.candidate import Material
from loop.core.structure_list import read_structure_list
from loop.errors import DataError, Problem
from loop.space.chain import UnreadableStructureError
from loop.space.chemistry import canonical_key

_COLUMNS = ("smiles", "structure", "formula", "composition", "psmiles")
_SHOWN = 20


@dataclass(frozen=True)
class Seeds:
    """What a list of seeds holds.

    Attributes:
        structures: Those that can be read, each once.
        material: What they are: monomers of polymers are molecules.
        left_out: What cannot be read, and why.
    """

    structures: tuple[str, ...]
    material: Material
    left_out: tuple[Problem, ...]


def read_seeds(path: Path, material: Material) -> Seeds:
    """Return the seeds of a file; what cannot be read is left out and named.

    Args:
        path: CSV with a column smiles, structure or formula, or one structure per line.
        material: Of the candidates. A list without any `*` is taken for monomers of polymers.

    Raises:
        NotFoundError: there is no such file.
        DataError: nothing of it can be read; with one problem per entry.
    """
    entries = read_structure_list(path, _COLUMNS)
    if material is Material.POLYMER and not any("*" in entry.text for entry in entries):
        material = Material.MOLECULE
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for entry in entries:
        try:
            found.setdefault(canonical_key(material, entry.text), entry.text)
        except UnreadableStructureError as error:
            problems.append(Problem(str(path), f"line {entry.row}", entry.text, str(error)))
    if not found:
        raise DataError(
            f"none of the {len(entries)} seeds of {path} can be read",
            problems=problems[:_SHOWN],
            hint="give structures of the model's material, or monomers for polymers",
        )
    return Seeds(tuple(found.values()), material, tuple(problems))
