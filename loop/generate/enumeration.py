"""Every repeat unit that a list of monomers can be polymerised to, by the declared rules.

Half-units are worked out once per monomer and use; a repeat unit is then two texts joined. Unlike
enumerators that run a reaction on every pair (SMiPoly: Ohno et al., J. Chem. Inf. Model. 2023, 63,
5539), the cost of chemistry grows with the number of monomers and not of pairs.

Only linear chains are made: a half-unit that keeps a group which would react as well is left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from loop.core.polymerisation import HalfUnit, Polymerisation
from loop.core.polymerisation_rules import POLYMERISATIONS
from loop.core.ports import Progress, silent
from loop.generate.monomer_opening import (
    Half,
    classes_of,
    continuation,
    is_linear,
    open_monomer,
    split_at_end,
)

_REPORT_EVERY: Final = 200


@dataclass(frozen=True)
class Reactants:
    """The state of a search in monomer space.

    Attributes:
        rule: Index of the polymerisation in the library.
        left: Index of the first half-unit in it.
        right: Index of the second, -1 if one monomer polymerises alone.
        turned: The second half-unit is turned round.
    """

    rule: int
    left: int
    right: int
    turned: bool = False


@dataclass(frozen=True)
class Role:
    """The half-units that can take one place in one polymerisation.

    Attributes:
        halves: Their texts, sorted.
        monomers: For each, the indices of the monomers that become it.
    """

    halves: tuple[Half, ...]
    monomers: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        """How many half-units there are."""
        return len(self.halves)


@dataclass(frozen=True)
class Chunk:
    """Repeat units that share their first half-unit.

    Attributes:
        rule: Index of the polymerisation in the library.
        left: Index of the first half-unit.
        partners: Index of the second half-unit and whether it is turned round, for each unit.
        structures: Valid SMILES with two `*`, not in canonical form: that would cost a hundred
            times as much, and most callers look at a part of them.
    """

    rule: int
    left: int
    partners: tuple[tuple[int, bool], ...]
    structures: tuple[str, ...]

    def reactants(self, row: int) -> Reactants:
        """Return what a repeat unit was made of."""
        right, turned = self.partners[row]
        return Reactants(self.rule, self.left, right, turned)


class PolymerLibrary:
    """All repeat units of a list of monomers, by number rather than by list."""

    def __init__(
        self,
        monomers: Sequence[str],
        rules: Sequence[Polymerisation] = POLYMERISATIONS,
        progress: Progress = silent,
    ) -> None:
        """Sort the monomers into classes and open them.

        Args:
            monomers: SMILES; molecules of no class are carried along and not used.
            rules: Polymerisations to consider.
            progress: Told how far it is.
        """
        self.monomers = tuple(monomers)
        self.rules = tuple(rules)
        members = self._members(progress)

        @cache
        def opened(unit: HalfUnit) -> dict[Half, list[int]]:
            found: dict[Half, list[int]] = defaultdict(list)
            for index in members[unit.monomer.name]:
                for half in open_monomer(self.monomers[index], unit):
                    found[half].append(index)
            return found

        def role(unit: HalfUnit, residual: tuple[str, ...]) -> Role:
            halves = sorted(h for h in opened(unit) if is_linear(h, residual))
            return Role(tuple(halves), tuple(tuple(opened(unit)[h]) for h in halves))

        self._second: dict[int, tuple[list[tuple[int, bool]], list[str]]] = {}
        self.roles = tuple(
            (role(r.left, r.residual), role(r.right, r.residual) if r.right else None)
            for r in self.rules
        )

    def _members(self, progress: Progress) -> dict[str, list[int]]:
        units = [u for r in self.rules for u in (r.left, r.right) if u is not None]
        classes = tuple({unit.monomer.name: unit.monomer for unit in units}.values())
        members: dict[str, list[int]] = {found.name: [] for found in classes}
        for index, smiles in enumerate(self.monomers):
            if index % _REPORT_EVERY == 0:
                progress("sorting monomers into classes", index / len(self.monomers))
            for found in classes_of(smiles, classes):
                members[found.name].append(index)
        progress("sorting monomers into classes", 1.0)
        return members

    def chunks(self, polymer_classes: Sequence[str] | None = None) -> Iterator[Chunk]:
        """Yield every repeat unit, one first half-unit at a time.

        Args:
            polymer_classes: Classes to make, None for all.
        """
        for index, rule in enumerate(self.rules):
            if polymer_classes is None or rule.polymer_class in polymer_classes:
                texts: dict[int, list[str]] = {}
                for left in range(len(self.roles[index][0])):
                    chunk = self._chunk(index, left, texts)
                    if chunk.structures:
                        yield chunk

    def _chunk(self, rule: int, left: int, texts: dict[int, list[str]]) -> Chunk:
        half = self.roles[rule][0].halves[left]
        if self.roles[rule][1] is None:
            return Chunk(rule, left, ((-1, False),), (join(half),))
        before, after, rings = split_at_end(half.forward)
        partners = self._partners(rule, left)
        if rings not in texts:
            texts[rings] = [continuation(text, rings) for text in self._oriented(rule)[1]]
        continuations = texts[rings]
        return Chunk(
            rule,
            left,
            tuple(self._oriented(rule)[0][row] for row in partners),
            tuple([before + continuations[row] + after for row in partners]),
        )

    def _oriented(self, rule: int) -> tuple[list[tuple[int, bool]], list[str]]:
        """Return the second half-units in each of their orientations, and their texts."""
        if rule not in self._second:
            role = self.roles[rule][1]
            rows = [
                (index, turned, text)
                for index, half in enumerate(role.halves if role else ())
                for turned, text in enumerate(half.orientations)
            ]
            self._second[rule] = (
                [(index, bool(turned)) for index, turned, _ in rows],
                [text for _, _, text in rows],
            )
        return self._second[rule]

    def _partners(self, rule: int, left: int) -> list[int]:
        """Return the rows of `_oriented` that make a new chain with a first half-unit."""
        first, second = self.roles[rule]
        alike = self.rules[rule].left == self.rules[rule].right
        half, makers = first.halves[left], first.monomers[left]
        # Turning the partner of a symmetric unit turns the whole chain, which is the same chain.
        turnable = len(half.orientations) > 1
        monomers = second.monomers if second else ()
        alone = len(makers) == 1
        return [
            row
            for row, (right, turned) in enumerate(self._oriented(rule)[0])
            if (turnable or not turned)
            and not (alike and right < left)
            and not (alone and monomers[right] == makers)
        ]

    def structure(self, reactants: Reactants) -> str:
        """Return the repeat unit of one state, as in `chunks`."""
        first, second = self.roles[reactants.rule]
        half = first.halves[reactants.left]
        if second is None:
            return join(half)
        return join(half, second.halves[reactants.right], turned=reactants.turned)

    def distinct(self, reactants: Reactants) -> bool:
        """Tell whether a state has as many different monomers as it has places."""
        first, second = self.roles[reactants.rule]
        if second is None:
            return True
        return len({*first.monomers[reactants.left], *second.monomers[reactants.right]}) > 1

    def monomers_of(self, reactants: Reactants) -> tuple[str, ...]:
        """Return the monomers of a state; the first of those that give the same half-unit."""
        first, second = self.roles[reactants.rule]
        makers = first.monomers[reactants.left]
        if second is None:
            return (self.monomers[makers[0]],)
        pairs = ((m, o) for m in makers for o in second.monomers[reactants.right] if m != o)
        maker, other = next(pairs)
        return (self.monomers[maker], self.monomers[other])


def join(left: Half, right: Half | None = None, *, turned: bool = False) -> str:
    """Return the repeat unit of one half-unit or of two, as valid SMILES with two `*`."""
    before, after, rings = split_at_end(left.forward)
    if right is None:
        return f"{before}*{after}"
    return before + continuation(right.backward if turned else right.forward, rings) + after
