"""A repeat unit, its smallest form, and the ring of units that stands for the endless chain.

Closing units to a ring removes the ends, so nothing depends on where the unit was cut. Reducing
the unit to its smallest period first removes the number of units it was written with.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from rdkit import Chem, rdBase

from loop.featurize.block import ChemicalUnit

_MAIN_CHAIN: Final = 12
_LEFT, _RIGHT = 1, 2
# Aromaticity is that of the unit as read: the artificial ring must not count as conjugated.
_SANITIZE: Final = (
    Chem.SanitizeFlags.SANITIZE_ALL
    ^ Chem.SanitizeFlags.SANITIZE_KEKULIZE
    ^ Chem.SanitizeFlags.SANITIZE_SETAROMATICITY
)


@dataclass(frozen=True)
class Ends:
    """Where a repeat unit is cut: atom indices, left end first.

    Attributes:
        stars: The two `*`.
        atoms: Their neighbours.
        order: Bond type of the cut bond.
    """

    stars: tuple[int, int]
    atoms: tuple[int, int]
    order: Any


def read_unit(text: str) -> Any:
    """Return the RDKit molecule of a repeat unit.

    Raises:
        ValueError: RDKit cannot read it, or it is of several pieces.
    """
    with rdBase.BlockLogs():
        unit = Chem.MolFromSmiles(text)
    if unit is None:
        raise ValueError(f"RDKit cannot read {text!r} as a repeat unit")
    if len(Chem.GetMolFrags(unit)) > 1:
        raise ValueError(f"a repeat unit is one piece, {text!r} is several: leave salts out")
    return unit


def ends_of(unit: Any) -> Ends:
    """Return the two cut ends of a repeat unit.

    Raises:
        ValueError: there are not exactly two `*`, or they cannot be joined.
    """
    stars = [atom for atom in unit.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(stars) != 2:
        raise ValueError(f"a repeat unit needs exactly two *, this one has {len(stars)}")
    if any(star.GetDegree() != 1 for star in stars):
        raise ValueError("each * must have exactly one neighbour")
    left, right = (star.GetNeighbors()[0] for star in stars)
    if left.GetAtomicNum() == 0:
        raise ValueError("there is no atom between the two *")
    order, other = (star.GetBonds()[0].GetBondType() for star in stars)
    if order != other:
        raise ValueError("the bonds of the two * differ in order")
    return Ends((stars[0].GetIdx(), stars[1].GetIdx()), (left.GetIdx(), right.GetIdx()), order)


def main_chain(unit: Any, ends: Ends) -> tuple[int, ...]:
    """Return the atoms on the shortest path between the cut ends, left to right."""
    left, right = ends.atoms
    return (left,) if left == right else tuple(Chem.GetShortestPath(unit, left, right))


def close_units(unit: Any, ends: Ends, copies: int) -> Any:
    """Return a ring of `copies` units without `*`; the bond that closes it is the last one."""
    size = unit.GetNumAtoms()
    left, right = ends.atoms
    chain = unit
    for _ in range(copies - 1):
        chain = Chem.CombineMols(chain, unit)
    ring = Chem.RWMol(chain)
    for copy in range(copies):
        ring.AddBond(copy * size + right, (copy + 1) % copies * size + left, ends.order)
    for copy in reversed(range(copies)):
        for star in sorted(ends.stars, reverse=True):
            ring.RemoveAtom(copy * size + star)
    Chem.SanitizeMol(ring, sanitizeOps=_SANITIZE)
    return ring


def smallest_unit(unit: Any) -> tuple[Any, int]:
    """Return the smallest unit that repeats to the same chain, and how many make up `unit`.

    The main chain is taken apart at its bonds outside rings; the period is that of the sequence
    of pieces. Stereo is left out.

    Raises:
        ValueError: it is no repeat unit.
    """
    ends = ends_of(unit)
    path = main_chain(unit, ends)
    bonds = [unit.GetBondBetweenAtoms(a, b) for a, b in pairwise(path)]
    cuts = [bond for bond in bonds if not bond.IsInRing()]
    count = len(cuts) + 1
    flat = Chem.RWMol(unit)
    Chem.RemoveStereochemistry(flat)
    if count == 1:
        return flat.GetMol(), 1
    for star, label in zip(ends.stars, (_LEFT, _RIGHT), strict=True):
        flat.GetAtomWithIdx(star).SetIsotope(label)
    words = _pieces(flat, path, cuts)
    period = next(
        p for p in range(1, count + 1) if count % p == 0 and words == words[:p] * (count // p)
    )
    return _first_pieces(flat, ends, cuts, period), count // period


def _labels(path: tuple[int, ...], bond: Any) -> tuple[int, int]:
    # A dummy is labelled by the atom it replaces: the left atom of the bond is a left end.
    begins_left = path.index(bond.GetBeginAtomIdx()) < path.index(bond.GetEndAtomIdx())
    return (_LEFT, _RIGHT) if begins_left else (_RIGHT, _LEFT)


def _pieces(unit: Any, path: tuple[int, ...], cuts: list[Any]) -> list[str]:
    parts = Chem.FragmentOnBonds(
        unit,
        [bond.GetIdx() for bond in cuts],
        dummyLabels=[_labels(path, bond) for bond in cuts],
        bondTypes=[bond.GetBondType() for bond in cuts],
    )
    place = {atom: step for step, atom in enumerate(path)}
    atoms = sorted(
        Chem.GetMolFrags(parts), key=lambda part: min(place.get(a, len(path)) for a in part)
    )
    return [Chem.MolFragmentToSmiles(parts, part) for part in atoms]


def _first_pieces(unit: Any, ends: Ends, cuts: list[Any], period: int) -> Any:
    for star in ends.stars:
        unit.GetAtomWithIdx(star).SetIsotope(0)
    if period > len(cuts):
        return unit.GetMol()
    last = cuts[period - 1]
    parts = Chem.FragmentOnBonds(
        unit, [last.GetIdx()], dummyLabels=[(0, 0)], bondTypes=[last.GetBondType()]
    )
    found: list[tuple[int, ...]] = []
    mols = Chem.GetMolFrags(parts, asMols=True, sanitizeFrags=True, fragsMolAtomMapping=found)
    return next(m for m, atoms in zip(mols, found, strict=True) if ends.stars[0] in atoms)


def ring_of(unit: Any, shortest: int = _MAIN_CHAIN) -> ChemicalUnit:
    """Return the ring of repeat units, with at least `shortest` atoms around.

    The ring itself is no ring of the chain: it is taken out of RDKit's ring information, so that
    main-chain bonds stay rotatable and acyclic. Stereo is left out.

    Raises:
        ValueError: it is no repeat unit.
    """
    ends = ends_of(unit)
    copies = max(1, math.ceil(shortest / len(main_chain(unit, ends))))
    with rdBase.BlockLogs():
        ring = close_units(unit, ends, copies)
        _hide_ring(ring, ring.GetBondWithIdx(ring.GetNumBonds() - 1), ends.order)
    return ChemicalUnit(ring.GetMol(), copies)


def _hide_ring(ring: Any, closing: Any, order: Any) -> None:
    # RDKit's ring search passes over dative bonds, and keeps what it found when the type changes.
    closing.SetBondType(Chem.BondType.DATIVE)
    Chem.GetSymmSSSR(ring)
    closing.SetBondType(order)
