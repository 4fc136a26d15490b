"""Routes to molecules by named reactions: the planner `named-reactions`.

Bayesian retrosynthesis after Z. Guo, S. Wu, M. Ohno, R. Yoshida (J. Chem. Inf. Model. 2020, 60,
4474): the posterior of a route is proportional to the probability that its reactions make the
target, times the prior of its starting materials. Their forward model is a trained transformer;
here it is the forward templates: the chance that a reaction works, times the share of the wanted
product among all that the same reactants can give. What is in stock has prior one; every step
more makes a route less likely.
"""

import time
from itertools import islice
from typing import ClassVar, Final

from pydantic import Field
from rdkit import Chem

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.generation_ports import Route, RouteStep, Stock
from loop.errors import DataError
from loop.makeability.reaction_templates import disconnections, read
from loop.makeability.route_search import Budget, PartialRoute, RouteSearch, Step
from loop.makeability.starting_prior import LOG_STEP, log_prior

_SURPLUS: Final = 3


class NamedReactionRoutes:
    """Plans syntheses of molecules."""

    class Config(Frozen):
        """How far it looks.

        Attributes:
            steps: Most reactions in a route.
            molecules: Most molecules taken apart per target, for each of two passes: one for
                routes from stock alone, one for all others.
            seconds: Most time per pass; a search that runs into it returns what it has found, and
                only then can two runs differ.
        """

        steps: int = Field(default=3, ge=1, le=10)
        molecules: int = Field(default=200, ge=1)
        seconds: float = Field(default=60.0, gt=0.0)

    materials: ClassVar[frozenset[str]] = frozenset({Material.MOLECULE.value})

    def __init__(self, config: Config) -> None:
        self._config = config

    def routes(self, structure: str, stock: Stock, limit: int = 10) -> tuple[Route, ...]:
        """Return distinct routes, in stock first, then by probability.

        Two routes with the same starting materials are one; the likelier is kept. A target that
        is in stock has the empty route first, and after it the ways to make it.

        Raises:
            DataError: RDKit cannot read the structure, or it is no single molecule.
        """
        target = canonical_molecule(structure)
        search = RouteSearch(
            disconnect=disconnections,
            in_stock=lambda smiles: bool(stock.holds([smiles])[0]),
            log_prior=log_prior,
            most_steps=self._config.steps,
            log_step=LOG_STEP,
        )
        best: dict[tuple[str, ...], Route] = {}
        if stock.holds([target])[0]:
            best[target,] = Route(target, (), (target,), (), 0.0)
        for missing in (False, True):
            if sum(route.in_stock for route in best.values()) >= limit:
                break
            budget = Budget(self._config.molecules, time.monotonic() + self._config.seconds)
            found = search.routes(target, budget, missing=missing)
            for partial in islice(found, _SURPLUS * limit):
                route = _finished(target, partial, stock)
                known = best.get(route.starting_materials)
                if known is None or known.log_probability < route.log_probability:
                    best[route.starting_materials] = route
        ranked = sorted(
            best.values(),
            key=lambda route: (
                not route.in_stock,
                -route.log_probability,
                len(route.steps),
                route.starting_materials,
            ),
        )
        return tuple(ranked[:limit])


def canonical_molecule(structure: str) -> str:
    """Return the canonical SMILES of a target.

    Raises:
        DataError: it cannot be read, has several parts, or is a repeat unit.
    """
    mol = read(structure.strip()) if structure.strip() else None
    if mol is None or not mol.GetNumAtoms():
        raise DataError(
            f"{structure!r} is no SMILES that RDKit reads",
            hint="check brackets, ring numbers and valences; quote it for the shell",
        )
    smiles = str(Chem.MolToSmiles(mol))
    if "." in smiles:
        raise DataError(
            f"{structure!r} has several parts; a route leads to one molecule",
            hint="leave salts and solvents out",
        )
    if any(not atom.GetAtomicNum() for atom in mol.GetAtoms()):
        raise DataError(
            f"{structure!r} has a `*`: it is a repeat unit or a fragment, not a molecule",
            hint="polymers are planned by polymer-rules",
        )
    return smiles


def _finished(target: str, partial: PartialRoute, stock: Stock) -> Route:
    materials = sorted(partial.bought)
    held = stock.holds(materials)
    return Route(
        target=target,
        steps=_laboratory_order(target, partial.steps),
        starting_materials=tuple(materials),
        missing=tuple(one for one, has in zip(materials, held, strict=True) if not has),
        log_probability=min(0.0, partial.log_score),
    )


def _laboratory_order(target: str, steps: tuple[Step, ...]) -> tuple[RouteStep, ...]:
    """Return the steps so that every intermediate is made before it is used."""
    by_product = {step.product: step.way for step in steps}
    ordered: dict[str, RouteStep] = {}

    def visit(product: str) -> None:
        if product in ordered or product not in by_product:
            return
        way = by_product[product]
        for reactant in way.reactants:
            visit(reactant)
        ordered[product] = RouteStep(way.reaction, way.reactants, product, way.score)

    visit(target)
    return tuple(ordered.values())
