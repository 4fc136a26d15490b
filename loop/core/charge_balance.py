"""Whether a composition can be neutral, by the two rules of SMACT, and in which states.

A composition is balanced if every element has one oxidation state such that the charges add up
to nothing, and no cation is as electronegative as any anion. Elements alone and alloys of metals
need no charges. The second rule cuts the elements, sorted by electronegativity, into cations and
anions; so each cut is tried, and the sums of charges that either side can reach are compared.
The sums are bits of one whole number: adding an ion shifts it, and no product of states is
ever listed.

Source of the rules: Davies et al., "Computational screening of all stoichiometric inorganic
materials", Chem 1, 617 (2016).
"""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from loop.core.oxidation_states import MIXED_VALENCE, ElementIons, element_ions

Amounts = Mapping[str, int]
_Sorted = list[tuple[ElementIons, int]]
# One state per element, with the logarithm of its shares; kept for every sum of charges.
_Ways = dict[int, tuple[float, tuple[int, ...]]]
_NOTHING: Final = 1


def is_alloy(amounts: Amounts) -> bool:
    """Tell whether it is an element alone, or all are metals."""
    ions = element_ions()
    return len(amounts) == 1 or all(s in ions and ions[s].metal for s in amounts)


def is_balanced(amounts: Amounts, *, mixed_valence: bool = False, least_share: float = 0.0) -> bool:
    """Tell whether SMACT calls the composition valid.

    Args:
        amounts: Whole amounts of the elements, each at least one. A common factor changes
            nothing, unless atoms of one element may differ.
        mixed_valence: Whether atoms of one element may differ in their state, for the elements
            of `MIXED_VALENCE`: magnetite, Fe3O4, is balanced only then.
        least_share: States with a smaller share of their element's reports do not count; above
            0 this is stricter than SMACT, which takes Ca+ for as good as Ca2+.
    """
    if is_alloy(amounts):
        return True
    ordered = _by_electronegativity(amounts)
    return any(
        _sums(ordered[:cut], 1, least_share, mixed=mixed_valence)
        & _sums(ordered[cut:], -1, least_share, mixed=mixed_valence)
        for cut in _cuts(ordered)
    )


def is_neutral(amounts: Amounts) -> bool:
    """Tell whether the charges can add up to nothing, whatever the electronegativities say."""
    table = element_ions()
    sums = {0}
    for symbol, amount in amounts.items():
        states = table[symbol].states if symbol in table else ()
        sums = {total + amount * state for total in sums for state in states}
    return 0 in sums


def likely_states(amounts: Amounts) -> dict[str, int] | None:
    """Return the likeliest oxidation states of a balanced composition, one per element.

    The likelihood is the product over the elements of the share of the state among the element's
    reports. None if no states balance it; that is so for most alloys.
    """
    ordered = _by_electronegativity(amounts)
    best: tuple[float, dict[str, int]] | None = None
    for cut in _cuts(ordered):
        sides = ordered[:cut], ordered[cut:]
        if not _sums(sides[0], 1, 0.0, mixed=False) & _sums(sides[1], -1, 0.0, mixed=False):
            continue
        cations, anions = _ways(sides[0], 1), _ways(sides[1], -1)
        for charge in sorted(cations.keys() & anions.keys()):
            score = cations[charge][0] + anions[charge][0]
            if best is None or score > best[0]:
                states = cations[charge][1] + anions[charge][1]
                names = [ions.symbol for ions, _ in ordered]
                best = score, dict(zip(names, states, strict=True))
    return None if best is None else best[1]


def _by_electronegativity(amounts: Amounts) -> _Sorted:
    """Return the elements sorted, or nothing if one has no electronegativity or no states."""
    table = element_ions()
    found = []
    for symbol, amount in amounts.items():
        ions = table.get(symbol)
        if ions is None or ions.electronegativity is None or not ions.states:
            return []
        found.append((ions.electronegativity, symbol, ions, amount))
    found.sort(key=lambda entry: entry[:2])
    common = math.gcd(*(entry[3] for entry in found)) if found else 1
    return [(ions, amount // common) for _, _, ions, amount in found]


def _cuts(ordered: _Sorted) -> Iterator[int]:
    for cut in range(1, len(ordered)):
        # Elements of equal electronegativity are on the same side.
        if ordered[cut - 1][0].electronegativity != ordered[cut][0].electronegativity:
            yield cut


@lru_cache(maxsize=4096)
def _charges(symbol: str, sign: int, least_share: float) -> tuple[int, ...]:
    ions = element_ions()[symbol]
    pairs = zip(ions.states, ions.shares, strict=True)
    return tuple(sign * q for q, share in pairs if sign * q > 0 and share >= least_share)


def _sums(side: _Sorted, sign: int, least_share: float, *, mixed: bool) -> int:
    """Return the sums of charges as bits: bit s is set if the side can have the charge s * sign."""
    reached = _NOTHING
    for ions, amount in side:
        charges = _charges(ions.symbol, sign, least_share)
        single = not mixed or ions.symbol not in MIXED_VALENCE
        steps, atoms = (1, amount) if single else (amount, 1)
        for _ in range(steps):
            shifted = 0
            for charge in charges:
                shifted |= reached << (charge * atoms)
            reached = shifted
    return reached


def _ways(side: _Sorted, sign: int) -> _Ways:
    ways: _Ways = {0: (0.0, ())}
    for ions, amount in side:
        longer: _Ways = {}
        for charge, (score, states) in ways.items():
            for state, share in zip(ions.states, ions.shares, strict=True):
                if sign * state <= 0:
                    continue
                total, sum_ = charge + sign * state * amount, score + math.log(share)
                if total not in longer or sum_ > longer[total][0]:
                    longer[total] = sum_, (*states, state)
        ways = longer
    return ways
