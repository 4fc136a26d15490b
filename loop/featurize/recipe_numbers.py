"""Recipes to their numeric parameters."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from loop.featurize.block import BlockValues, Reads
from loop.featurize.recipe_values import Recipe, describe_recipes, number
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1


class NumbersConfig(BaseModel):
    """Options of the numbers block.

    Attributes:
        columns: Continuous or discrete parameters, as temperature or number of coats.
        log: Those of them whose decimal logarithm is taken, as a concentration over decades.
        units: Unit by column, for people; nothing is converted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    log: tuple[str, ...] = ()
    units: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("columns that are named once each")
        strangers = [name for name in (*self.log, *self.units) if name not in self.columns]
        if strangers:
            raise ValueError(
                f"log and units of the columns {', '.join(self.columns)}; "
                f"not of {', '.join(strangers)}"
            )
        return self


class Numbers:
    """Numeric process parameters as they are, or their logarithm."""

    Config: ClassVar[type[BaseModel]] = NumbersConfig
    reads: ClassVar[Reads] = "fields"
    kind = "reals"
    name = "numbers"

    def __init__(self, config: NumbersConfig) -> None:
        self.config = config
        self.fields = config.columns
        self.columns = tuple(self._title(column) for column in config.columns)

    def _title(self, column: str) -> str:
        unit = f" [{self.config.units[column]}]" if column in self.config.units else ""
        return f"{'log10 ' if column in self.config.log else ''}{column}{unit}"

    def digest(self) -> str:
        """Return a digest of name, code version and settings."""
        return version_digest("numbers", _VERSION, {}, self.config.model_dump(mode="json"))

    def describe(self, items: Sequence[Recipe]) -> BlockValues:
        """Describe a batch of recipes; float32."""
        return describe_recipes(items, len(self.columns), self._one)

    def _one(self, recipe: Recipe) -> list[float]:
        return [self._value(recipe, column) for column in self.fields]

    def _value(self, recipe: Recipe, column: str) -> float:
        if column not in self.config.log:
            return number(recipe, column)
        found = number(recipe, column, "a number above 0, for its logarithm")
        if found <= 0:
            raise ValueError(
                f"column {column!r} holds {found:g}; expected a number above 0, for its logarithm"
            )
        return math.log10(found)
