"""Recipes of the sources that installed packages and public tables carry."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from loop.core.candidate import Material
from loop.core.ports import Progress
from loop.datasets.inorganic_properties import InorganicProperties
from loop.datasets.molecule_properties import MoleculeProperties
from loop.datasets.public_tables import public_table
from loop.source_wiring.tables import SourceTables
from loop.sources.presets import MODELS, learner_of, model_recipe
from loop.sources.recipe import ModelRecipe, SourceRecipe

FEWEST: Final = 300
SINGLE_FROM: Final = 1000
_WHEELS: Final = (
    (MoleculeProperties, Material.MOLECULE, "smiles"),
    (InorganicProperties, Material.COMPOSITION, "formula"),
)


def wheel_recipes(material: Material) -> list[SourceRecipe]:
    """Return the recipes of all properties that the installed packages carry for a material."""
    return [
        SourceRecipe(
            name=record.column,
            data=data_set.name,
            column=record.column,
            unit=record.unit,
            transform=record.transform,
            material=rows_of,
            structure=structure,
            lowest=record.lowest,
            highest=record.highest,
            licence=record.licence,
            origin="; ".join(dict.fromkeys(origin.name for origin in record.origins)),
        )
        for data_set, rows_of, structure in _WHEELS
        if rows_of is material
        for record in data_set.records
    ]


def table_recipes(name: str) -> list[SourceRecipe]:
    """Return the recipes of all properties of a public table.

    Raises:
        NotFoundError: there is no such table.
    """
    table = public_table(name)
    return [
        SourceRecipe(
            name=f"{table.name}.{found.column}",
            data=table.name,
            column=found.column,
            unit=found.unit,
            transform=found.transform,
            material=table.material,
            structure=table.structure,
            lowest=found.lowest,
            highest=found.highest,
            licence=table.licence,
            origin=table.origin,
        )
        for found in table.properties
    ]


def shared_model(
    material: Material, tables: Sequence[str], read: SourceTables, progress: Progress
) -> ModelRecipe:
    """Return the recipe of the model that all sources with at least 300 rows share.

    Args:
        material: Molecule (polymers of `tables` come with it) or composition.
        tables: Names of public tables whose properties come with those of the packages.
        read: Gives their rows.
        progress: Told how far it is.

    Raises:
        NotFoundError: there is no such table, or its file is not here.
        MissingExtraError: the packages are not installed.
    """
    organic = {Material.MOLECULE, Material.POLYMER}
    group = organic if material in organic else {material}
    recipes = wheel_recipes(material)
    recipes += [r for name in tables for r in table_recipes(name) if r.material in group]
    kept = tuple(r for r in recipes if _usable(r, read, progress) >= FEWEST)
    return model_recipe(MODELS[material], kept)


def own_models(
    recipe: ModelRecipe, kind: str, read: SourceTables, progress: Progress, **drawn: int | bool
) -> list[ModelRecipe]:
    """Return a recipe of its own for every source of a model that has rows enough for a kind.

    Args:
        recipe: Of the shared model.
        kind: Networks of any form need 1,000 rows, other kinds 300.
        read: Gives the rows.
        progress: Told how far it is.
        drawn: Of a population: `members`, and `features` for its last hidden layers.

    Raises:
        ConfigError: there is no such kind.
    """
    fewest = SINGLE_FROM if kind in {"single", "shotgun"} else FEWEST
    between = "" if kind == "single" else f"{kind}."
    found = []
    for source in recipe.sources:
        learner = learner_of(kind, source.material, **drawn)  # type: ignore[arg-type]
        if _usable(source, read, progress) >= fewest:
            name = f"{recipe.name}.{between}{source.name}"[:96]
            found.append(model_recipe(name, (source,), learner=learner))
    return found


def _usable(recipe: SourceRecipe, read: SourceTables, progress: Progress) -> int:
    rows = read(recipe, progress)
    given = np.isfinite(recipe.scaled(rows.values))
    return len({key for key, ok in zip(rows.keys, given, strict=True) if ok and key is not None})
