"""Routes as they are kept with a candidate: found once, read by every face afterwards."""

import json
from dataclasses import asdict, dataclass

from loop.core.canonical import canonical_json
from loop.core.generation_ports import Route, RouteStep


@dataclass(frozen=True)
class Plan:
    """What a planner said of a candidate.

    Attributes:
        found: Whether it knows a way.
        in_stock: Whether everything that must be bought for it is in stock.
        route: The way; None where there is none, or where only its words were kept.
        words: The way in one line; empty where there is none.
    """

    found: bool
    in_stock: bool
    route: Route | None
    words: str

    @property
    def materials(self) -> str:
        """What must be there at the start, in words, each with its place in the stock."""
        if self.route is None:
            return ""
        return "; ".join(f"{s} ({standing(self.route, s)})" for s in self.route.starting_materials)


def standing(route: Route, smiles: str) -> str:
    """Say of a material of a route where it comes from."""
    for number, step in enumerate(route.steps, start=1):
        if step.product == smiles:
            return f"made in step {number}"
    return "not in stock" if smiles in route.missing else "in stock"


def route_words(route: Route) -> str:
    """Return a route in one line, for a work order."""
    if not route.steps:
        return "in stock as it is" if route.in_stock else "to be bought"
    steps = "; then ".join(f"{s.reaction} of {' + '.join(s.reactants)}" for s in route.steps)
    told = "all in stock" if route.in_stock else f"not in stock: {', '.join(route.missing)}"
    return f"{steps} ({told})"


def dump_route(route: Route) -> str:
    """Return a route as canonical JSON."""
    return canonical_json(asdict(route))


def load_route(text: str) -> Route:
    """Return the route that `dump_route` wrote."""
    told = json.loads(text)
    steps = tuple(
        RouteStep(**{**step, "reactants": tuple(step["reactants"])}) for step in told["steps"]
    )
    return Route(
        target=told["target"],
        steps=steps,
        starting_materials=tuple(told["starting_materials"]),
        missing=tuple(told["missing"]),
        log_probability=told["log_probability"],
    )
