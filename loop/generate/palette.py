"""The ions that may be put in, and how likely each replaces another."""

from collections.abc import Collection, Sequence
from itertools import accumulate

import numpy as np

from loop.core.oxidation_states import element_ions
from loop.errors import ConfigError, ModelError
from loop.generate.draws import Draws
from loop.generate.ion_similarity import NEUTRAL, Ion, ion_similarity

_REDRAWS = 16


class NoMoveError(Exception):
    """An attempt that came to nothing; the text is the reason that is counted."""


def allowed_elements(wanted: Sequence[str], examples: Collection[str]) -> tuple[str, ...]:
    """Return the elements that may be put in, sorted: those wanted, else those of the examples.

    Raises:
        ConfigError: one that is wanted has no oxidation states in the table, or does not exist.
        ModelError: fewer than two are left.
    """
    table = element_ions()
    unfit = sorted(s for s in wanted if s not in table or not table[s].states)
    if unfit:
        raise ConfigError(
            f"elements: {', '.join(unfit)}; expected symbols of elements with known oxidation "
            "states, such as Ba or Ti"
        )
    found = tuple(sorted(s for s in (wanted or examples) if table[s].states))
    if len(found) < 2:
        raise ModelError(
            f"{len(found)} element{'s' * (len(found) != 1)} to choose from; two or more are needed",
            hint="give more examples, or list the elements in the generator's settings",
        )
    return found


class Palette:
    """Ions of the allowed elements, drawn by their similarity to the ion they replace.

    Args:
        elements: Symbols that may be put in.
        temperature: Divides the log weights: above 1 bolder, below 1 closer to known chemistry.
        least_share: Ions with a smaller share of their element's reports are left out.
    """

    def __init__(self, elements: Sequence[str], temperature: float, least_share: float) -> None:
        table = element_ions()
        self._temperature = temperature
        self.ions: tuple[Ion, ...] = tuple(
            (symbol, state)
            for symbol in elements
            for state, share in zip(table[symbol].states, table[symbol].shares, strict=True)
            if share >= least_share
        )
        self._by_charge: dict[int, list[Ion]] = {}
        for ion in self.ions:
            self._by_charge.setdefault(ion[1], []).append(ion)
        self._tables: dict[tuple[str, int, int | None, bool], tuple[list[Ion], list[float]]] = {}

    def instead_of(
        self,
        symbol: str,
        state: int,
        draws: Draws,
        taken: Collection[str],
        charge: int | None = None,
        *,
        itself: bool = False,
    ) -> Ion:
        """Return an ion to stand where one stood, of the same sign if that is known.

        Args:
            symbol: Element that is replaced.
            state: Its oxidation state, or `NEUTRAL` if it is not known.
            draws: Source of randomness.
            taken: Elements that may not come.
            charge: State that the new ion must have; None: any.
            itself: Whether the ion may come back, for places that nothing has taken yet.

        Raises:
            NoMoveError: no such ion is allowed.
        """
        ions, cumulative = self._table(symbol, state, charge, itself=itself)
        for _ in range(_REDRAWS if ions else 0):
            ion = ions[draws.weighted(cumulative)]
            if ion[0] not in taken:
                return ion
        raise NoMoveError("no allowed element fits the place")

    def with_charge(self, charge: int) -> Sequence[Ion]:
        """Return the allowed ions of one charge."""
        return self._by_charge.get(charge, ())

    def _table(
        self, symbol: str, state: int, charge: int | None, *, itself: bool
    ) -> tuple[list[Ion], list[float]]:
        key = (symbol, state, charge, itself)
        if key not in self._tables:
            # A cation on the place of an anion would be another compound, mostly an alloy.
            ions = [
                ion
                for ion in self.ions
                if itself or ion != (symbol, state)
                if ion[1] * state > 0 or state == NEUTRAL
                if charge is None or ion[1] == charge
            ]
            logs = ion_similarity().of(symbol, state, ions) / self._temperature
            weights = np.exp(logs - logs.max()) if ions else logs
            self._tables[key] = ions, list(accumulate(weights.tolist()))
        return self._tables[key]


def state_of(states: dict[str, int] | None, symbol: str) -> int:
    """Return the state of an element in a composition, `NEUTRAL` if it is not known."""
    return NEUTRAL if states is None else states[symbol]
