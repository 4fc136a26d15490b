"""Small changes of a composition: other elements, other charges, other amounts.

A move returns new whole amounts and says in words what it did; it knows no limits, which are
checked once for all moves by the generator.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from loop.core.oxidation_states import ion_name
from loop.generate.draws import Draws
from loop.generate.ion_similarity import NEUTRAL
from loop.generate.palette import NoMoveError, Palette, state_of


@dataclass(frozen=True)
class Departure:
    """The composition that is changed.

    Attributes:
        amounts: Smallest whole amounts of the elements.
        states: Likeliest oxidation states, None if no states balance it.
        atoms: Their sum.
    """

    amounts: Mapping[str, int]
    states: dict[str, int] | None
    atoms: int


@dataclass(frozen=True)
class Reach:
    """How far moves of amounts may go.

    Attributes:
        atoms: Most atoms of the smallest whole formula.
        shift: Largest atomic fraction that changes hands.
        neutral: Whether ions must have the charge of those whose places they share; else only
            its sign.
    """

    atoms: int
    shift: float
    neutral: bool


Changed = tuple[dict[str, int], str]
Move = Callable[[Departure, Palette, Reach, Draws], Changed]


def replace(departure: Departure, palette: Palette, reach: Reach, draws: Draws) -> Changed:
    """Put another element where one was."""
    del reach
    return _replaced(departure, palette, draws, [draws.one(list(departure.amounts))])


def replace_two(departure: Departure, palette: Palette, reach: Reach, draws: Draws) -> Changed:
    """Put other elements where two were, as Zn and Se for Ga and As."""
    del reach
    _need_two(departure)
    return _replaced(departure, palette, draws, draws.two(list(departure.amounts)))


def rebalance(departure: Departure, palette: Palette, reach: Reach, draws: Draws) -> Changed:
    """Put an ion of another charge where one was; a second element's amount makes up for it.

    The element may stay and change its state: Fe2O3 becomes FeO, SrTiO3 becomes La2Ti2O7.
    """
    del reach
    if departure.states is None:
        raise NoMoveError("no known charges to balance")
    _need_two(departure)
    old, other = draws.two(list(departure.amounts))
    taken = departure.amounts.keys() - {old}
    new, state = palette.instead_of(old, departure.states[old], draws, taken)
    amounts, states = dict(departure.amounts), departure.states
    place = amounts.pop(old)
    rest = sum(n * states[s] for s, n in amounts.items() if s != other) + place * state
    # Everything is multiplied so that the amount of the other element is whole.
    factor = abs(states[other])
    needed = -rest if states[other] > 0 else rest
    if needed <= 0:
        raise NoMoveError("no amount balances the charges")
    changed = {s: n * factor for s, n in amounts.items()}
    changed[other] = needed
    changed[new] = place * factor
    was = _name(departure.states, old)
    return changed, f"{ion_name(new, state)} for {was}, {other} balances"


def mix(departure: Departure, palette: Palette, reach: Reach, draws: Draws) -> Changed:
    """Put another element in a part of the places of one: an alloy or a doping."""
    old = draws.one(list(departure.amounts))
    state = state_of(departure.states, old)
    # Only ions of one charge can share places without a third element making up for it.
    charge = state if reach.neutral and state != NEUTRAL else None
    new, _ = palette.instead_of(old, state, draws, departure.amounts.keys(), charge)
    return _shifted(departure, reach, draws, old, new)


def shift(departure: Departure, palette: Palette, reach: Reach, draws: Draws) -> Changed:
    """Let a part of one element become another that is there; the sum of amounts is kept."""
    del palette
    fit = [s for s in departure.amounts if _partners(departure, reach, s)]
    if not fit:
        raise NoMoveError("no two elements of like charge to shift between")
    old = draws.one(fit)
    return _shifted(departure, reach, draws, old, draws.one(_partners(departure, reach, old)))


def possible(departure: Departure, reach: Reach) -> frozenset[str]:
    """Return the names of the moves that can be tried; whether they succeed is another matter."""
    found = {"replace"}
    if len(departure.amounts) > 1:
        found.add("replace_two")
        if departure.states is not None:
            found.add("rebalance")
    most, largest = _most_scale(departure, reach), max(departure.amounts.values())
    if _least_scale(departure, reach, largest) <= most:
        found.add("mix")
        if any(_partners(departure, reach, s) for s in departure.amounts):
            found.add("shift")
    return frozenset(found)


MOVES: Final[Mapping[str, Move]] = {
    "replace": replace,
    "replace_two": replace_two,
    "rebalance": rebalance,
    "mix": mix,
    "shift": shift,
}


def replacements(
    departure: Departure, palette: Palette, draws: Draws, places: Sequence[str]
) -> tuple[dict[str, str], str]:
    """Draw an element for each place; a place may get what another one held, never its own.

    Args:
        departure: The composition.
        palette: What may be put in.
        draws: Source of randomness.
        places: Elements that go.

    Returns:
        Old element to new one, and the change in words.

    Raises:
        NoMoveError: no allowed element fits a place.
    """
    came: dict[str, str] = {}
    said = []
    for old in places:
        taken = departure.amounts.keys() - set(places) | {old, *came.values()}
        symbol, state = palette.instead_of(old, state_of(departure.states, old), draws, taken)
        came[old] = symbol
        new = symbol if departure.states is None else ion_name(symbol, state)
        said.append(f"{new} for {_name(departure.states, old)}")
    return came, ", ".join(said)


def _replaced(
    departure: Departure, palette: Palette, draws: Draws, places: Sequence[str]
) -> Changed:
    came, note = replacements(departure, palette, draws, places)
    return {came.get(s, s): n for s, n in departure.amounts.items()}, note


def _shifted(departure: Departure, reach: Reach, draws: Draws, old: str, new: str) -> Changed:
    held = departure.amounts[old]
    least, top = _least_scale(departure, reach, held), _most_scale(departure, reach)
    if least > top:
        raise NoMoveError("no amount small enough to shift")
    scale = least + draws.index(top - least + 1)
    held *= scale
    # One atom stays: the move that takes all is `replace`.
    most = min(held - 1, int(reach.shift * departure.atoms * scale))
    moved = 1 + draws.index(most)
    amounts = {symbol: amount * scale for symbol, amount in departure.amounts.items()}
    amounts[old] -= moved
    amounts[new] = amounts.get(new, 0) + moved
    return amounts, f"{new} for {moved / held:.3g} of {_name(departure.states, old)}"


def _most_scale(departure: Departure, reach: Reach) -> int:
    return max(1, reach.atoms // departure.atoms)


def _least_scale(departure: Departure, reach: Reach, held: int) -> int:
    """Return by what a formula is multiplied at least, so that a whole atom can change hands."""
    return max(math.ceil(1 / (reach.shift * departure.atoms) - 1e-9), math.ceil(2 / held))


def _partners(departure: Departure, reach: Reach, old: str) -> list[str]:
    states = departure.states
    others = [s for s in departure.amounts if s != old]
    if states is None:
        return others
    if reach.neutral:
        # Unequal charges would not balance any more.
        return [s for s in others if states[s] == states[old]]
    return [s for s in others if states[s] * states[old] > 0]


def _need_two(departure: Departure) -> None:
    if len(departure.amounts) < 2:
        raise NoMoveError("a single element")


def _name(states: dict[str, int] | None, symbol: str) -> str:
    return symbol if states is None else ion_name(symbol, states[symbol])
