"""A cheap measurement that is known for a part of the candidates."""

import math
from collections.abc import Sequence
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict

from loop.featurize.block import BlockValues, Reads
from loop.featurize.recipe_values import Recipe, describe_recipes, number
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1


class AssayConfig(BaseModel):
    """Options of the assay block.

    Attributes:
        column: Where the measurement stands; an empty cell says that it was not made.
        log: Whether its decimal logarithm is taken.
        unit: For people; nothing is converted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    log: bool = False
    unit: str = ""


class Assay:
    """A measurement with gaps: its value where it was made, and whether it was."""

    Config: ClassVar[type[BaseModel]] = AssayConfig
    reads: ClassVar[Reads] = "fields"
    kind = "assay"

    def __init__(self, config: AssayConfig) -> None:
        self.config = config
        self.name = f"assay {config.column}"
        self.fields = (config.column,)
        unit = f" [{config.unit}]" if config.unit else ""
        title = f"{'log10 ' if config.log else ''}{config.column}{unit}"
        self.columns = (title, f"{title} measured")

    def digest(self) -> str:
        """Return a digest of name, code version and settings."""
        return version_digest("assay", _VERSION, {}, self.config.model_dump(mode="json"))

    def describe(self, items: Sequence[Recipe]) -> BlockValues:
        """Describe a batch of candidates; float32, (0, 0) for a gap and (value, 1) else."""
        return describe_recipes(items, 2, self._one)

    def _one(self, recipe: Recipe) -> tuple[float, float]:
        column = self.config.column
        if column in recipe and recipe[column] in {None, ""}:
            return 0.0, 0.0
        if not self.config.log:
            return number(recipe, column), 1.0
        expected = "a number above 0, for its logarithm"
        found = number(recipe, column, expected)
        if found <= 0:
            raise ValueError(f"column {column!r} holds {found:g}; expected {expected}")
        return math.log10(found), 1.0
