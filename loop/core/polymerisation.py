"""The words of polymerisation rules: monomer classes, how they open to half-units, how those join.

A polymerisation is written as the half-units that its monomers become in the chain. A half-unit
carries two labelled ends, `[1*]` and `[2*]`; the chain is end 2 of one joined to end 1 of the
next. Read forward, this enumerates repeat units; read backward, it finds monomers. The rules
themselves stand in `loop.core.polymerisation_rules`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Matches = Callable[[str], Sequence[Sequence[int]]]
"""SMARTS to the distinct sets of atoms of one molecule that it matches."""


@dataclass(frozen=True)
class MonomerClass:
    """Molecules that polymerise in the same way.

    Attributes:
        name: What chemists call them.
        groups: SMARTS of the functional groups that count.
        excluded: SMARTS of what a monomer of this class must not have.
        least: Fewest groups it must have.
        most: Most groups it may have, None for any number.
    """

    name: str
    groups: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    least: int = 1
    most: int | None = None

    def admits(self, matches: Matches) -> bool:
        """Tell whether a molecule is of this class.

        Args:
            matches: What SMARTS match in the molecule; the core knows no chemistry library.
        """
        count = 0
        for group in self.groups:
            count += _distinct(matches(group))
            if self.most is None and count >= self.least:
                break
        if count < self.least or (self.most is not None and count > self.most):
            return False
        return not any(len(matches(pattern)) for pattern in self.excluded)


def _distinct(found: Sequence[Sequence[int]]) -> int:
    # Two matches that differ in one atom only share their centre, as in a geminal diol.
    shared = sum(len(set(one) ^ set(other)) == 2 for one, other in pairwise(found))
    return len(found) - shared


@dataclass(frozen=True)
class HalfUnit:
    """What a monomer becomes in a chain.

    Attributes:
        name: Of this use of the monomer.
        monomer: Class of the monomer.
        opening: Reaction SMARTS from the monomer to the half-unit with ends `[1*]` and `[2*]`;
            several where monomers of one class leave in different ways.
        closing: Reaction SMARTS from the half-unit back to a monomer, with the share of chemists
            who would take it rather than the others; shares add up to 1.
        directed: Ends 1 and 2 are different groups, so the unit cannot be turned round.
        backbone: Atoms of the main chain in it where the reaction fixes them, else None.
    """

    name: str
    monomer: MonomerClass
    opening: tuple[str, ...]
    closing: tuple[tuple[str, float], ...]
    directed: bool = False
    backbone: int | None = None


@dataclass(frozen=True)
class Polymerisation:
    """One way to make chains.

    Attributes:
        name: Of the reaction, for chemists.
        polymer_class: Of what it makes.
        left: First half-unit.
        right: Second half-unit, None if one monomer polymerises alone.
        junction: SMARTS of two atoms, in either order, that it joins in the chain.
        residual: SMARTS of groups that would react as well: a half-unit that keeps one branches,
            and the polymer is no linear chain.
        reliability: How far such a route can be relied on, in (0, 1].
        most_periods: How many periods of the chain one monomer may bring: ethylene and lactide
            bring two equal halves.
    """

    name: str
    polymer_class: str
    left: HalfUnit
    right: HalfUnit | None
    junction: str
    residual: tuple[str, ...]
    reliability: float
    most_periods: int = 1
