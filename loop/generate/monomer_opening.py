"""What monomers become in a chain, by the declared rules: members of classes and their half-units.

A half-unit is kept as two pieces of SMILES text, because joining text is a hundred times cheaper
than joining molecules: the chain's neighbour is written where the end `[2*]` stood, and SMILES
makes a valid molecule of it as long as no ring number is open twice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from loop.core.polymerisation import HalfUnit, Matches, MonomerClass

_TOKEN: Final = re.compile(r"\[[^\]]*\]|%\d\d|\d")
_LARGEST_RING: Final = 99


@cache
def query(smarts: str) -> Any:
    """Return the compiled pattern of a rule."""
    return Chem.MolFromSmarts(smarts)


@cache
def _reaction(smarts: str) -> Any:
    reaction = rdChemReactions.ReactionFromSmarts(smarts)
    reaction.Initialize()
    return reaction


def matcher(mol: Any) -> Matches:
    """Return what SMARTS match in a molecule, each pattern asked once."""
    found: dict[str, Sequence[Sequence[int]]] = {}

    def matches(smarts: str) -> Sequence[Sequence[int]]:
        if smarts not in found:
            found[smarts] = mol.GetSubstructMatches(query(smarts))
        return found[smarts]

    return matches


def classes_of(smiles: str, classes: Sequence[MonomerClass]) -> tuple[MonomerClass, ...]:
    """Return which of the classes a molecule belongs to; none if RDKit cannot read it."""
    with rdBase.BlockLogs():
        mol: Any = Chem.MolFromSmiles(smiles)
    if mol is None:
        return ()
    matches = matcher(mol)
    return tuple(found for found in classes if found.admits(matches))


@dataclass(frozen=True, order=True)
class Half:
    """A half-unit as text that can be joined.

    Attributes:
        forward: SMILES from end `[1*]` to wherever `[2*]` stands.
        backward: The same from the other end, its labels exchanged; equal to `forward` if the
            unit is symmetric or must not be turned.
    """

    forward: str
    backward: str

    @property
    def orientations(self) -> tuple[str, ...]:
        """The texts that differ."""
        return (self.forward,) if self.forward == self.backward else (self.forward, self.backward)


def open_monomer(smiles: str, unit: HalfUnit) -> tuple[Half, ...]:
    """Return every half-unit that a monomer of the right class can become, sorted.

    A group of sites that can be chosen in several ways gives several half-units.

    Args:
        smiles: A molecule that belongs to the unit's monomer class.
        unit: The use that is made of it.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        texts = {
            text
            for smarts in unit.opening
            for (product,) in _reaction(smarts).RunReactants((mol,), maxProducts=1000)
            if (text := _opened(product)) is not None
        }
    return tuple(sorted({_half(text, directed=unit.directed) for text in texts}))


def _opened(product: Any) -> str | None:
    try:
        Chem.SanitizeMol(product)
    except Chem.MolSanitizeException:
        # A site that sits too tight to open (a bridgehead) is no site.
        return None
    text = str(Chem.MolToSmiles(product))
    return text if "." not in text and "[1*]" in text and "[2*]" in text else None


def _half(text: str, *, directed: bool) -> Half:
    mol = Chem.MolFromSmiles(text)
    ends = {a.GetIsotope(): a for a in mol.GetAtoms() if not a.GetAtomicNum()}
    forward = str(Chem.MolToSmiles(mol, rootedAtAtom=ends[1].GetIdx()))
    if directed:
        return Half(forward, forward)
    ends[1].SetIsotope(2)
    ends[2].SetIsotope(1)
    backward = str(Chem.MolToSmiles(mol, rootedAtAtom=ends[2].GetIdx()))
    return Half(*sorted((forward, backward)))


def is_linear(half: Half, residual: Sequence[str]) -> bool:
    """Tell whether a half-unit keeps none of the groups that would branch the chain."""
    mol = Chem.MolFromSmiles(half.forward)
    return not any(mol.HasSubstructMatch(query(smarts)) for smarts in residual)


def split_at_end(text: str) -> tuple[str, str, int]:
    """Return what stands before and after `[2*]`, with `[1*]` as the chain's end `*`, and the
    largest ring number in it.
    """  # noqa: D205
    before, after = ("*" + text.removeprefix("[1*]")).split("[2*]")
    return before, after, max((number for number in _ring_numbers(text)), default=0)


def continuation(text: str, rings: int) -> str:
    """Return the text to write in place of `[2*]` of a unit that uses ring numbers up to `rings`.

    Raises:
        ValueError: more than 99 rings would be open.
    """

    def renumber(found: re.Match[str]) -> str:
        piece = found[0]
        if piece.startswith("["):
            return "*" if piece == "[2*]" else piece
        number = int(piece.lstrip("%")) + rings
        if number > _LARGEST_RING:
            raise ValueError(f"{text}: more than {_LARGEST_RING} ring numbers")
        return str(number) if number < 10 else f"%{number}"

    return _TOKEN.sub(renumber, text.removeprefix("[1*]"))


def _ring_numbers(text: str) -> list[int]:
    return [int(t.lstrip("%")) for t in _TOKEN.findall(text) if not t.startswith("[")]
