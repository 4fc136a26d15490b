"""New crystals from structure types: elements on the places of a prototype.

With a parent, its elements are put into another structure type of as many elements: same
elements, other structure, where `crystal-substitution` does the opposite. Without, elements are
drawn: by their likeness to the prototype's own where those have charges, the last one such that
the charges add up.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import ClassVar, Final

from pydantic import BaseModel, Field

from loop.core.charge_balance import is_balanced, likely_states
from loop.core.generation_ports import Offspring, TaughtGenerator
from loop.core.ports import Progress, silent
from loop.generate.crystal_places import CrystalPlaces, read_places
from loop.generate.crystal_size import factor_for_prototype
from loop.generate.draws import Draws
from loop.generate.palette import NoMoveError, Palette
from loop.generate.prototype_library import Prototype, prototypes, space_group
from loop.generate.substituting import SubstitutionConfig, attempted
from loop.generate.tolerance_factor import tolerance_factor
from loop.generate.unread import read_all, read_examples

_PEROVSKITE: Final = "E2_1"
# A prototype, and the element that takes each of its places.
_Decorated = tuple[Prototype, dict[str, str]]


class PrototypeDecorationConfig(SubstitutionConfig):
    """Settings, beside those of `SubstitutionConfig`.

    Attributes:
        max_elements: Most elements of a prototype.
        max_sites: Most sites in the prototype's cell.
        tolerance: Least and largest tolerance factor of Goldschmidt for cubic perovskites; None:
            no limit.
    """

    max_elements: int = Field(4, ge=2)
    max_sites: int = Field(40, ge=2)
    tolerance: tuple[float, float] | None = (0.8, 1.1)


class PrototypeDecoration:
    """Generator of crystals."""

    Config: ClassVar[type[BaseModel]] = PrototypeDecorationConfig
    materials: ClassVar[frozenset[str]] = frozenset({"crystal"})

    def __init__(self, config: PrototypeDecorationConfig) -> None:
        self.config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> TaughtGenerator:
        """Take note of the elements of the examples.

        Raises:
            ModelError: an example cannot be read, or there are too few elements.
            ConfigError: an element of the settings does not exist.
        """
        examples = read_examples(read_places, structures)
        palette = self.config.palette(crystal.amounts for crystal in examples)
        kept = [
            p
            for p in prototypes()
            if len(p.crystal.amounts) <= self.config.max_elements
            and len(p.crystal.elements) <= self.config.max_sites
        ]
        progress("read the prototypes", 1.0)
        return TaughtPrototypeDecoration(self.config, palette, kept)


class TaughtPrototypeDecoration:
    """See `PrototypeDecoration`; it needs no parents."""

    def __init__(
        self, config: PrototypeDecorationConfig, palette: Palette, kept: Sequence[Prototype]
    ) -> None:
        self._config = config
        self._palette = palette
        self._kept = kept

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Attempt `size` crystals, see `loop.core.generation_ports`.

        Raises:
            DataError: a parent cannot be read.
        """
        known = read_all(read_places, parents[:size], "parents")
        fitting = [self._fitting(crystal) for crystal in known]
        draws = Draws(seed)

        def change(at: int) -> tuple[str, str]:
            prototype, takes = self._drawn(draws) if at < 0 else _one_of(fitting[at], draws)
            return self._filled(prototype, takes), prototype.name

        return attempted(change, len(parents), size, from_parents=bool(parents))

    def _fitting(self, parent: CrystalPlaces) -> list[_Decorated]:
        """Return every way to put the parent's elements into another structure type."""
        shape, group = sorted(parent.amounts.values()), space_group(parent)
        found = []
        for prototype in self._kept:
            places = prototype.crystal.amounts
            if len(places) != len(shape):
                continue
            # Same group and ratios may be the parent's own type, which would give it back.
            if prototype.space_group == group and sorted(places.values()) == shape:
                continue
            for order in permutations(parent.amounts):
                takes = dict(zip(places, order, strict=True))
                if self._balances({takes[place]: n for place, n in places.items()}):
                    found.append((prototype, takes))
        return found

    def _balances(self, amounts: Mapping[str, int]) -> bool:
        least = self._config.least_share
        return not self._config.neutral or is_balanced(amounts, least_share=least)

    def _drawn(self, draws: Draws) -> _Decorated:
        prototype = draws.one(self._kept)
        amounts, own = prototype.crystal.amounts, prototype.states
        *first, last = _shuffled(list(amounts), draws)
        takes: dict[str, str] = {}
        charge = 0
        for place in first:
            if own is None:
                symbol, state = draws.one(self._palette.ions)
                if symbol in takes.values():
                    raise NoMoveError("one element drawn twice")
            else:
                symbol, state = self._palette.instead_of(
                    place, own[place], draws, takes.values(), itself=True
                )
            takes[place] = symbol
            charge += state * amounts[place]
        takes[last] = self._balancing(prototype, last, -charge, takes, draws)
        if not self._balances({takes[place]: n for place, n in amounts.items()}):
            raise NoMoveError("no common oxidation states balance it")
        return prototype, takes

    def _balancing(
        self,
        prototype: Prototype,
        place: str,
        charge: int,
        takes: Mapping[str, str],
        draws: Draws,
    ) -> str:
        each, rest = divmod(charge, prototype.crystal.amounts[place])
        if rest or not each:
            raise NoMoveError("no whole charge balances the others")
        own = prototype.states
        if own is not None:
            taken = takes.values()
            return self._palette.instead_of(place, own[place], draws, taken, each, itself=True)[0]
        fit = [symbol for symbol, _ in self._palette.with_charge(each)]
        free = [symbol for symbol in fit if symbol not in takes.values()]
        if not free:
            raise NoMoveError("no allowed element fits the place")
        return draws.one(free)

    def _filled(self, prototype: Prototype, takes: Mapping[str, str]) -> str:
        own = prototype.crystal.amounts
        states = likely_states({takes[place]: amount for place, amount in own.items()})
        if prototype.strukturbericht == _PEROVSKITE and states and self._config.tolerance:
            low, high = self._config.tolerance
            factor = tolerance_factor(prototype.crystal, takes, states)
            if factor is not None and not low <= factor <= high:
                raise NoMoveError("tolerance factor out of bounds")
        return prototype.crystal.filled(
            takes, factor_for_prototype(prototype.crystal, takes, states)
        )


def _one_of(fitting: Sequence[_Decorated], draws: Draws) -> _Decorated:
    if not fitting:
        raise NoMoveError("the parent's elements fit no other prototype")
    return draws.one(fitting)


def _shuffled(items: list[str], draws: Draws) -> list[str]:
    left = list(items)
    return [left.pop(draws.index(len(left))) for _ in items]
