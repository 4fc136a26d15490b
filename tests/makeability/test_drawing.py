"""Drawings of routes are sound SVG that says what a chemist must know."""

from xml.etree import ElementTree as ET

from loop.core.generation_ports import Route, RouteStep
from loop.makeability.drawing import draw_route
from loop.makeability.named_reaction_routes import NamedReactionRoutes
from loop.makeability.stock import StockList

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_molecule_and_every_reaction_is_marked():
    stock = StockList(["CC(=O)Cl", "O=[N+]([O-])c1ccc(O)cc1"])
    planner = NamedReactionRoutes(NamedReactionRoutes.Config())
    svg = draw_route(planner.routes("CC(=O)Nc1ccc(O)cc1", stock, 1)[0])
    said = texts(svg)
    assert said[0].startswith("2 steps, all from stock")
    assert said.count("in stock") == 2
    assert said.count("made above") == 1
    assert said.count("intermediate") == 1
    assert said.count("target") == 1
    assert " ".join(said).count("reduction of a nitro group") == 1
    assert len(ET.fromstring(svg).findall(f".//{SVG}g/{SVG}svg")) == 5


def test_what_must_be_bought_is_said_and_names_are_escaped():
    step = RouteStep("A & B <coupling>", ("CN", "CC(=O)O"), "CNC(C)=O", 0.9)
    route = Route("CNC(C)=O", (step,), ("CC(=O)O", "CN"), ("CN",), -0.1)
    said = texts(draw_route(route))
    assert "1 step, 1 to be bought, log probability -0.10" in said
    assert said.count("to be bought") == 1
    assert "A & B <coupling>" in said


def test_a_polymer_is_drawn_with_its_ends_and_a_target_in_stock_alone():
    step = RouteStep("polyesterification", ("OCCO", "O=C(O)C(=O)O"), "*OCCOC(=O)C(*)=O", 0.9)
    svg = draw_route(Route("*OCCOC(=O)C(*)=O", (step,), ("O=C(O)C(=O)O", "OCCO"), (), -0.1))
    assert ET.fromstring(svg).tag == f"{SVG}svg"
    alone = texts(draw_route(Route("CO", (), ("CO",), (), 0.0)))
    assert "in stock" in alone
    assert alone[0] == "in stock: nothing to make"
