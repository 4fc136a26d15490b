"""What a model must not have seen: found, named, and left out.

Two things can leak into a surrogate. The structures of a benchmark's targets, which no source
may have seen at all; and the target property itself, which no source may be, because a network
that has learned the literature's values of the candidates would only be asked to remember them.
That a source knows other properties of the candidates is no leak: it is what is borrowed. Nor
is what an earlier campaign of the lab measured, the same property of the same candidates
included: it is used, and the model's warnings say how many candidates it concerns.

A model is one network, and what one of its sources has taught it cannot be taken out. So a model
that has seen what it must not is trained anew without it, if its data are at hand, and left out
whole if they are not.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loop.core.candidate import Material
from loop.core.units import same_dimension
from loop.errors import DataError, MissingExtraError, NotFoundError
from loop.sources.card import ModelCard
from loop.sources.library import SourceLibrary
from loop.sources.model import SourceModel
from loop.sources.recipe import ModelRecipe, SourceRecipe
from loop.sources.rows import Withheld

Retrain = Callable[[ModelRecipe, Withheld], SourceModel]

_SHOWN = 3


@dataclass(frozen=True)
class Leak:
    """Structures that a source has seen.

    Attributes:
        model: Name of the model.
        source: Name of the source.
        keys: The structures, as they were asked for.
    """

    model: str
    source: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        """One line that names the first structures."""
        shown = ", ".join(self.keys[:_SHOWN])
        more = f" and {len(self.keys) - _SHOWN} more" if len(self.keys) > _SHOWN else ""
        return f"source {self.source!r} of model {self.model!r} has seen {shown}{more}"


def leaks(library: SourceLibrary, material: Material, keys: Iterable[str]) -> list[Leak]:
    """Return which structures occur among those that a source was made from.

    Args:
        library: All models that serve the material are searched.
        material: Of the structures.
        keys: As the loaders of the sources' tables make them.
    """
    asked = tuple(dict.fromkeys(keys))
    return [
        Leak(name, source, tuple(seen))
        for name in library.serving(material)
        for source, seen in library.get(name).known(material, asked).items()
    ]


def same_property(card: ModelCard, target: str, unit: str) -> list[str]:
    """Return the sources that are a target property, by name and dimension.

    A source is the target if every word of the target's name is in its own name, or in that of
    its column, so that "density" is "liquid_density_kg_m3". Sources that an earlier campaign
    measured are not among them.
    """
    words = _words(target)
    return [
        source.name
        for recipe, source in card.pairs()
        if not recipe.campaign
        and (words <= _words(source.name) or words <= _words(recipe.column))
        and same_dimension(source.unit, unit)
    ]


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", name.lower())) - {""}


def same_campaigns(card: ModelCard, target: str, unit: str) -> list[SourceRecipe]:
    """Return the sources that are a target property as an earlier campaign measured it.

    They are used: a lab's own old measurements are what it knows, and not a memory of the
    literature. That candidates occur in both is no leak, and is said.
    """
    return [
        recipe
        for recipe in card.recipe.sources
        if recipe.campaign and recipe.column == target and same_dimension(recipe.unit, unit)
    ]


def tainted(model: SourceModel, withheld: Withheld) -> list[str]:
    """Return the sources of a model that have seen what is withheld, or are withheld."""
    found = [s.name for s in model.card.sources if s.name in withheld.sources]
    by_material: dict[Material, list[str]] = {}
    for material, key in withheld.structures:
        by_material.setdefault(material, []).append(key)
    for material, keys in by_material.items():
        found += model.known(material, keys)
    return sorted(set(found))


def cleared(
    model: SourceModel, withheld: Withheld, retrain: Retrain
) -> tuple[SourceModel | None, str]:
    """Return a model that has seen nothing of what is withheld, and what was done to get it.

    Args:
        model: As it is on the shelf.
        withheld: Sources and structures it must not know.
        retrain: Trains a recipe without them.

    Returns:
        The model as it is and an empty text; or one trained anew; or None, where its data are
        not at hand or nothing is left of it. The text names the sources concerned.
    """
    found = tainted(model, withheld)
    if not found:
        return model, ""
    name, named = model.card.name, ", ".join(found)
    if model.card.recipe.without(withheld.sources) is None:
        return None, f"source model {name!r} is left out: it is {named}"
    try:
        anew = retrain(model.card.recipe, withheld)
    except (DataError, MissingExtraError, NotFoundError) as error:
        return None, (
            f"source model {name!r} is left out: it has learned {named}, which it must not, and "
            f"cannot be trained without: {error.message}"
        )
    return anew, f"source model {name!r} was trained anew without {named}"
