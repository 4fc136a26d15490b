"""Molecules that a lab lists for a generator: monomers, building blocks."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rdkit import Chem, rdBase

from loop.core.structure_list import read_structure_list
from loop.errors import DataError, Problem

_SHOWN: Final = 20


def read_molecules(path: Path, several: str, one: str) -> list[str]:
    """Return the SMILES of a file, see `read_structure_list`.

    Args:
        path: The file.
        several: What they are called, for the message: "monomers".
        one: What each is expected to be: "a monomer".

    Raises:
        NotFoundError: there is no such file.
        DataError: with one problem per entry that RDKit cannot read or that has a `*`.
    """
    entries = read_structure_list(path, ("smiles", "structure"))
    with rdBase.BlockLogs():
        problems = [
            Problem(str(path), f"line {entry.row}", entry.text, f"the SMILES of {one}")
            for entry in entries
            if "*" in entry.text or Chem.MolFromSmiles(entry.text) is None
        ]
    if problems:
        raise DataError(
            f"{len(problems)} {several} of {path} cannot be read; none was taken",
            hint="mend or delete these lines",
            problems=problems[:_SHOWN],
        )
    return [entry.text for entry in entries]


def distinct(texts: Iterable[str]) -> list[str]:
    """Return the canonical SMILES of all that RDKit can read, each once, sorted."""
    with rdBase.BlockLogs():
        mols = [Chem.MolFromSmiles(text) for text in texts]
    return sorted({str(Chem.MolToSmiles(mol)) for mol in mols if mol is not None})
