"""Moves in monomer space: from the reactants of a polymer to similar ones.

The state is the set of reactants and the polymer follows from it, as in the iSMD sampler of XenonPy
(Q. Zhang, C. Liu, S. Wu, R. Yoshida, arXiv:2204.01847): so whatever is proposed can be made.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdFingerprintGenerator

from loop.generate.enumeration import PolymerLibrary, Reactants, Role

_RADIUS: Final = 2
_BITS: Final = 1024


class ReactantMoves:
    """Finds the reactants of a repeat unit, draws them and swaps them."""

    def __init__(self, library: PolymerLibrary, neighbours: int) -> None:
        """Prepare the look-up.

        Args:
            library: What can be made; must not be empty.
            neighbours: How many of the most similar half-units a swap chooses from.
        """
        self._library = library
        self._neighbours = neighbours
        self._rules = [
            rule
            for rule, (first, second) in enumerate(library.roles)
            if len(first) and (second is None or len(second))
        ]
        self._first = [
            {half.forward: index for index, half in enumerate(first.halves)}
            for first, _ in library.roles
        ]
        self._second = [
            {
                text: (index, bool(turned))
                for index, half in enumerate(second.halves)
                for turned, text in enumerate(half.orientations)
            }
            if second is not None
            else {}
            for _, second in library.roles
        ]
        self._fingerprints: dict[tuple[int, int], list[Any]] = {}
        self._near: dict[tuple[int, int, int], tuple[int, ...]] = {}

    def draw(self, rng: np.random.Generator) -> Reactants:
        """Return reactants at random, every polymerisation as likely as every other."""
        rule = self._rules[int(rng.integers(len(self._rules)))]
        first, second = self._library.roles[rule]
        left = int(rng.integers(len(first)))
        if second is None:
            return Reactants(rule, left, -1)
        right = int(rng.integers(len(second)))
        turns = len(second.halves[right].orientations)
        return Reactants(rule, left, right, turned=bool(rng.integers(turns)))

    def swap(self, state: Reactants, rng: np.random.Generator) -> Reactants:
        """Return the reactants with one of them replaced by a similar one of the same role."""
        place = int(rng.integers(2)) if state.right >= 0 else 0
        near = self._similar(state.rule, place, state.right if place else state.left)
        if not near:
            return state
        chosen = near[int(rng.integers(len(near)))]
        if not place:
            return Reactants(state.rule, chosen, state.right, turned=state.turned)
        role = self._role(state.rule, 1)
        turns = len(role.halves[chosen].orientations)
        return Reactants(state.rule, state.left, chosen, turned=bool(rng.integers(turns)))

    def _role(self, rule: int, place: int) -> Role:
        role = self._library.roles[rule][place]
        if role is None:
            raise IndexError(f"polymerisation {rule} has one monomer only")
        return role

    def _similar(self, rule: int, place: int, index: int) -> tuple[int, ...]:
        key = (rule, place, index)
        if key not in self._near:
            role = self._role(rule, place)
            prints = self._prints(rule, place)
            similarity = np.array(DataStructs.BulkTanimotoSimilarity(prints[index], prints))
            similarity[index] = -1.0
            order = np.argsort(-similarity, kind="stable")[: min(self._neighbours, len(role) - 1)]
            self._near[key] = tuple(int(i) for i in order)
        return self._near[key]

    def _prints(self, rule: int, place: int) -> list[Any]:
        if (rule, place) not in self._fingerprints:
            maker = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
            halves = self._role(rule, place).halves
            mols = [Chem.MolFromSmiles(half.forward) for half in halves]
            self._fingerprints[rule, place] = [maker.GetCountFingerprint(mol) for mol in mols]
        return self._fingerprints[rule, place]

    def find(self, structure: str) -> Reactants | None:
        """Return the reactants of a repeat unit, None if the library does not make it so.

        The unit must begin and end where two of its monomers meet, as those of the library do.
        """
        with rdBase.BlockLogs():
            unit = Chem.MolFromSmiles(structure)
        if unit is None or sum(not a.GetAtomicNum() for a in unit.GetAtoms()) != 2:
            return None
        for pieces in _readings(unit):
            for rule in self._rules:
                state = self._match(rule, pieces)
                if state is not None:
                    return state
        return None

    def _match(self, rule: int, pieces: tuple[str, ...]) -> Reactants | None:
        left = self._first[rule].get(pieces[0])
        if left is None:
            return None
        if len(pieces) == 1:
            return Reactants(rule, left, -1) if self._library.roles[rule][1] is None else None
        right = self._second[rule].get(pieces[1])
        return None if right is None else Reactants(rule, left, right[0], turned=right[1])


def _readings(unit: Any) -> Iterator[tuple[str, ...]]:
    """Yield a repeat unit as one piece and as two, from either side and begun at either."""
    stars = [a.GetIdx() for a in unit.GetAtoms() if not a.GetAtomicNum()]
    for first, last in (stars, stars[::-1]):
        unit.GetAtomWithIdx(first).SetIsotope(1)
        unit.GetAtomWithIdx(last).SetIsotope(2)
        yield (_rooted(unit),)
        path = Chem.GetShortestPath(unit, first, last)[1:-1]
        for near, far in pairwise(path):
            bond = unit.GetBondBetweenAtoms(near, far)
            if bond.IsInRing() or bond.GetBondTypeAsDouble() != 1.0:
                continue
            labels = (1, 2) if bond.GetBeginAtomIdx() == near else (2, 1)
            cut = Chem.FragmentOnBonds(unit, [bond.GetIdx()], dummyLabels=[labels])
            places: list[tuple[int, ...]] = []
            parts = Chem.GetMolFrags(cut, asMols=True, fragsMolAtomMapping=places)
            one, other = (_rooted(part) for part in parts)
            ahead = (one, other) if first in places[0] else (other, one)
            yield ahead
            yield ahead[::-1]


def _rooted(mol: Any) -> str:
    # Twice, as the half-units of the library are written: the text then depends on nothing else.
    again = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
    root = next(
        a.GetIdx() for a in again.GetAtoms() if a.GetIsotope() == 1 and not a.GetAtomicNum()
    )
    return str(Chem.MolToSmiles(again, rootedAtAtom=root))
