"""Commands about the library of pretrained models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.descriptors import bar, material_of
from loop.cli.output import AsJson, document, opened, say, table, talk
from loop.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from loop.source_wiring.commands import SourceShelf
    from loop.source_wiring.tables import Refused
    from loop.sources.card import ModelCard

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Model = Annotated[str, typer.Argument(help="Name of a model: synthloop sources list.")]
_SHOWN = 20


def _shelf() -> "SourceShelf":
    from loop.settings import Settings
    from loop.source_wiring.commands import SourceShelf

    return SourceShelf(Settings())


@app.command()
def build(
    material: Annotated[str, typer.Option(help="molecule, composition, or all.")] = "all",
    also: Annotated[
        list[str] | None,
        typer.Option("--with", help="A public table whose properties are learned too; repeat."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            help="trunk (one network for all sources), or one model per source: single, shotgun, "
            "trees, gp, ridge; repeat. Trunk if absent."
        ),
    ] = None,
    members: Annotated[
        int, typer.Option(min=1, max=1000, help="Networks of a shotgun population.")
    ] = 12,
    features: Annotated[
        bool, typer.Option("--features", help="Give the last layers of populations to surrogates.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the library; the workspace's if absent.")
    ] = None,
) -> None:
    """Train the models of the installed packages' tables anew. The trunks take three minutes.

    Interrupted, it goes on where it was: models and networks that are finished are kept.
    """
    from loop.core.candidate import Material
    from loop.source_wiring.building import Wanted

    every = (Material.MOLECULE, Material.COMPOSITION)
    materials = every if material == "all" else (material_of(material),)
    wanted = Wanted(materials, tuple(also or ()), tuple(kind or ("trunk",)), members, features)
    with bar() as progress:
        for card in _shelf().build(wanted, out, progress):
            talk(f"{card.name}: {card.recipe.kind}, {len(card.sources)} sources")
            say(card.name)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every source: rows, unit, and how well it is predicted."""
    library = _shelf().library
    cards = [library.card(name) for name in library.names()]
    if as_json:
        document("sources", [_summary(card) for card in cards])
        return
    table(
        ("model", "kind", "source", "material", "n", "unit", "R2", "RMSE", "Spearman"),
        [
            (
                card.name, card.recipe.kind, s.name, s.material.value, s.n, s.unit,
                s.validation.r2, s.validation.rmse, s.validation.spearman,
            )
            for card in cards
            for s in card.sources
        ],
    )  # fmt: skip


def _summary(card: "ModelCard") -> dict[str, object]:
    return {
        "model": card.name,
        "kind": card.recipe.kind,
        "serves": [material.value for material in card.recipe.serves],
        "sources": [source.model_dump(mode="json") for source in card.sources],
    }


@app.command()
def show(model: Model, as_json: AsJson = False) -> None:
    """Show the card of a model."""
    card = _shelf().library.card(model)
    if as_json:
        document("source_model", card)
        return
    say(f"{card.name}: {card.recipe.kind}, serves {', '.join(m.value for m in card.recipe.serves)}")
    say(f"features {card.featurizer_digest[:16]}, weights {card.weights[:16]}")
    say(", ".join(f"{name} {release}" for name, release in sorted(card.versions.items())))
    table(
        ("source", "n", "unit", "scale", "R2", "scored by", "data", "column", "licence"),
        [
            (
                s.name, s.n, s.unit, r.transform, s.validation.r2, s.validation.how, r.data,
                r.column, r.licence,
            )
            for r, s in card.pairs()
        ],
    )  # fmt: skip


@app.command()
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
        _added(_shelf().add_own(file, card), [])
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
        card, refused = _shelf().add(file, recipe, kind or "single", progress)
    _added(card, refused)


def _add_campaign(slug: str, kind: str) -> None:
    from loop.source_wiring.campaign_source import measured_campaign

    with opened() as door:
        measured = measured_campaign(door.queries.view(slug))
    with bar() as progress:
        card, refused = _shelf().add_campaign(measured, kind or "gp", progress)
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


@app.command()
def check(
    against: Annotated[
        Path | None, typer.Option(help="A table whose structures no source may have seen.")
    ] = None,
    structure: Annotated[str, typer.Option(help="Its column of the structure.")] = "smiles",
    material: Annotated[str, typer.Option(help="What its rows are.")] = "molecule",
    as_json: AsJson = False,
) -> None:
    """Check that every model is whole, and which structures of a table the models have seen."""
    shelf = _shelf()
    checked = shelf.check()
    found = shelf.leaks(against, structure, material_of(material)) if against else []
    left = shelf.library.leftovers()
    if as_json:
        document("sources_check", {"models": checked, "leaks": found, "leftovers": left})
    else:
        for one in checked:
            say(f"{one.model}\t{one.problem or 'whole'}")
        for leak in found:
            say(str(leak))
        for path in left:
            say(f"{path} was left by an interrupted write; it may be deleted")
    broken = [one.model for one in checked if one.problem]
    if broken:
        raise ModelError(f"source models that cannot be used: {', '.join(broken)}")


@app.command()
def remove(model: Model) -> None:
    """Take a model from the workspace's library."""
    _shelf().library.remove(model)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="A .zip to write.")],
    model: Annotated[
        list[str] | None, typer.Option(help="Name of a model; repeat. All if absent.")
    ] = None,
) -> None:
    """Write models with their checksums to one file."""
    from loop.sources.parcel import write_parcel

    library = _shelf().library
    if not out.parent.is_dir():
        raise ConfigError(f"there is no folder {out.parent}")
    write_parcel(library, model or library.names(), out)
    say(str(out))


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="A .zip of export.")]) -> None:
    """Add the models of a file to the workspace's library."""
    from loop.sources.parcel import read_parcel

    for name in read_parcel(_shelf().library, file):
        say(name)
