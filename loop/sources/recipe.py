"""What a model of the library is made from, written down so that anybody can make it again."""

from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue, model_validator

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.units import check_unit
from loop.errors import UnitError
from loop.sources.learners import Architecture, Given, KernelModel, Learner, Shotgun

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
        campaign: Slug of the campaign that measured the values; empty for tables.
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
    campaign: str = ""
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


class ModelRecipe(Frozen):
    """One model: a network with a head per source, or a model of another kind of one source.

    Attributes:
        name: Of the model.
        sources: What it learns.
        serves: Materials whose candidates it can describe.
        blocks: Descriptors that it reads.
        architecture: Its network, where it has no other learner.
        learner: What learns instead of that network; None for networks.
        seed: Of split, initial weights and order.
        validation_share: Share of the structures that are kept for the scores. Gaussian
            processes alone may keep none: they are scored by leaving one out.
    """

    name: Annotated[str, Field(pattern=NAME)]
    sources: Annotated[tuple[SourceRecipe, ...], Field(min_length=1)]
    serves: Annotated[tuple[Material, ...], Field(min_length=1)]
    blocks: Annotated[tuple[dict[str, JsonValue], ...], Field(min_length=1)]
    architecture: Architecture = Architecture()
    learner: Learner | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    validation_share: Annotated[float, Field(ge=0, lt=0.5)] = 0.1

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"sources named twice: {', '.join(twice)}")
        if self.learner is not None and len(names) > 1:
            raise ValueError(f"a model of kind {self.kind} has one source, not {len(names)}")
        if self.validation_share == 0 and not isinstance(self.learner, KernelModel | Given):
            raise ValueError(f"a model of kind {self.kind} needs rows for its scores")
        return self

    @property
    def kind(self) -> str:
        """What learns: "trunk", "single", or the kind of the learner."""
        if self.learner is not None:
            return self.learner.kind
        return "trunk" if len(self.sources) > 1 else "single"

    @property
    def fewest(self) -> int:
        """Fewer rows are refused: they teach nothing that a surrogate would not learn itself."""
        match self.learner:
            case KernelModel():
                return 20
            case _:
                return 50

    @property
    def most(self) -> int | None:
        """More rows are not taken, whatever the sources' caps; None if there is no such limit."""
        return self.learner.rows if isinstance(self.learner, KernelModel) else None

    @property
    def gives_features(self) -> bool:
        """Whether surrogates get its last hidden layers."""
        if isinstance(self.learner, Shotgun):
            return self.learner.features
        return self.kind == "trunk"

    def without(self, names: frozenset[str]) -> "ModelRecipe | None":
        """Return the recipe without some sources; None if none is left."""
        kept = tuple(source for source in self.sources if source.name not in names)
        return self.model_copy(update={"sources": kept}) if kept else None
