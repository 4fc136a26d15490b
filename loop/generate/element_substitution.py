"""New compositions from known ones: elements that replace each other, and other amounts.

Elements are drawn by the substitutions seen in known compounds (`ion_similarity`); what comes
out is kept only if SMACT's rules call it valid (`loop.core.charge_balance`), unless the campaign
says that charges do not matter, as for doped semiconductors and alloys with metalloids.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from loop.core.charge_balance import is_balanced, likely_states
from loop.core.formula import reduced
from loop.core.generation_ports import Offspring, TaughtGenerator
from loop.core.ports import Progress, silent
from loop.errors import DataError
from loop.generate.composition_moves import MOVES, Departure, Reach, possible
from loop.generate.draws import Draws
from loop.generate.formulas import read_formula, write_formula
from loop.generate.palette import NoMoveError, Palette
from loop.generate.substituting import SubstitutionConfig, attempted
from loop.generate.unread import read_all, read_examples

_LEAST_ATOMS: Final = 20
_IN_ORDER: Final = tuple(MOVES.values())


class MoveShares(BaseModel):
    """How often each move is tried, relative to the others; see `composition_moves`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    replace: float = Field(3.0, ge=0)
    replace_two: float = Field(2.0, ge=0)
    rebalance: float = Field(2.0, ge=0)
    mix: float = Field(2.0, ge=0)
    shift: float = Field(1.0, ge=0)


class ElementSubstitutionConfig(SubstitutionConfig):
    """Settings, beside those of `SubstitutionConfig`.

    Attributes:
        max_elements: Most elements in a composition.
        max_atoms: Most atoms of the smallest whole formula, which limits how fine amounts are;
            None: as many as the largest example has, at least 20.
        shift: Largest atomic fraction that changes hands in `mix` and `shift`.
        bounds: Least and largest atomic fraction of an element, where it is present.
        moves: How often each move is tried.
    """

    max_elements: int = Field(5, ge=1, le=12)
    max_atoms: int | None = Field(None, ge=2, le=10_000)
    shift: float = Field(0.2, gt=0, le=1)
    bounds: Mapping[str, tuple[float, float]] = Field(default_factory=dict)
    moves: MoveShares = MoveShares()

    @field_validator("bounds")
    @classmethod
    def _ordered(
        cls, bounds: Mapping[str, tuple[float, float]]
    ) -> Mapping[str, tuple[float, float]]:
        for symbol, (low, high) in bounds.items():
            if not 0 <= low <= high <= 1:
                raise ValueError(
                    f"{symbol}: expected two atomic fractions with 0 <= least <= largest <= 1, "
                    f"got {low:g} and {high:g}"
                )
        return bounds

    @field_validator("moves")
    @classmethod
    def _some(cls, moves: MoveShares) -> MoveShares:
        if not any(moves.model_dump().values()):
            raise ValueError("expected at least one move with a share above 0")
        return moves


class ElementSubstitution:
    """Generator of compositions."""

    Config: ClassVar[type[BaseModel]] = ElementSubstitutionConfig
    materials: ClassVar[frozenset[str]] = frozenset({"composition"})

    def __init__(self, config: ElementSubstitutionConfig) -> None:
        self.config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> TaughtGenerator:
        """Take note of the elements and of the sizes of the examples.

        Raises:
            ModelError: an example cannot be read, or there are too few elements.
            ConfigError: an element of the settings does not exist.
        """
        examples = read_examples(read_formula, structures)
        sizes = [sum(amounts.values()) for amounts in examples]
        atoms = self.config.max_atoms or max([_LEAST_ATOMS, *sizes])
        palette = self.config.palette(examples)
        progress("learned the elements", 1.0)
        return TaughtElementSubstitution(self.config, palette, atoms, tuple(structures))


class TaughtElementSubstitution:
    """See `ElementSubstitution`; without parents it departs from the examples."""

    def __init__(
        self,
        config: ElementSubstitutionConfig,
        palette: Palette,
        atoms: int,
        examples: tuple[str, ...],
    ) -> None:
        self._config = config
        self._palette = palette
        self._reach = Reach(atoms, config.shift, config.neutral)
        self._examples = examples

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Attempt `size` compositions, see `loop.core.generation_ports`.

        Raises:
            DataError: a parent cannot be read, or there is neither a parent nor an example.
        """
        starts = parents or self._examples
        if not starts:
            raise DataError("no composition to depart from", hint="give parents or examples")
        departures = [_departure(a) for a in read_all(read_formula, starts[:size], "parents")]
        chances = [self._chances(departure) for departure in departures]
        draws = Draws(seed)
        return attempted(
            lambda at: self._changed(departures[at], chances[at], draws),
            len(starts),
            size,
            from_parents=bool(parents),
        )

    def _chances(self, departure: Departure) -> list[float]:
        can = possible(departure, self._reach)
        shares = self._config.moves.model_dump()
        return list(accumulate(shares[name] * (name in can) for name in MOVES))

    def _changed(self, departure: Departure, chances: list[float], draws: Draws) -> tuple[str, str]:
        if not chances[-1]:
            raise NoMoveError("no wanted move is possible")
        move = _IN_ORDER[draws.weighted(chances)]
        raw, note = move(departure, self._palette, self._reach, draws)
        amounts = reduced(raw)
        if amounts == departure.amounts:
            raise NoMoveError("nothing changed")
        self._check(amounts)
        return write_formula(amounts), note

    def _check(self, amounts: Mapping[str, int]) -> None:
        atoms = sum(amounts.values())
        if len(amounts) > self._config.max_elements:
            raise NoMoveError(f"more than {self._config.max_elements} elements")
        if atoms > self._reach.atoms:
            raise NoMoveError(f"more than {self._reach.atoms} atoms in the formula")
        for symbol, (low, high) in self._config.bounds.items():
            if symbol in amounts and not low <= amounts[symbol] / atoms <= high:
                raise NoMoveError(f"{symbol} out of bounds")
        if self._config.neutral and not is_balanced(amounts, least_share=self._config.least_share):
            raise NoMoveError("no common oxidation states balance it")


def _departure(amounts: Mapping[str, int]) -> Departure:
    return Departure(amounts, likely_states(amounts), sum(amounts.values()))
