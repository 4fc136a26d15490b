"""The command that makes a source of something a lab has."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.descriptors import bar, material_of
from loop.cli.output import opened, say, talk
from loop.errors import ConfigError

if TYPE_CHECKING:
    from loop.source_wiring.commands import SourceShelf
    from loop.source_wiring.tables import Refused
    from loop.sources.card import ModelCard

_SHOWN = 20


def open_shelf() -> "SourceShelf":
    """Return the library of the workspace."""
    from loop.settings import Settings
    from loop.source_wiring.commands import SourceShelf

    return SourceShelf(Settings())


def add(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="CSV (also .gz) or parquet, one row each; or with --card an .onnx or "
            ".safetensors file."
        ),
    ] = None,
    target: Annotated[str, typer.Option(help="Column of the property.")] = "",
    unit: Annotated[str, typer.Option(help="Its unit.")] = "",
    name: Annotated[str, typer.Option(help="Name of the source.")] = "",
    structure: Annotated[str, typer.Option(help="Column of the structure.")] = "smiles",
    material: Annotated[str, typer.Option(help="molecule, polymer or composition.")] = "molecule",
    transform: Annotated[
        str, typer.Option(help="Scale of learning: identity, log10 or asinh.")
    ] = "identity",
    kind: Annotated[
        str,
        typer.Option(
            help="single, shotgun, trees, gp or ridge. Single for a table, gp for a campaign."
        ),
    ] = "",
    cap: Annotated[int, typer.Option(min=50, help="At most so many rows.")] = 4000,
    licence: Annotated[str, typer.Option(help="Of the values, for the card.")] = "",
    campaign: Annotated[
        str, typer.Option(help="Slug of a campaign of this workspace, in place of a file.")
    ] = "",
    card: Annotated[
        Path | None, typer.Option(help="The card (JSON) of a model of your own.")
    ] = None,
) -> None:
    """Make a source of a table, of a model of your own, or of an earlier campaign."""
    if campaign:
        _refuse_beside("--campaign", file=file, card=card, target=target, unit=unit, name=name)
        _add_campaign(campaign, kind)
    elif file is None:
        raise ConfigError("there is nothing to add: expected a file, or --campaign")
    elif card is not None:
        _refuse_beside("--card", kind=kind, target=target, unit=unit, name=name)
        _added(open_shelf().add_own(file, card), [])
    else:
        missing = [
            f"--{option}"
            for option, value in (("target", target), ("unit", unit), ("name", name))
            if not value
        ]
        if missing:
            raise ConfigError(f"a table needs {', '.join(missing)}, which are absent")
        recipe = {
            "name": name, "data": str(file), "column": target, "unit": unit, "cap": cap,
            "transform": transform, "material": material_of(material),
            "structure": structure, "licence": licence, "origin": file.name,
        }  # fmt: skip
        _add_table(file, recipe, kind)


def _refuse_beside(option: str, **others: object) -> None:
    """Refuse what would be ignored."""
    given = [f"--{name}" if name != "file" else "a file" for name, v in others.items() if v]
    if given:
        raise ConfigError(f"{option} says it all; {', '.join(given)} beside it cannot be used")


def _add_table(file: Path, fields: dict[str, object], kind: str) -> None:
    from pydantic import ValidationError

    from loop.core.units import check_unit
    from loop.sources.recipe import SourceRecipe

    check_unit(str(fields["unit"]))
    try:
        recipe = SourceRecipe.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ConfigError(f"--{place} is {first['input']!r}: {first['msg']}") from None
    with bar() as progress:
        card, refused = open_shelf().add(file, recipe, kind or "single", progress)
    _added(card, refused)


def _add_campaign(slug: str, kind: str) -> None:
    from loop.source_wiring.campaign_source import measured_campaign

    with opened() as door:
        measured = measured_campaign(door.queries.view(slug))
    with bar() as progress:
        card, refused = open_shelf().add_campaign(measured, kind or "gp", progress)
    _added(card, refused)


def _added(card: "ModelCard", refused: "list[Refused]") -> None:
    for row in refused[:_SHOWN]:
        talk(f"row {row.row}, {row.text}: {row.reason}")
    if len(refused) > _SHOWN:
        talk(f"and {len(refused) - _SHOWN} more rows were not taken")
    source = card.sources[0]
    found = source.validation
    how = "rows it has not seen" if found.how == "held-out" else "rows, each by the others"
    score = "" if found.r2 is None else f", R2 {found.r2:.2f} on {found.n} {how}"
    talk(f"{source.name}: {card.recipe.kind}, {source.n} rows{score}")
    if not source.n:
        talk("its training structures are not known: the leak check cannot find them")
    say(card.name)
