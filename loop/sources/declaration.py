"""The card that a user writes for a model of their own."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, ValidationError, field_validator

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.units import check_unit
from loop.errors import ConfigError, Problem, UnitError
from loop.sources.learners import Layer
from loop.sources.recipe import NAME, SourceRecipe, Transform

Numbers = Annotated[tuple[float, ...], Field(min_length=1)]


class Standardised(Frozen):
    """What the model expects of its inputs beforehand.

    Attributes:
        centre: Taken from each column.
        scale: Each column is divided by.
    """

    centre: Numbers
    scale: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)]


class DeclaredTable(Frozen):
    """A table beside the card.

    Attributes:
        file: Its path, from the card's folder.
        structure: Column with the structures.
        target: Column with the values, in the unit of the card.
    """

    file: str
    structure: str = "smiles"
    target: str


class Declaration(Frozen):
    """What must be known of a model before it may be asked.

    Attributes:
        name: Of the source.
        property: What is predicted, in words.
        unit: Of the values.
        transform: The scale that the model answers on: with "log10" its answer is the logarithm.
        material: Of the structures it was trained on.
        blocks: Descriptors that feed it; their columns side by side in this order.
        inputs: "inside" if the model standardises its inputs itself, else centre and scale.
        output: Name of the output; the only one if empty. ONNX only.
        column: Of the output.
        layers: Of plain weights.
        centre: Mean of its training values, on the scale that it answers on.
        scale: Their standard deviation.
        trained_on: Its training table: so the leak check knows what it has seen.
        held_out: A table that it was not trained on: so its scores are known.
        licence: Of model and data.
        origin: Where it comes from.
    """

    name: Annotated[str, Field(pattern=NAME)]
    property: Annotated[str, Field(min_length=1)]
    unit: str
    transform: Transform = "identity"
    material: Material
    blocks: Annotated[tuple[dict[str, JsonValue], ...], Field(min_length=1)]
    inputs: Literal["inside"] | Standardised
    output: str = ""
    column: Annotated[int, Field(ge=0)] = 0
    layers: tuple[Layer, ...] = ()
    centre: float
    scale: Annotated[float, Field(gt=0)]
    trained_on: DeclaredTable | None = None
    held_out: DeclaredTable | None = None
    licence: str = ""
    origin: str = ""

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        try:
            check_unit(unit)
        except UnitError as error:
            raise ValueError(error.message) from error
        return unit

    def source(self, data: str, file_digest: str, column: str, structure: str) -> SourceRecipe:
        """Return the source, with its rows in a table."""
        return SourceRecipe(
            name=self.name, data=data, column=column, unit=self.unit, transform=self.transform,
            material=self.material, structure=structure, cap=1_000_000, file_digest=file_digest,
            licence=self.licence, origin=self.origin or self.property,
        )  # fmt: skip


def read_declaration(path: Path) -> Declaration:
    """Return the declaration of a JSON file.

    Raises:
        ConfigError: it cannot be read; every field that is wrong is named.
    """
    try:
        return Declaration.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ConfigError(f"{path} cannot be read: {cause.strerror}") from cause
    except (ValidationError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise ConfigError(f"{path} is no UTF-8 text") from error
        raise ConfigError(
            f"{path} is no card of a model",
            problems=[
                Problem(
                    str(path),
                    ".".join(str(step) for step in found["loc"]) or "card",
                    str(found["input"]),
                    found["msg"],
                )
                for found in error.errors()
            ],
        ) from error
