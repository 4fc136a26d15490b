"""Recipes to their parameters with levels: ordered ones to ranks, others one-hot."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from loop.errors import ConfigError
from loop.featurize.block import BlockValues, Reads
from loop.featurize.recipe_values import Recipe, describe_recipes, level, level_text
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1


def _distinct(levels: tuple[str | float, ...]) -> tuple[str | float, ...]:
    if len({level_text(value) for value in levels}) < len(levels):
        raise ValueError("levels that differ from each other")
    return levels


Levels = Annotated[tuple[str | float, ...], AfterValidator(_distinct)]


class OrdinalConfig(BaseModel):
    """Options of the ordinal block.

    Attributes:
        column: Parameter, as "agitation".
        levels: All that it can be, from lowest to highest, as ["none", "slow", "fast"].
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    column: str
    levels: Annotated[Levels, Field(min_length=2)]


class Ordinal:
    """The rank of an ordered level, from 0 (lowest) to 1 (highest) in equal steps."""

    Config: ClassVar[type[BaseModel]] = OrdinalConfig
    reads: ClassVar[Reads] = "fields"
    kind = "reals"

    def __init__(self, config: OrdinalConfig) -> None:
        self.config = config
        self.name = f"order of {config.column}"
        self.fields = (config.column,)
        self.columns = (f"rank of {config.column} [0-1]",)
        self._levels = [level_text(value) for value in config.levels]

    def digest(self) -> str:
        """Return a digest of name, code version and settings."""
        return version_digest("ordinal", _VERSION, {}, self.config.model_dump(mode="json"))

    def describe(self, items: Sequence[Recipe]) -> BlockValues:
        """Describe a batch of recipes; float32."""
        return describe_recipes(items, 1, self._one)

    def _one(self, recipe: Recipe) -> list[float]:
        return [level(recipe, self.config.column, self._levels) / (len(self._levels) - 1)]


class CategoryConfig(BaseModel):
    """Options of the category block.

    Attributes:
        column: Parameter, as "substrate".
        levels: All that it can be; when absent, what the pool's rows hold, sorted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    column: str
    levels: Annotated[Levels, Field(min_length=1)] | None = None


class Category:
    """One column per level, 1 where a recipe has it."""

    Config: ClassVar[type[BaseModel]] = CategoryConfig
    reads: ClassVar[Reads] = "fields"
    kind = "reals"

    def __init__(self, config: CategoryConfig) -> None:
        self.config = config
        self.name = f"category of {config.column}"
        self.fields = (config.column,)
        self._levels = [level_text(value) for value in config.levels or ()]
        self.columns = tuple(f"{config.column} is {text} [0/1]" for text in self._levels)

    def digest(self) -> str:
        """Return a digest of name, code version and settings."""
        return version_digest("category", _VERSION, {}, self.config.model_dump(mode="json"))

    def settled(self, items: Sequence[Recipe]) -> "Category":
        """Return the block with the levels that these recipes hold, unless they are given."""
        if self.config.levels is not None:
            return self
        found: set[Any] = {recipe.get(self.config.column) for recipe in items} - {None, ""}
        ordered = sorted(found, key=lambda value: (isinstance(value, str), value))
        levels = tuple(dict.fromkeys(level_text(value) for value in ordered))
        return Category(self.config.model_copy(update={"levels": levels}))

    def describe(self, items: Sequence[Recipe]) -> BlockValues:
        """Describe a batch of recipes; float32.

        Raises:
            ConfigError: the levels are neither given nor settled.
        """
        if self.config.levels is None:
            raise ConfigError(
                f"the levels of column {self.config.column!r} are not known",
                hint='give the block levels = ["...", "..."], or settle it with the recipes',
            )
        return describe_recipes(items, len(self.columns), self._one)

    def _one(self, recipe: Recipe) -> list[float]:
        row = [0.0] * len(self._levels)
        row[level(recipe, self.config.column, self._levels)] = 1.0
        return row
