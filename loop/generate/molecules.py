"""Structures as RDKit molecules, read once for all that judge them."""

from functools import lru_cache
from typing import Any

from rdkit import Chem, rdBase

from loop.core.copolymer import split_units
from loop.errors import DataError


@lru_cache(maxsize=8192)
def units_of(structure: str) -> tuple[Any, ...]:
    """Return the molecule, or the units of a copolymer, as RDKit molecules; leave them as they are.

    Raises:
        DataError: RDKit cannot read it.
    """
    try:
        texts = [text for text, _ in split_units(structure)]
    except ValueError as cause:
        raise DataError(f"structure {structure!r}: {cause}") from cause
    with rdBase.BlockLogs():
        molecules = tuple(Chem.MolFromSmiles(text) if text.strip() else None for text in texts)
    if any(molecule is None for molecule in molecules):
        raise DataError(f"structure {structure!r}: expected a SMILES that RDKit reads")
    return molecules


def query_of(smarts: str, where: str) -> Any:
    """Return the query of a SMARTS.

    Raises:
        DataError: it is none; the message names `where` it stood.
    """
    with rdBase.BlockLogs():
        query = Chem.MolFromSmarts(smarts) if smarts.strip() else None
    if query is None:
        raise DataError(f"{where}: {smarts!r}; expected a SMARTS pattern")
    return query


@lru_cache(maxsize=8192)
def stretches_of(structure: str) -> tuple[Any, ...]:
    """Return what substructures are looked for in: a molecule, or a polymer's linked units.

    A polymer is shown as every unit followed by every other and by itself, last `*` to first: an
    amide between two units is an amide, wherever the unit was cut.

    Raises:
        DataError: RDKit cannot read it.
    """
    units = units_of(structure)
    if not all(_ends(unit) for unit in units):
        return units
    return tuple(_linked(left, right) for left in units for right in units)


def _ends(unit: Any) -> list[int]:
    """Return the two `*` of a repeat unit in the order written; empty if it is none."""
    stars = [a.GetIdx() for a in unit.GetAtoms() if a.GetAtomicNum() == 0 and a.GetDegree() == 1]
    return stars if len(stars) == 2 else []


def _linked(left: Any, right: Any) -> Any:
    """Return two units as one molecule with two `*` left; the left one alone if bonds differ."""
    tail, head = _ends(left)[1], _ends(right)[0] + left.GetNumAtoms()
    pair = Chem.RWMol(Chem.CombineMols(left, right))
    bonds = [pair.GetAtomWithIdx(star).GetBonds()[0] for star in (tail, head)]
    inner = [bond.GetOtherAtomIdx(star) for bond, star in zip(bonds, (tail, head), strict=True)]
    if bonds[0].GetBondType() != bonds[1].GetBondType():
        return left
    pair.AddBond(inner[0], inner[1], bonds[0].GetBondType())
    for star in (head, tail):
        pair.RemoveAtom(star)
    Chem.SanitizeMol(pair)
    return pair
