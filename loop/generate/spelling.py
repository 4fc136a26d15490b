"""Structures as the language model reads and writes them: Kekulé SMILES from a chosen atom.

Kekulé, because a string that alternates its bonds by itself cannot fail to be kekulised, and
because the bonds of every atom can then be counted as it grows.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rdkit import Chem, rdBase

from loop.errors import ModelError, Problem

ENDS: Final = 2
NO_SMILES: Final = "no SMILES that RDKit reads"
_SHOWN: Final = 5


_ATOM: Final = re.compile(r"\[[^\[\]]+\]|Br|Cl|[BCNOPSFI*]")
_LETTER: Final = re.compile(r"[A-Z]")
_SMALL: Final = re.compile(r"^([-=#$:/\\.]*(?:\[\d*)?)([a-z])")


class UnfitStructureError(ValueError):
    """A structure that generators do not take; the text says why."""


@dataclass(frozen=True)
class Readable:
    """A structure that was read.

    Attributes:
        molecule: The sanitised RDKit molecule.
        key: Its canonical SMILES.
    """

    molecule: Any
    key: str


def read(structure: str, ends: int) -> Readable:
    """Read a molecule (`ends` 0) or the repeat unit of a polymer (`ends` 2).

    Raises:
        UnfitStructureError: it is not one; the text is a reason without the structure in it.
    """
    with rdBase.BlockLogs():
        return read_quietly(structure, ends)


def read_quietly(structure: str, ends: int) -> Readable:
    """Do the same for callers that have silenced RDKit themselves, which takes its time."""
    molecule = _parsed(structure)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise UnfitStructureError(NO_SMILES)
    return Readable(molecule, checked(molecule, ends))


def _parsed(structure: str) -> Any:
    if not structure.strip():
        return None
    # Looking for hydrogen atoms to remove takes a fifth of the time; few structures have one.
    hydrogens = "[" in structure and "H]" in structure
    return Chem.MolFromSmiles(structure) if hydrogens else Chem.MolFromSmiles(structure, _keep())


@lru_cache(maxsize=1)
def _keep() -> Any:
    parameters: Any = Chem.SmilesParserParams()
    parameters.removeHs = False
    return parameters


def aromatic_atoms(molecule: Any, key: str) -> int:
    """Return how many atoms of a molecule are aromatic, given its canonical SMILES."""
    if "[" in key:
        return len(molecule.GetAromaticAtoms())
    return sum(map(key.count, "cnosp"))


def checked(molecule: Any, ends: int) -> str:
    """Return the canonical SMILES of a sanitised molecule with so many `*`, each a chain's end.

    Raises:
        UnfitStructureError: it has not.
    """
    key = str(Chem.MolToSmiles(molecule))
    stars = key.count("*")
    if stars != ends:
        raise UnfitStructureError(f"{stars} * instead of {ends}")
    if ends:
        if "." in key:
            raise UnfitStructureError("a repeat unit in several pieces")
        sure = _ends_at(key, key.index("*")) and _ends_at(key, key.rindex("*"))
        if not sure and len(molecule.GetSubstructMatches(_chain_end())) != ends:
            raise UnfitStructureError("a * that is not the end of a single bond to an atom")
    return key


def _ends_at(key: str, place: int) -> bool:
    """Tell whether a `*` is seen to be a chain's end from the canonical SMILES alone.

    One that begins it and is followed by an atom, or that ends it or a branch without a bond sign
    before it, has one single bond to what is no `*`; one in brackets is not judged. This spares
    nearly all proposals the search for a substructure.
    """
    after = key[place + 1 : place + 2]
    if place == 0:
        return after.isalpha() or after == "["
    before = key[place - 1]
    return (after in {"", ")"}) and (before.isalnum() or before in "()]")


@lru_cache(maxsize=1)
def _chain_end() -> Any:
    return Chem.MolFromSmarts("[#0;D1;$(*-[!#0])]")


def ends_of(structures: Sequence[str]) -> int:
    """Return 2 for repeat units and 0 for molecules.

    Raises:
        ModelError: there are none, or there are both; the message names the rarer ones.
    """
    if not structures:
        raise ModelError("no examples to learn from", hint="give at least one structure")
    starred = [i for i, text in enumerate(structures) if "*" in text]
    if not starred:
        return 0
    if len(starred) < len(structures):
        polymers = 2 * len(starred) >= len(structures)
        marked = set(starred)
        odd = [i for i in range(len(structures)) if (i in marked) != polymers]
        expected = "a repeat unit with two *" if polymers else "a molecule without *"
        raise ModelError(
            f"{len(structures)} examples hold both repeat units and molecules; {len(odd)} are odd",
            problems=_problems(structures, odd, expected),
            hint="teach polymers and molecules to two generators",
        )
    return ENDS


def read_all(structures: Sequence[str], ends: int) -> list[Readable]:
    """Read examples, all or none.

    Raises:
        ModelError: some cannot be used; the message names the first of them.
    """
    readable, unfit, reason = [], [], ""
    for i, structure in enumerate(structures):
        try:
            readable.append(read(structure, ends))
        except UnfitStructureError as why:
            unfit.append(i)
            reason = reason or str(why)
    if unfit:
        kind = "a repeat unit with two *, in one piece" if ends else "a SMILES that RDKit reads"
        raise ModelError(
            f"{len(unfit)} of {len(structures)} examples cannot be used: {reason}",
            problems=_problems(structures, unfit, kind),
            hint="leave them out or mend them",
        )
    return readable


def _problems(structures: Sequence[str], rows: Sequence[int], expected: str) -> list[Problem]:
    return [Problem("examples", f"entry {i + 1}", structures[i], expected) for i in rows[:_SHOWN]]


@dataclass(frozen=True)
class Kekulised:
    """A molecule with alternating bonds.

    Attributes:
        molecule: RDKit molecule without aromatic bonds.
        aromatic: Whether each atom was aromatic.
    """

    molecule: Any
    aromatic: tuple[bool, ...]

    @classmethod
    def of(cls, molecule: Any) -> "Kekulised":
        """Take a sanitised RDKit molecule, which is left as it is."""
        copy = Chem.Mol(molecule)
        Chem.Kekulize(copy, clearAromaticFlags=True)
        return cls(copy, tuple(atom.GetIsAromatic() for atom in molecule.GetAtoms()))

    def spelled(self, root: int) -> str:
        """Return the SMILES from an atom: bonds of Kekulé, aromatic atoms in small letters."""
        text = str(Chem.MolToSmiles(self.molecule, rootedAtAtom=root))
        if not any(self.aromatic):
            return text
        order = json.loads(self.molecule.GetProp("_smilesAtomOutputOrder").replace(",]", "]"))
        flags = (self.aromatic[atom] for atom in order)
        return _ATOM.sub(lambda atom: _small(atom[0]) if next(flags) else atom[0], text)


def _small(atom: str) -> str:
    return _LETTER.sub(lambda letter: letter[0].lower(), atom, count=1)


def plain(token: str) -> str:
    """Return a token with its atom in capital letters, as RDKit reads it without aromaticity."""
    return _SMALL.sub(lambda found: found[1] + found[2].upper(), token)
