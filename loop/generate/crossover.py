"""Pieces of two structures joined at a bond that each was cut at."""

from collections.abc import Sequence
from typing import Any, Final

from rdkit import Chem

from loop.generate.editing import EditError, RandomNumbers, is_end

_JOINT: Final = 1


def crossed(a: Any, b: Any, ends: int, rng: RandomNumbers) -> Any:
    """Return a piece of one molecule joined with a piece of another, `ends` chain ends in all.

    Raises:
        EditError: one has no single bond outside rings, or no two pieces have the ends together.
    """
    first, second = _pieces(a, rng), _pieces(b, rng)
    pairs = [(p, q) for p in first for q in second if _ends(p) + _ends(q) == ends]
    if not pairs:
        raise EditError("no two pieces have the chain ends together")
    p, q = pairs[int(rng.integers(len(pairs)))]
    return zipped([p, q])


def zipped(pieces: Sequence[Any]) -> Any:
    """Return one molecule from pieces, joined where dummy atoms have the same map number."""
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = Chem.CombineMols(whole, piece)
    return Chem.molzip(whole)


def _pieces(molecule: Any, rng: RandomNumbers) -> tuple[Any, ...]:
    bonds = [
        bond.GetIdx()
        for bond in molecule.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE
        and not bond.IsInRing()
        and not is_end(bond.GetBeginAtom())
        and not is_end(bond.GetEndAtom())
    ]
    if not bonds:
        raise EditError("no single bond outside rings to cut")
    cut = Chem.FragmentOnBonds(
        molecule, [bonds[int(rng.integers(len(bonds)))]], dummyLabels=[(0, 0)]
    )
    for atom in cut.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomMapNum(_JOINT)
    return tuple(Chem.GetMolFrags(cut, asMols=True))


def _ends(piece: Any) -> int:
    return sum(is_end(atom) for atom in piece.GetAtoms())
