"""Best-first search for synthesis routes over sets of molecules that are still to be made.

A node of the search is a partial route: steps fixed so far, molecules still open. The open molecule
that is hardest to buy is decided next: it is made in one of its known ways or, if that is allowed,
bought. This walks the AND-OR graph of retrosynthesis (B. Chen, C. Li, H. Dai, L. Song, Retro*,
ICML 2020) one solution at a time, so that alternatives come out in order.
"""

import heapq
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from loop.makeability.reaction_templates import Disconnection

_NODES_PER_MOLECULE: Final = 40


@dataclass(frozen=True)
class Step:
    """A disconnection of one molecule.

    Attributes:
        product: Canonical SMILES.
        way: How it is made.
    """

    product: str
    way: Disconnection


@dataclass(frozen=True)
class PartialRoute:
    """What is decided so far.

    Attributes:
        steps: From the target backward.
        open: Molecules to be made or bought, each once, sorted.
        bought: Molecules decided to be bought, each once.
        log_score: Of the steps and of what is bought, at most 0.
    """

    steps: tuple[Step, ...] = ()
    open: tuple[str, ...] = ()
    bought: frozenset[str] = frozenset()
    log_score: float = 0.0


@dataclass
class Budget:
    """What a search may spend.

    Attributes:
        molecules: Molecules it may still take apart.
        deadline: Monotonic time when it ends.
    """

    molecules: int
    deadline: float
    nodes: int = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = _NODES_PER_MOLECULE * self.molecules

    def spent(self) -> bool:
        """Take one node; tell whether nothing was left for it."""
        self.nodes -= 1
        return self.nodes < 0 or time.monotonic() > self.deadline


@dataclass
class RouteSearch:
    """Finds routes to one target; what it learns of molecules is kept between calls.

    Attributes:
        disconnect: The ways to make a molecule.
        in_stock: Whether a molecule is in stock.
        log_prior: Log probability that a molecule not in stock can be bought.
        most_steps: Most reactions in a route.
        log_step: Log prior of one step more, at most 0.
    """

    disconnect: Callable[[str], tuple[Disconnection, ...]]
    in_stock: Callable[[str], bool]
    log_prior: Callable[[str], float]
    most_steps: int
    log_step: float = 0.0
    _known: dict[str, tuple[Disconnection, ...]] = field(default_factory=dict)
    _price: dict[str, float] = field(default_factory=dict)

    def routes(self, target: str, budget: Budget, *, missing: bool) -> Iterator[PartialRoute]:
        """Yield complete routes of at least one step, likely ones early.

        Args:
            target: Canonical SMILES.
            budget: What may be spent; it is used up.
            missing: Whether molecules that the stock does not hold may be bought.
        """
        tie = count()
        queue: list[tuple[float, int, PartialRoute]] = []
        for node in self._ways(PartialRoute(open=(target,)), target, budget):
            if not missing and not self._can_end(node):
                continue
            heapq.heappush(queue, (self._cost(node), next(tie), node))
        while queue and not budget.spent():
            _, _, node = heapq.heappop(queue)
            undecided = [one for one in node.open if self._of(one) < 0.0]
            if not undecided:
                yield PartialRoute(
                    node.steps, (), node.bought | frozenset(node.open), node.log_score
                )
                continue
            # The hardest to buy first: it is what the route stands or falls with.
            hardest = min(undecided, key=lambda one: (self._of(one), one))
            following = list(self._ways(node, hardest, budget))
            if missing:
                following.append(self._buying(node, hardest))
            for each in following:
                if not missing and not self._can_end(each):
                    continue
                heapq.heappush(queue, (self._cost(each), next(tie), each))

    def _can_end(self, node: PartialRoute) -> bool:
        """Tell whether steps are left for every open molecule that is not in stock."""
        to_make = sum(self._of(one) < 0.0 for one in node.open)
        return to_make <= self.most_steps - len(node.steps)

    def _ways(self, node: PartialRoute, product: str, budget: Budget) -> Iterator[PartialRoute]:
        if len(node.steps) >= self.most_steps:
            return
        made = {step.product for step in node.steps} | {product}
        rest = frozenset(node.open) - {product}
        for way in self._disconnected(product, budget):
            # Nothing that the route makes, and nothing that it buys, is needed to make it.
            if made.isdisjoint(way.reactants):
                yield PartialRoute(
                    (*node.steps, Step(product, way)),
                    tuple(sorted(rest.union(way.reactants) - node.bought)),
                    node.bought,
                    node.log_score + way.log_score + self.log_step,
                )

    def _buying(self, node: PartialRoute, smiles: str) -> PartialRoute:
        return PartialRoute(
            node.steps,
            tuple(one for one in node.open if one != smiles),
            node.bought | {smiles},
            node.log_score + self._of(smiles),
        )

    def _disconnected(self, smiles: str, budget: Budget) -> tuple[Disconnection, ...]:
        if smiles not in self._known:
            if budget.molecules <= 0:
                return ()
            budget.molecules -= 1
            self._known[smiles] = self.disconnect(smiles)
        return self._known[smiles]

    def _cost(self, node: PartialRoute) -> float:
        return -node.log_score - math.fsum(self._of(one) for one in node.open)

    def _of(self, smiles: str) -> float:
        """Return 0 for what is in stock, else the log prior."""
        if smiles not in self._price:
            self._price[smiles] = 0.0 if self.in_stock(smiles) else self.log_prior(smiles)
        return self._price[smiles]
