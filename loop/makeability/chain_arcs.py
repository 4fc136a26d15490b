"""Stretches of an endless chain, cut out of it at any two bonds.

A repeat unit is one cut of a chain that has no beginning. Three units in a row hold every stretch
that starts within the middle one, with its whole surroundings, so bonds that span two units are
seen as well as bonds within one.
"""

import re
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, Final

from rdkit import Chem, rdBase

from loop.errors import DataError

_COPIES: Final = 3
_OTHER_END: Final = {"[1*]": "[2*]", "[2*]": "[1*]"}
_END: Final = re.compile(r"\[[12]\*\]")


@cache
def query(smarts: str) -> Any:
    """Return a compiled pattern."""
    return Chem.MolFromSmarts(smarts)


class ChainArcs:
    """The chain of a repeat unit.

    Positions count the bonds of the main chain: `period` of them make one unit, and position p
    and p + `period` are the same bond of the chain.
    """

    def __init__(self, unit: Any) -> None:
        """Lay the chain out.

        Args:
            unit: RDKit molecule with two `*`.
        """
        self._chain = repeated(unit, _COPIES)
        first, last = _stars(self._chain)
        self._path = list(Chem.GetShortestPath(self._chain, first, last))[1:-1]
        self.period = len(self._path) // _COPIES
        self._halves: dict[tuple[int, int], str | None] = {}
        self._junctions: dict[str, list[int]] = {}

    def shortest(self) -> int:
        """Return the least number of bonds after which the chain repeats itself."""
        for length in range(1, self.period // 2 + 1):
            if not self.period % length and self._repeats(length):
                return length
        return self.period

    def _repeats(self, length: int) -> bool:
        # Most chains are told by the elements alone; cutting costs a hundred times as much.
        inside = self._path[self.period : 2 * self.period]
        kinds = [self._chain.GetAtomWithIdx(i).GetAtomicNum() for i in inside]
        if kinds[length:] != kinds[:-length]:
            return False
        start = self.period - 1
        piece = self.half(start, start + length)
        places = range(start + length, start + self.period, length)
        return piece is not None and all(self.half(at, at + length) == piece for at in places)

    @cached_property
    def _bonds(self) -> list[Any]:
        return [self._chain.GetBondBetweenAtoms(a, b) for a, b in pairwise(self._path)]

    def junctions(self, smarts: str) -> list[int]:
        """Return the positions within one unit whose bond matches a pattern of two atoms."""
        # Many rules join by the same bond.
        if smarts not in self._junctions:
            self._junctions[smarts] = self._matching(smarts)
        return self._junctions[smarts]

    def _matching(self, smarts: str) -> list[int]:
        matches = self._chain.GetSubstructMatches(query(smarts))
        found = {frozenset(match) for match in matches}
        start = self.period - 1
        return [
            position
            for position in range(start, start + self.period)
            if frozenset(self._path[position : position + 2]) in found
        ]

    def half(self, start: int, stop: int) -> str | None:
        """Return the stretch between two bonds as canonical SMILES with ends `[1*]` and `[2*]`.

        None if one of the bonds is a ring's or multiple.

        Args:
            start: Position of its first bond, within the middle unit.
            stop: Position of its last bond, at most one period later.
        """
        key = (start, stop)
        if key not in self._halves:
            self._halves[key] = self._cut(start, stop)
        return self._halves[key]

    def _cut(self, start: int, stop: int) -> str | None:
        bonds = (self._bonds[start], self._bonds[stop])
        if any(bond.IsInRing() or bond.GetBondTypeAsDouble() != 1.0 for bond in bonds):
            return None
        inside = (self._path[start + 1], self._path[stop])
        # RDKit labels a dummy by the atom it replaces, and gives the label of the bond's first
        # atom to the piece of the second.
        labels = [
            (end, 9) if bond.GetEndAtomIdx() == atom else (9, end)
            for bond, atom, end in zip(bonds, inside, (1, 2), strict=True)
        ]
        cut = Chem.FragmentOnBonds(self._chain, [b.GetIdx() for b in bonds], dummyLabels=labels)
        places: list[tuple[int, ...]] = []
        pieces = Chem.GetMolFrags(cut, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=places)
        piece = next(p for p, atoms in zip(pieces, places, strict=True) if inside[0] in atoms)
        return str(Chem.MolToSmiles(piece))


def reversed_half(half: str) -> str:
    """Return a stretch read from its other end."""
    return _END.sub(lambda end: _OTHER_END[end[0]], half)


def read_chain(structure: str) -> tuple[Any, ChainArcs]:
    """Return the shortest repeat unit of a chain, an RDKit molecule, and the chain laid out.

    Raises:
        DataError: not one repeat unit with two `*`.
    """
    with rdBase.BlockLogs():
        unit: Any = Chem.MolFromSmiles(structure) if structure.strip() else None
    for atom in unit.GetAtoms() if unit is not None else ():
        # Numbers that other programs put on the ends mean nothing here.
        atom.SetAtomMapNum(0)
        if not atom.GetAtomicNum():
            atom.SetIsotope(0)
    stars = _stars(unit) if unit is not None else []
    if len(stars) != 2 or any(unit.GetAtomWithIdx(star).GetDegree() != 1 for star in stars):
        raise DataError(
            f"the polymer {structure!r} cannot be read: expected one repeat unit with exactly "
            "two *, each an end of the chain, for example *CC(*)c1ccccc1",
            hint="plan the units of a copolymer one by one",
        )
    if len(Chem.GetMolFrags(unit)) != 1 or unit.GetBondBetweenAtoms(*stars) is not None:
        raise DataError(f"the polymer {structure!r} is no chain: its two * must be joined by atoms")
    chain = ChainArcs(unit)
    length, start = chain.shortest(), chain.period - 1
    half = chain.half(start, start + length) if length < chain.period else None
    if half is None:
        return unit, chain
    unit = Chem.MolFromSmiles(half)
    for star in _stars(unit):
        unit.GetAtomWithIdx(star).SetIsotope(0)
    return unit, ChainArcs(unit)


def _stars(mol: Any) -> list[int]:
    return [place for (place,) in mol.GetSubstructMatches(query("[#0]"))]


def repeated(unit: Any, copies: int) -> Any:
    """Return several units, head to tail, written as one."""
    left, right = _stars(unit)
    row = None
    for copy in range(copies):
        one = Chem.RWMol(unit)
        one.GetAtomWithIdx(left).SetAtomMapNum(copy)
        one.GetAtomWithIdx(right).SetAtomMapNum(copy + 1 if copy + 1 < copies else 0)
        # molzip remarks that the far end stays open, which it should.
        with rdBase.BlockLogs():
            row = one.GetMol() if row is None else Chem.molzip(row, one.GetMol())
    Chem.SanitizeMol(row)
    return row
