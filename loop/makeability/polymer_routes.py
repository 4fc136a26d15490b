"""Routes to polymers: the polymerisation rules read backward.

The chain is cut at every pair of bonds that a rule could have made; what lies between closes to
monomers if the rules accept them. The rules are deterministic, so a route that is found makes
exactly this chain: the likelihood of Bayesian retrosynthesis (Guo, Wu, Ohno, Yoshida, J. Chem. Inf.
Model. 2020, 60, 4474) is one for the routes found and nil for all others, and their posterior is
their prior, made to add up to one.
"""

import math
from collections.abc import Iterator
from typing import Any, ClassVar

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.generation_ports import Route, RouteStep, Stock
from loop.core.polymerisation import HalfUnit, Polymerisation
from loop.core.polymerisation_rules import POLYMERISATIONS
from loop.makeability.chain_arcs import ChainArcs, read_chain, repeated, reversed_half
from loop.makeability.monomer_closing import close_half

Precursors = tuple[tuple[str, float], ...]
Proposal = tuple[Polymerisation, tuple[str, ...], float]


class PolymerRoutes:
    """The planner `polymer-rules`."""

    class Config(Frozen):
        """Nothing to set."""

    materials: ClassVar[frozenset[str]] = frozenset({Material.POLYMER.value})

    def __init__(self, config: Config) -> None:
        self._config = config

    def routes(self, structure: str, stock: Stock, limit: int = 10) -> tuple[Route, ...]:
        """Return distinct routes of one step, in stock first, then by probability.

        The probability of a route is its share among all that the rules know for this chain;
        a route appears once per set of monomers, by its likeliest reaction.

        Raises:
            DataError: the structure is not one repeat unit with two `*`.
        """
        found = _proposals(*read_chain(structure))
        best: dict[tuple[str, ...], Proposal] = {}
        for proposal in found:
            known = best.get(proposal[1])
            if known is None or known[2] < proposal[2]:
                best[proposal[1]] = proposal
        total = math.fsum(weight for *_, weight in best.values())
        materials = sorted({monomer for reactants in best for monomer in reactants})
        held = dict(zip(materials, stock.holds(materials), strict=True))
        routes = [
            Route(
                target=structure,
                steps=(RouteStep(rule.name, reactants, structure, rule.reliability),),
                starting_materials=reactants,
                missing=tuple(monomer for monomer in reactants if not held[monomer]),
                log_probability=min(0.0, math.log(weight / total)),
            )
            for rule, reactants, weight in best.values()
        ]
        routes.sort(key=lambda r: (not r.in_stock, -r.log_probability, r.starting_materials))
        return tuple(routes[:limit])


def _proposals(unit: Any, chain: ChainArcs) -> list[Proposal]:
    chains = {1: chain}
    found: list[Proposal] = []
    for rule in POLYMERISATIONS:
        if not chains[1].junctions(rule.junction):
            continue
        for periods in range(1, rule.most_periods + 1):
            if periods not in chains:
                chains[periods] = ChainArcs(repeated(unit, periods))
            found.extend(_by_rule(chains[periods], rule))
    return found


def _by_rule(chain: ChainArcs, rule: Polymerisation) -> Iterator[Proposal]:
    junctions = chain.junctions(rule.junction)
    if rule.right is None:
        for start in junctions:
            yield from _alone(chain, rule, start)
        return
    for number, start in enumerate(junctions):
        for middle in junctions[number + 1 :]:
            yield from _in_pairs(chain, rule, rule.right, (start, middle))


def _alone(chain: ChainArcs, rule: Polymerisation, start: int) -> Iterator[Proposal]:
    if rule.left.backbone not in (None, chain.period):
        return
    half = chain.half(start, start + chain.period)
    for text in _readings(half, rule.left) if half is not None else ():
        for monomer, share in close_half(text, rule.left, rule.residual):
            yield rule, (monomer,), rule.reliability * share


def _in_pairs(
    chain: ChainArcs, rule: Polymerisation, right: HalfUnit, cuts: tuple[int, int]
) -> Iterator[Proposal]:
    start, middle = cuts
    one, other = (start, middle), (middle, start + chain.period)
    # Either stretch may be the first monomer.
    for first, second in ((one, other), (other, one)):
        if not (_fits(rule.left, first) and _fits(right, second)):
            continue
        lefts, rights = chain.half(*first), chain.half(*second)
        if lefts is None or rights is None:
            return
        for left, right_text in zip(
            _readings(lefts, rule.left), _readings(rights, rule.left), strict=True
        ):
            found = close_half(left, rule.left, rule.residual)
            partners = close_half(right_text, right, rule.residual) if found else ()
            yield from _combined(rule, found, partners)


def _fits(unit: HalfUnit, stretch: tuple[int, int]) -> bool:
    return unit.backbone in (None, stretch[1] - stretch[0])


def _readings(half: str, unit: HalfUnit) -> tuple[str, ...]:
    """Return a stretch as a rule may read it: a chain with a direction from either side."""
    return (half, reversed_half(half)) if unit.directed else (half,)


def _combined(rule: Polymerisation, lefts: Precursors, rights: Precursors) -> Iterator[Proposal]:
    for left, left_share in lefts:
        for right, right_share in rights:
            # A monomer does not alternate with itself: that would be head-to-head addition.
            if left != right:
                weight = rule.reliability * left_share * right_share
                yield rule, tuple(sorted((left, right))), weight
