"""Commands about the library of pretrained models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.descriptors import bar, material_of
from loop.cli.output import AsJson, document, say, table, talk
from loop.cli.source_adding import add, open_shelf
from loop.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from loop.sources.card import ModelCard

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Model = Annotated[str, typer.Argument(help="Name of a model: synthloop sources list.")]


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
        for card in open_shelf().build(wanted, out, progress):
            talk(f"{card.name}: {card.recipe.kind}, {len(card.sources)} sources")
            say(card.name)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every source: rows, unit, and how well it is predicted."""
    library = open_shelf().library
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
    card = open_shelf().library.card(model)
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


app.command()(add)


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
    shelf = open_shelf()
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
    open_shelf().library.remove(model)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="A .zip to write.")],
    model: Annotated[
        list[str] | None, typer.Option(help="Name of a model; repeat. All if absent.")
    ] = None,
) -> None:
    """Write models with their checksums to one file."""
    from loop.sources.parcel import write_parcel

    library = open_shelf().library
    if not out.parent.is_dir():
        raise ConfigError(f"there is no folder {out.parent}")
    write_parcel(library, model or library.names(), out)
    say(str(out))


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="A .zip of export.")]) -> None:
    """Add the models of a file to the workspace's library."""
    from loop.sources.parcel import read_parcel

    for name in read_parcel(open_shelf().library, file):
        say(name)
