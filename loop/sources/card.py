"""What is written beside a model: everything a person or a program must know to trust it."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import model_validator

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.canonical import Json, canonical_json, digest
from loop.sources.recipe import ModelRecipe, SourceRecipe

SCHEMA: Final = "synthloop/source-model/1"


def content_digest(card: Mapping[str, Json]) -> str:
    """Return the digest of a card as it is written, without `weights`; the weights carry it.

    It is made from what is written, not from what this release reads in it: a later release that
    knows more fields must still find the card unaltered.
    """
    return digest(canonical_json({name: v for name, v in card.items() if name != "weights"}))


class Scores(Frozen):
    """How well values of structures that were not trained on are predicted.

    Attributes:
        n: Validation rows.
        r2: Coefficient of determination on the scale of learning; None below 10 rows.
        rmse: Root mean squared error, in the unit.
        spearman: Rank correlation; None below 10 rows.
        how: "held-out" rows, or every row by "leave-one-out" where few are to be had.
    """

    n: int
    r2: float | None
    rmse: float | None
    spearman: float | None
    how: Literal["held-out", "leave-one-out"] = "held-out"


class SourceCard(Frozen):
    """One source of a model.

    Attributes:
        name: Of the source.
        unit: Of its predictions.
        material: Class of its training rows.
        n: Rows taken, validation rows included.
        n_training: Rows trained on.
        n_undescribed: Rows left out because their structure could not be described.
        centre: Mean of the training values on the scale of learning.
        scale: Their standard deviation.
        values_digest: SHA-256 of keys and values of the rows taken.
        validation: Scores.
    """

    name: str
    unit: str
    material: Material
    n: int
    n_training: int
    n_undescribed: int
    centre: float
    scale: float
    values_digest: str
    validation: Scores


class ModelCard(Frozen):
    """A model.

    Attributes:
        schema_name: Format of card and weights.
        recipe: What it was made from.
        sources: What came out, in the order of the recipe.
        featurizer_digest: Of the descriptors that it reads.
        withheld_digest: Of what was kept from it on purpose; empty if nothing was.
        versions: Of the libraries that made it.
        weights: SHA-256 of the file with the weights.
    """

    schema_name: str = SCHEMA
    recipe: ModelRecipe
    sources: tuple[SourceCard, ...]
    featurizer_digest: str
    withheld_digest: str = ""
    versions: dict[str, str]
    weights: str = ""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "ModelCard":
        if self.schema_name != SCHEMA:
            raise ValueError(f"schema_name is {self.schema_name!r}; expected {SCHEMA!r}")
        if [s.name for s in self.sources] != [s.name for s in self.recipe.sources]:
            raise ValueError("the sources of the card are not those of its recipe")
        for card, recipe in zip(self.sources, self.recipe.sources, strict=True):
            if (card.unit, card.material) != (recipe.unit, recipe.material):
                raise ValueError(
                    f"source {card.name!r} is {card.material.value} in {card.unit!r}; "
                    f"its recipe says {recipe.material.value} in {recipe.unit!r}"
                )
        return self

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.recipe.name

    def place(self, name: str) -> int:
        """Return the column of a source.

        Raises:
            KeyError: the model has no such source.
        """
        for i, source in enumerate(self.sources):
            if source.name == name:
                return i
        raise KeyError(name)

    def pairs(self) -> list[tuple[SourceRecipe, SourceCard]]:
        """Return recipe and card of every source."""
        return list(zip(self.recipe.sources, self.sources, strict=True))
