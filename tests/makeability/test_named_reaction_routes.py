"""Routes of several steps: known syntheses are found, and stock decides the order."""

import math

import pytest
from rdkit import Chem

from loop.core.generation_ports import Route
from loop.errors import DataError
from loop.makeability.named_reaction_routes import NamedReactionRoutes
from loop.makeability.starting_prior import log_prior
from loop.makeability.stock import StockList
from tests.makeability.textbook_reactions import ROUTES


def planner(**options: float) -> NamedReactionRoutes:
    return NamedReactionRoutes(NamedReactionRoutes.Config.model_validate(options))


def canonical(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(Chem.CanonSmiles(text) for text in texts))


def consistent(route: Route) -> None:
    """Every reactant is bought or was made before; nothing is made or bought in vain."""
    made: set[str] = set()
    used: set[str] = set()
    for step in route.steps:
        used |= set(step.reactants)
        assert set(step.reactants) <= made | set(route.starting_materials)
        made.add(step.product)
    if route.steps:
        assert route.steps[-1].product == route.target
        assert used == (made | set(route.starting_materials)) - {route.target}
    assert set(route.missing) <= set(route.starting_materials)
    assert route.log_probability <= 0.0


@pytest.mark.parametrize("name", ROUTES)
def test_a_textbook_synthesis_is_found_from_its_starting_materials(name):
    target, materials = ROUTES[name]
    target = Chem.CanonSmiles(target)
    routes = planner().routes(target, StockList(canonical(materials)), 10)
    assert canonical(materials) in [route.starting_materials for route in routes if route.in_stock]
    assert routes[0].in_stock
    for route in routes:
        consistent(route)
        assert len(route.steps) <= 3
    ranks = [(not route.in_stock, -route.log_probability) for route in routes]
    assert ranks == sorted(ranks)
    assert len({route.starting_materials for route in routes}) == len(routes)


def test_fewer_steps_are_obeyed():
    target, materials = ROUTES["paracetamol from 4-nitrophenol"]
    stock = StockList(canonical(materials))
    assert planner(steps=2).routes(target, stock)[0].in_stock
    short = planner(steps=1).routes(target, stock)
    assert short
    assert all(len(route.steps) == 1 and not route.in_stock for route in short)


def test_without_stock_small_pieces_and_short_routes_come_first():
    routes = planner().routes("CC(=O)Nc1ccc(O)cc1", StockList(), 10)
    assert len(routes) == 10
    first = routes[0]
    assert first.starting_materials == canonical(("CC(=O)O", "Nc1ccc(O)cc1"))
    assert first.missing == first.starting_materials
    (step,) = first.steps
    expected = (
        math.log(step.score) + math.log(0.6) + sum(log_prior(s) for s in first.starting_materials)
    )
    assert first.log_probability == pytest.approx(expected)


def test_the_prior_falls_with_size():
    priors = [log_prior("C" * n) for n in (2, 6, 10, 20, 40)]
    assert priors == sorted(priors, reverse=True)
    assert math.exp(log_prior("C" * 10)) == pytest.approx(0.45)


def test_a_target_in_stock_is_bought_first():
    stock = StockList(["CC(=O)O", "CC(=O)Nc1ccc(O)cc1"])
    first, second, *_ = planner().routes("Oc1ccc(NC(C)=O)cc1", stock, 3)
    assert first.steps == ()
    assert first.starting_materials == ("CC(=O)Nc1ccc(O)cc1",)
    assert first.in_stock
    assert second.steps


def test_same_question_same_answer_whatever_was_asked_before():
    target = Chem.CanonSmiles(ROUTES["propranolol from 1-naphthol"][0])
    one = planner().routes(target, StockList(), 5)
    planner(steps=2).routes("CCOC(=O)c1ccc(N)cc1", StockList(), 5)
    assert planner().routes(target, StockList(), 5) == one


def test_what_no_reaction_makes_has_no_route():
    assert planner().routes("C1CCCCC1", StockList(), 5) == ()


def test_little_money_means_few_routes_but_no_error():
    target = Chem.CanonSmiles(ROUTES["procainamide from methyl 4-nitrobenzoate"][0])
    stock = StockList(canonical(ROUTES["procainamide from methyl 4-nitrobenzoate"][1]))
    routes = planner(molecules=1).routes(target, stock, 5)
    assert routes
    assert all(len(route.steps) <= 2 for route in routes)
    assert not any(route.in_stock for route in routes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C1CC", "no SMILES that RDKit reads"),
        ("", "no SMILES"),
        ("CCO.O", "several parts"),
        ("*CC*", "repeat unit"),
    ],
)
def test_what_cannot_be_planned_is_said(text, words):
    with pytest.raises(DataError, match=words):
        planner().routes(text, StockList())
