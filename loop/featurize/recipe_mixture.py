"""Recipes to the composition of a mixture."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loop.featurize.block import BlockValues, Reads
from loop.featurize.recipe_values import Recipe, describe_recipes, number
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1


def _distinct(columns: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(columns)) < len(columns):
        raise ValueError("columns that are named once each")
    return columns


class MixtureConfig(BaseModel):
    """Options of the mixture block.

    Attributes:
        columns: Fractions or amounts of the components; an absent component is 0, not empty.
        total: What they sum to, as 1 or 100; the numbers that come out sum to 1.
        tolerance: Allowed difference from the total, as a share of it.
        normalise: Amounts of any sum are divided by it, and neither total nor tolerance is used.
        scale: "fraction", or "log-ratio" where traces matter as much as main components.
        floor: Least fraction in log-ratios; smaller ones, and 0, are raised to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    columns: Annotated[tuple[str, ...], Field(min_length=2), AfterValidator(_distinct)]
    total: Annotated[float, Field(gt=0)] = 1.0
    tolerance: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    normalise: bool = False
    scale: Literal["fraction", "log-ratio"] = "fraction"
    floor: Annotated[float, Field(gt=0, le=0.1)] = 1e-3

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.floor * len(self.columns) >= 1:
            raise ValueError(f"a floor below {1 / len(self.columns):.3g}, for so many columns")
        return self


class Mixture:
    """Fractions of the components of a mixture, or their isometric log-ratios.

    Log-ratios are pivot coordinates: each component against the geometric mean of those after
    it, so that d components give d - 1 numbers, without the one that the sum dictates, and equal
    steps in ratio are equal distances (centred log-ratios would give d collinear ones).

    Source:
        Egozcue et al., Math. Geol. 35, 279 (2003); zeros: multiplicative replacement,
        Martin-Fernandez et al., Math. Geol. 35, 253 (2003).
    """

    Config: ClassVar[type[BaseModel]] = MixtureConfig
    reads: ClassVar[Reads] = "fields"
    kind = "reals"

    def __init__(self, config: MixtureConfig) -> None:
        self.config = config
        self.name = f"mixture of {', '.join(config.columns)}"
        self.fields = config.columns
        if config.scale == "fraction":
            self.columns = tuple(f"fraction of {column} [1]" for column in config.columns)
        else:
            self.columns = tuple(
                f"log-ratio of {first} to {', '.join(config.columns[i + 1 :])} [1]"
                for i, first in enumerate(config.columns[:-1])
            )

    def digest(self) -> str:
        """Return a digest of name, code version and settings."""
        return version_digest("mixture", _VERSION, {}, self.config.model_dump(mode="json"))

    def describe(self, items: Sequence[Recipe]) -> BlockValues:
        """Describe a batch of recipes; float32."""
        return describe_recipes(items, len(self.columns), self._one)

    def _one(self, recipe: Recipe) -> list[float]:
        fractions = self._fractions(recipe)
        if self.config.scale == "fraction":
            return list(fractions.tolist())
        return log_ratios(fractions, self.config.floor)

    def _fractions(self, recipe: Recipe) -> NDArray[np.float64]:
        amounts = []
        for column in self.fields:
            amounts.append(number(recipe, column, "a number of at least 0"))
            if amounts[-1] < 0:
                raise ValueError(
                    f"column {column!r} holds {amounts[-1]:g}; expected a number of at least 0"
                )
        total, wanted = sum(amounts), self.config.total
        shown = " + ".join(
            f"{column} {x:g}" for column, x in zip(self.fields, amounts, strict=True)
        )
        if self.config.normalise and total <= 0:
            raise ValueError(f"{shown} = {total:g}; expected a sum above 0")
        if not self.config.normalise and abs(total - wanted) > self.config.tolerance * wanted:
            raise ValueError(
                f"{shown} = {total:g}; expected a sum of {wanted:g} within "
                f"{self.config.tolerance * wanted:g}"
            )
        return np.array(amounts) / total


def log_ratios(fractions: NDArray[np.float64], floor: float) -> list[float]:
    """Return the pivot coordinates of fractions that sum to one, length d - 1.

    Args:
        fractions: Shape `(d,)`, at least 0.
        floor: Smaller fractions are raised to it; the others shrink in proportion.
    """
    small = fractions < floor
    raised = np.where(small, floor, 0.0)
    rest = np.where(small, 0.0, fractions)
    logs = np.log(raised + rest * (1 - raised.sum()) / rest.sum())
    d = len(logs)
    return [
        float(np.sqrt((d - 1 - i) / (d - i)) * (logs[i] - logs[i + 1 :].mean()))
        for i in range(d - 1)
    ]
