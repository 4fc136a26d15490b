"""Which models a build makes, and which of them are there already."""

from collections.abc import Iterator
from dataclasses import dataclass

from loop.core.candidate import Material
from loop.core.ports import Progress
from loop.core.source_ports import Describer
from loop.errors import ModelError, NotFoundError
from loop.source_wiring.recipes import own_models, shared_model
from loop.source_wiring.tables import SourceTables
from loop.sources.card import ModelCard
from loop.sources.library import SourceLibrary
from loop.sources.recipe import ModelRecipe
from loop.sources.rows import training_rows
from loop.sources.training import libraries_of


@dataclass(frozen=True)
class Wanted:
    """What is built.

    Attributes:
        materials: Molecule, composition, or both.
        tables: Names of public tables that come with those of the packages.
        kinds: Of the models; all but "trunk" are one per source.
        members: Of a shotgun population.
        features: Whether populations give their last hidden layers to surrogates.
    """

    materials: tuple[Material, ...]
    tables: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("trunk",)
    members: int = 12
    features: bool = False


def build_models(
    wanted: Wanted, read: SourceTables, progress: Progress
) -> Iterator[tuple[ModelRecipe, Progress]]:
    """Yield every recipe with a progress that counts it among all.

    Raises:
        ConfigError: a kind is unknown.
        NotFoundError: a public table is unknown, or its file is not here.
        MissingExtraError: the packages with the tables are not installed.
    """
    recipes: list[ModelRecipe] = []
    for material in wanted.materials:
        shared = shared_model(material, wanted.tables, read, progress)
        for kind in dict.fromkeys(wanted.kinds):
            if kind == "trunk":
                recipes.append(shared)
            elif kind == "shotgun":
                drawn: dict[str, int | bool] = {
                    "members": wanted.members,
                    "features": wanted.features,
                }
                recipes += own_models(shared, kind, read, progress, **drawn)
            else:
                recipes += own_models(shared, kind, read, progress)
    for i, recipe in enumerate(recipes):
        yield recipe, _among(progress, i, len(recipes))


def _among(progress: Progress, place: int, count: int) -> Progress:
    def told(phrase: str, share: float) -> None:
        # Reading and describing are short beside training, and would make the bar go back.
        within = share if phrase.startswith("training") else 0.0
        progress(f"{place + 1}/{count} {phrase}", (place + within) / count)

    return told


def finished(
    library: SourceLibrary, recipe: ModelRecipe, read: SourceTables, describer: Describer
) -> ModelCard | None:
    """Return the card of a model that a training would only repeat, if it is on the shelf.

    Equal are recipe, values, descriptors and libraries, and its weights are whole.
    """
    try:
        card = library.card(recipe.name)
        same = (
            card.recipe == recipe
            and card.versions == libraries_of(recipe)
            and not card.withheld_digest
            and card.featurizer_digest == describer.digest(recipe.blocks)
        )
        if not same:
            return None
        library.get(recipe.name)
    except (NotFoundError, ModelError):
        return None
    rows = training_rows(recipe, read)
    return card if rows.digests == tuple(s.values_digest for s in card.sources) else None
