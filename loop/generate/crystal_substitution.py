"""New crystals from known ones: other elements on the same places, in a cell that fits them.

The space group before relaxation is the parent's, see `crystal_places`; elements are drawn by
the substitutions seen in known compounds, see `ion_similarity`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from loop.core.charge_balance import is_balanced, likely_states
from loop.core.generation_ports import Offspring, TaughtGenerator
from loop.core.ports import Progress, silent
from loop.errors import DataError
from loop.generate.composition_moves import Departure, replacements
from loop.generate.crystal_places import CrystalPlaces, read_places
from loop.generate.crystal_size import ratio_to_parent
from loop.generate.draws import Draws
from loop.generate.palette import NoMoveError, Palette
from loop.generate.substituting import SubstitutionConfig, attempted
from loop.generate.unread import read_all, read_examples


class PlaceMoves(BaseModel):
    """How often each move is tried, relative to the others.

    Attributes:
        replace: Another element on one place.
        replace_two: Other elements on two places.
        exchange: Two elements of like charge change places.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    replace: float = Field(3.0, ge=0)
    replace_two: float = Field(2.0, ge=0)
    exchange: float = Field(0.5, ge=0)


class CrystalSubstitutionConfig(SubstitutionConfig):
    """Settings, beside those of `SubstitutionConfig`: how often each move is tried."""

    moves: PlaceMoves = PlaceMoves()

    @field_validator("moves")
    @classmethod
    def _some(cls, moves: PlaceMoves) -> PlaceMoves:
        if not any(moves.model_dump().values()):
            raise ValueError("expected at least one move with a share above 0")
        return moves


class CrystalSubstitution:
    """Generator of crystals."""

    Config: ClassVar[type[BaseModel]] = CrystalSubstitutionConfig
    materials: ClassVar[frozenset[str]] = frozenset({"crystal"})

    def __init__(self, config: CrystalSubstitutionConfig) -> None:
        self.config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> TaughtGenerator:
        """Take note of the elements of the examples.

        Raises:
            ModelError: an example cannot be read, or there are too few elements.
            ConfigError: an element of the settings does not exist.
        """
        examples = read_examples(read_places, structures)
        palette = self.config.palette(crystal.amounts for crystal in examples)
        progress("learned the elements", 1.0)
        return TaughtCrystalSubstitution(self.config, palette, tuple(structures))


@dataclass(frozen=True)
class _Parent:
    crystal: CrystalPlaces
    departure: Departure


class TaughtCrystalSubstitution:
    """See `CrystalSubstitution`; without parents it departs from the examples."""

    def __init__(
        self, config: CrystalSubstitutionConfig, palette: Palette, examples: tuple[str, ...]
    ) -> None:
        self._config = config
        self._palette = palette
        self._examples = examples
        shares = config.moves.model_dump()
        self._moves = list(shares)
        self._cumulative = list(accumulate(shares.values()))

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Attempt `size` crystals, see `loop.core.generation_ports`.

        Raises:
            DataError: a parent cannot be read, or there is neither a parent nor an example.
        """
        starts = parents or self._examples
        if not starts:
            raise DataError("no crystal to depart from", hint="give parents or examples")
        read = read_all(read_places, starts[:size], "parents")
        known = [_Parent(crystal, _departure(crystal)) for crystal in read]
        draws = Draws(seed)
        return attempted(
            lambda at: self._changed(known[at], draws),
            len(starts),
            size,
            from_parents=bool(parents),
        )

    def _changed(self, parent: _Parent, draws: Draws) -> tuple[str, str]:
        move = self._moves[draws.weighted(self._cumulative)]
        takes, note = _drawn(move, parent.departure, self._palette, draws)
        amounts = {takes.get(s, s): n for s, n in parent.departure.amounts.items()}
        if self._config.neutral and not is_balanced(amounts, least_share=self._config.least_share):
            raise NoMoveError("no common oxidation states balance it")
        before, after = parent.departure.states, likely_states(amounts)
        factor = ratio_to_parent(parent.crystal, takes, before, after)
        return parent.crystal.filled(takes, factor), note


def _drawn(
    move: str, departure: Departure, palette: Palette, draws: Draws
) -> tuple[dict[str, str], str]:
    places, states = list(departure.amounts), departure.states
    if move == "replace":
        return replacements(departure, palette, draws, [draws.one(places)])
    if len(places) < 2:
        raise NoMoveError("a single element")
    if move == "replace_two":
        return replacements(departure, palette, draws, draws.two(places))
    pairs = [
        p for p in combinations(places, 2) if states is None or states[p[0]] * states[p[1]] > 0
    ]
    if not pairs:
        raise NoMoveError("a cation and an anion do not change places")
    one, other = draws.one(pairs)
    return {one: other, other: one}, f"{one} and {other} change places"


def _departure(crystal: CrystalPlaces) -> Departure:
    amounts = crystal.amounts
    return Departure(amounts, likely_states(amounts), sum(amounts.values()))
