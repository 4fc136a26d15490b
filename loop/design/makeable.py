"""Whether candidates can be made, as a campaign's rules ask it: routes from stock, and a score."""

from collections.abc import Sequence, Sized
from typing import Final

import numpy as np

from loop.core.generated_space import MakeabilityRules
from loop.core.generation_ports import Makeability, Route, RoutePlanner, Stock
from loop.core.invention_ports import Judgement, Vector
from loop.core.ports import Progress, silent
from loop.errors import DataError
from loop.service.plugins import PluginLookup
from loop.service.space_file import JUDGES, PLANNERS

# A judge that says 0 is not believed to the letter: the candidate stays, far behind.
_LEAST: Final = 1e-3


class MakeabilityCourt:
    """Judges structures by the rules of a campaign; each is judged once.

    Args:
        rules: Of the campaign; None finds everything makeable.
        stock: What can be bought; needed where the rules name a planner.
        plugins: Look-up of planner and judge.
    """

    def __init__(
        self, rules: MakeabilityRules | None, stock: Stock | None, plugins: PluginLookup
    ) -> None:
        self._rules, self._stock = rules, stock
        self._planner: RoutePlanner | None = None
        self._judge: Makeability | None = None
        if rules is not None and rules.planner is not None:
            cls, config = plugins.configure(PLANNERS, rules.planner)
            self._planner = cls(config)
        if rules is not None and rules.judge is not None:
            cls, config = plugins.configure(JUDGES, rules.judge)
            self._judge = cls(config)
        self._routes: dict[str, Route | None] = {}
        self._weights: dict[str, float] = {}

    @property
    def wanted(self) -> str:
        """What no candidate may lack, in words."""
        if self._rules is None or self._rules.route != "required":
            return "route"
        held = f" of {len(self._stock)} entries" if isinstance(self._stock, Sized) else ""
        return f"route from the stock{held}"

    def know(self, structures: Sequence[str], weights: Vector) -> None:
        """Take over what was judged before."""
        self._weights |= dict(zip(structures, weights.tolist(), strict=True))

    def log_weight(self, structures: Sequence[str]) -> Vector:
        """Return the log weights of structures, minus infinity forbids: a `LogScore`."""
        new = [s for s in dict.fromkeys(structures) if s not in self._weights]
        if new:
            self._weights |= dict(zip(new, self._weighed(new).tolist(), strict=True))
        return np.array([self._weights[s] for s in structures], dtype=np.float64)

    def _weighed(self, structures: Sequence[str]) -> Vector:
        weight = np.zeros(len(structures))
        if self._rules is None:
            return weight
        if self._planner is not None:
            weight += [self._cost(self.route(structure)) for structure in structures]
        if self._judge is not None:
            score = self._judge.assess(structures).score
            weight += self._rules.weight * np.log(np.maximum(score, _LEAST))
        return weight

    def judge(self, structures: Sequence[str], progress: Progress = silent) -> Judgement:
        """Return the judgement of structures."""
        routes: list[Route | None] = []
        for i, structure in enumerate(structures):
            progress("planning routes", i / len(structures))
            routes.append(self.route(structure))
        asked = self._planner is not None
        return Judgement(
            log_weight=self.log_weight(structures),
            routes=tuple(routes),
            in_stock=tuple((r is not None and r.in_stock) if asked else None for r in routes),
        )

    def route(self, structure: str) -> Route | None:
        """Return the best route to a structure, None where none is found or nobody plans."""
        if self._planner is None or self._stock is None:
            return None
        if structure not in self._routes:
            try:
                found = self._planner.routes(structure, self._stock, 1)
            except DataError:
                # What a planner cannot read it cannot make; the search goes on without it.
                found = ()
            self._routes[structure] = found[0] if found else None
        return self._routes[structure]

    def _cost(self, route: Route | None) -> float:
        assert self._rules is not None  # noqa: S101 - asked by log_weight only
        if route is not None and route.in_stock:
            return 0.0
        if route is None:
            return -self._rules.cost if self._rules.route == "preferred" else -np.inf
        return -np.inf if self._rules.route == "required" else -0.5 * self._rules.cost
