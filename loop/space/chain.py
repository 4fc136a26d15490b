"""One key for one polymer chain, however its repeat unit was written.

The main chain is taken apart at its single bonds outside rings. The pieces, written with their
left and right ends marked, follow each other like letters of a cyclic word: another cut rotates
the word, the other direction reverses it, several units in one repeat it. The key is the least
rotation, over both directions, of the shortest period.

Stereo stays in: cis and trans polybutadiene are different materials, and a key that is too fine
costs a duplicate where one that is too coarse loses a material. Isotactic chains read from either
end are one chain, so the two configurations of a lone stereocentre of the main chain share a key.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from rdkit import Chem, rdBase

_LEFT: Final = 1
_RIGHT: Final = 2
_OTHER_END: Final = {f"[{_LEFT}*]": f"[{_RIGHT}*]", f"[{_RIGHT}*]": f"[{_LEFT}*]"}
_END: Final = re.compile(r"\[[12]\*\]")


class UnreadableStructureError(ValueError):
    """A structure that cannot be used; the text says what was expected."""


def chain_key(smiles: str) -> tuple[str, int]:
    """Return the key of the endless chain of a repeat unit, and the periods in the unit.

    Raises:
        UnreadableStructureError: not a repeat unit with two `*` on bonds of the same order.
    """
    with rdBase.BlockLogs():
        unit = _cut_at_single_bond(_marked(smiles))
        pieces = _pieces(unit)
        spelled = [_spellings(Chem.MolToSmiles(piece)) for piece in pieces]
    forward = [text for text, _ in spelled]
    backward = [text for _, text in reversed(spelled)]
    period = _period(forward)
    words = [
        word[start:period] + word[:start] for word in (forward, backward) for start in range(period)
    ]
    return ".".join(min(words)), len(forward) // period


def _marked(smiles: str) -> Any:
    # The ends are told apart before RDKit looks for stereocentres: two equal `*` would hide one.
    unit = Chem.MolFromSmiles(smiles, sanitize=False) if smiles.strip() else None
    stars = [a for a in unit.GetAtoms() if a.GetAtomicNum() == 0] if unit is not None else []
    if len(stars) != 2 or any(star.GetDegree() != 1 for star in stars):
        raise UnreadableStructureError("a repeat unit with exactly two *, each an end of the chain")
    if len(Chem.GetMolFrags(unit)) > 1:
        raise UnreadableStructureError("a repeat unit in one piece; leave salts and solvents out")
    if any(star.GetNeighbors()[0].GetAtomicNum() == 0 for star in stars):
        raise UnreadableStructureError("a repeat unit with atoms between its two *")
    if len({star.GetBonds()[0].GetBondType() for star in stars}) != 1:
        raise UnreadableStructureError("a repeat unit whose two * have bonds of the same order")
    for star, label in zip(stars, (_LEFT, _RIGHT), strict=True):
        star.SetAtomMapNum(0)
        star.SetIsotope(label)
    return _sanitised(unit)


def _sanitised(mol: Any) -> Any:
    try:
        clean = Chem.RemoveHs(mol)
    except Chem.MolSanitizeException as cause:
        raise UnreadableStructureError("a SMILES that RDKit reads") from cause
    Chem.AssignStereochemistry(clean, cleanIt=True, force=True)
    return clean


def _ends(unit: Any) -> tuple[int, int]:
    labels = {a.GetIsotope(): a.GetIdx() for a in unit.GetAtoms() if a.GetAtomicNum() == 0}
    return labels[_LEFT], labels[_RIGHT]


def _links(unit: Any) -> list[Any]:
    """Return the main-chain bonds outside rings, without those of the ends, left to right."""
    path = Chem.GetShortestPath(unit, *_ends(unit))[1:-1]
    bonds = [unit.GetBondBetweenAtoms(a, b) for a, b in pairwise(path)]
    return [bond for bond in bonds if not bond.IsInRing()]


def _cut_at_single_bond(unit: Any) -> Any:
    """Return the unit cut at a single bond of the chain, if it was cut at a multiple one."""
    left, right = _ends(unit)
    single = [b for b in _links(unit) if b.GetBondType() == Chem.BondType.SINGLE]
    order = unit.GetAtomWithIdx(left).GetBonds()[0].GetBondType()
    if order == Chem.BondType.SINGLE or not single:
        return unit
    opened = Chem.RWMol(_fragmented(unit, single[:1]))
    inner = [opened.GetAtomWithIdx(star).GetNeighbors()[0].GetIdx() for star in (left, right)]
    opened.AddBond(inner[0], inner[1], order)
    for star in sorted((left, right), reverse=True):
        opened.RemoveAtom(star)
    return _sanitised(opened)


def _fragmented(unit: Any, bonds: list[Any]) -> Any:
    path = list(Chem.GetShortestPath(unit, *_ends(unit)))
    labels = []
    for bond in bonds:
        forward = path.index(bond.GetBeginAtomIdx()) < path.index(bond.GetEndAtomIdx())
        # RDKit labels a dummy by the atom it replaces: the left atom stands for a left end.
        labels.append((_LEFT, _RIGHT) if forward else (_RIGHT, _LEFT))
    return Chem.FragmentOnBonds(
        unit,
        [bond.GetIdx() for bond in bonds],
        dummyLabels=labels,
        bondTypes=[bond.GetBondType() for bond in bonds],
    )


def _pieces(unit: Any) -> list[Any]:
    single = Chem.BondType.SINGLE
    cuts = _links(unit)
    # A chain without single bonds outside rings can only be taken apart at the others.
    if unit.GetAtomWithIdx(_ends(unit)[0]).GetBonds()[0].GetBondType() == single:
        cuts = [bond for bond in cuts if bond.GetBondType() == single]
    place = {atom: step for step, atom in enumerate(Chem.GetShortestPath(unit, *_ends(unit)))}
    # Each piece is read anew, so that aromaticity does not depend on what stood beside it.
    Chem.Kekulize(unit, clearAromaticFlags=True)
    atoms: list[tuple[int, ...]] = []
    parts = Chem.GetMolFrags(
        _fragmented(unit, cuts) if cuts else unit,
        asMols=True,
        sanitizeFrags=False,
        fragsMolAtomMapping=atoms,
    )
    order = [min(place.get(atom, len(place)) for atom in part) for part in atoms]
    return [part for _, part in sorted(zip(order, parts, strict=True), key=lambda pair: pair[0])]


@lru_cache(maxsize=65_536)
def _spellings(smiles: str) -> tuple[str, str]:
    """Return the canonical SMILES of a piece, read from the left and from the right."""
    turned = _END.sub(lambda end: _OTHER_END[end[0]], smiles)
    return _canonical(smiles), _canonical(turned)


def _canonical(smiles: str) -> str:
    return str(Chem.MolToSmiles(Chem.MolFromSmiles(smiles)))


def _period(word: list[str]) -> int:
    n = len(word)
    return next(p for p in range(1, n + 1) if n % p == 0 and word == word[:p] * (n // p))
