"""The command that plans a synthesis: route."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.output import AsJson, document, table, talk
from loop.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loop.core.generation_ports import Route


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(route)


def route(
    structure: Annotated[
        str, typer.Argument(help="SMILES of a molecule, or a repeat unit with two *.")
    ],
    stock: Annotated[
        Path | None,
        typer.Option(help="What the lab has: one SMILES per line, or a CSV with a column smiles."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Most reactions in a route; 3 for molecules.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most routes.")] = 10,
    planner: Annotated[
        str, typer.Option(help="named-reactions, polymer-rules, external or a plug-in's.")
    ] = "",
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the planner, as key=value; repeatable.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the best route into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plan how a molecule or a polymer can be made, from stock if it can.

    Routes from stock come first, then the likelier ones. Without --stock, all starting materials
    count as to be bought.
    """
    options = _options(option or [])
    if steps is not None:
        options["steps"] = str(steps)
    if svg is not None and not svg.parent.is_dir():
        raise DataError(f"--svg: there is no folder {svg.parent}", hint="make it first")
    from loop.wiring import plan_routes

    routes = plan_routes(structure, planner, options, stock, limit)
    if stock is None:
        talk("no --stock given: every starting material counts as to be bought")
    if not routes:
        talk(f"no route to {structure} found; more --steps or another --planner may find one")
    if svg is not None and routes:
        from loop.makeability.drawing import draw_route

        svg.write_text(draw_route(routes[0]), encoding="utf-8")
        talk(f"route 1 is drawn in {svg}")
    if as_json:
        document("routes", [_plain(one) for one in routes])
    else:
        _print(routes)


def _options(pairs: "Sequence[str]") -> dict[str, str]:
    options = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise ConfigError(f"--option is {pair!r}; expected key=value, as in seconds=20")
        options[key] = value
    return options


def _plain(found: "Route") -> dict[str, object]:
    return {
        "target": found.target,
        "in_stock": found.in_stock,
        "log_probability": found.log_probability,
        "starting_materials": found.starting_materials,
        "missing": found.missing,
        "steps": [
            {
                "reaction": step.reaction,
                "reactants": step.reactants,
                "product": step.product,
                "score": step.score,
            }
            for step in found.steps
        ],
    }


def _print(routes: "Sequence[Route]") -> None:
    table(
        ("route", "log p", "to be bought", "step", "reaction", "reactants", "product", "score"),
        [row for number, found in enumerate(routes, 1) for row in _rows(number, found)],
    )
    if routes:
        complete = sum(found.in_stock for found in routes)
        talk(f"{len(routes)} routes, {complete} of them from stock alone")


def _rows(number: int, found: "Route") -> "Iterator[Sequence[object]]":
    missing = " + ".join(found.missing) or "nothing"
    head: Sequence[object] = (number, found.log_probability, missing)
    if not found.steps:
        yield (*head, None, "in stock", None, found.target, None)
    for place, step in enumerate(found.steps, 1):
        # A route is named once; its further steps stand below.
        start = head if place == 1 else ("", "", "")
        yield (*start, place, step.reaction, " + ".join(step.reactants), step.product, step.score)
