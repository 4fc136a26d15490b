"""What a model of the library is made from, written down so that anybody can make it again."""

from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue, model_validator

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.units import check_unit
from loop.errors import UnitError

NAME: Final = r"^[a-z0-9](?:[a-z0-9_.-]{0,94}[a-z0-9])?$"
CAP: Final = 4000

Transform = Literal["identity", "log10", "asinh"]
Values = NDArray[np.float64]


class SourceRecipe(Frozen):
    """One source: a property with many values.

    Attributes:
        name: Of the source.
        data: Name of a data set or public table, or path of a table.
        column: Its column with the property.
        unit: Unit of that column.
        transform: Scale on which it is learned. "log10" needs positive values; "asinh" is for
            values of both signs that span decades.
        material: What the rows are.
        structure: Column with the structures.
        lowest: Values below are errors of the table; no limit when absent.
        highest: The same above.
        cap: At most so many rows are taken.
        file_digest: SHA-256 of a table given by path; empty for data sets.
        licence: Of the values.
        origin: Where they come from.
    """

    name: Annotated[str, Field(pattern=NAME)]
    data: str
    column: str
    unit: str
    transform: Transform = "identity"
    material: Material
    structure: str = "smiles"
    lowest: float | None = None
    highest: float | None = None
    cap: Annotated[int, Field(ge=30, le=1_000_000)] = CAP
    file_digest: str = ""
    licence: str = ""
    origin: str = ""

    @model_validator(mode="after")
    def _known_unit(self) -> Self:
        try:
            check_unit(self.unit)
        except UnitError as error:
            raise ValueError(error.message) from error
        return self

    def scaled(self, values: Values) -> Values:
        """Return values on the scale of learning; NaN where they are not plausible or defined."""
        low = -np.inf if self.lowest is None else self.lowest
        high = np.inf if self.highest is None else self.highest
        kept = np.where((values >= low) & (values <= high), values, np.nan)
        match self.transform:
            case "log10":
                return np.log10(np.where(kept > 0, kept, np.nan))
            case "asinh":
                return np.arcsinh(kept)
            case _:
                return kept

    def unscaled(self, scaled: Values) -> Values:
        """Return values in the unit from values on the scale of learning."""
        match self.transform:
            case "log10":
                return np.asarray(np.power(10.0, scaled))
            case "asinh":
                return np.sinh(scaled)
            case _:
                return scaled


class Architecture(Frozen):
    """A network, and how it is trained.

    Attributes:
        hidden: Widths of the hidden layers; the last one is the feature vector.
        members: Networks that differ in their seed; predictions are averaged, features joined.
        epochs: Passes over the training rows.
        fewest_steps: Steps at least; few rows are passed more often for them.
        batch: Rows per step.
        learning_rate: Highest rate of the one-cycle schedule of AdamW.
        weight_decay: Of AdamW.
        input_dropout: Share of inputs set to zero in training.
    """

    hidden: Annotated[tuple[int, ...], Field(min_length=1, max_length=8)] = (384, 192, 64)
    members: Annotated[int, Field(ge=1, le=16)] = 2
    epochs: Annotated[int, Field(ge=1, le=1000)] = 40
    fewest_steps: Annotated[int, Field(ge=1, le=100_000)] = 300
    batch: Annotated[int, Field(ge=8)] = 512
    learning_rate: Annotated[float, Field(gt=0, le=0.1)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    input_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05


SINGLE: Final = Architecture(hidden=(192, 96, 32), epochs=30, batch=128, learning_rate=2e-3)
"""For the network of one source."""


class ModelRecipe(Frozen):
    """One model: a network with a head per source.

    Attributes:
        name: Of the model.
        sources: What it learns.
        serves: Materials whose candidates it can describe.
        blocks: Descriptors that it reads.
        architecture: Its network.
        seed: Of split, initial weights and order.
        validation_share: Share of the structures that are kept for the scores.
    """

    name: Annotated[str, Field(pattern=NAME)]
    sources: Annotated[tuple[SourceRecipe, ...], Field(min_length=1)]
    serves: Annotated[tuple[Material, ...], Field(min_length=1)]
    blocks: Annotated[tuple[dict[str, JsonValue], ...], Field(min_length=1)]
    architecture: Architecture = Architecture()
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    validation_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.1

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"sources named twice: {', '.join(twice)}")
        return self

    def without(self, names: frozenset[str]) -> "ModelRecipe | None":
        """Return the recipe without some sources; None if none is left."""
        kept = tuple(source for source in self.sources if source.name not in names)
        return self.model_copy(update={"sources": kept}) if kept else None
