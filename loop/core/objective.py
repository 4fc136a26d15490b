"""What is measured, and what is wanted of it."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from loop.core.base import Frozen
from loop.core.units import check_unit
from loop.errors import UnitError

Vector = NDArray[np.float64]


class Property(Frozen):
    """A measurable quantity.

    Attributes:
        unit: The one unit in which the campaign keeps it; everything else is converted.
        noise_sd: Standard deviation of one measurement, in `unit`, if the lab knows it.
        noise_relative: The same as a fraction of the value; only one of the two.
        plausible: Lowest and highest value that can be real, in `unit`; a result outside is
            refused and shown, never recorded.
        replicates: How many measurements one order asks for.
        description: For people.
    """

    unit: str
    noise_sd: Annotated[float, Field(gt=0)] | None = None
    noise_relative: Annotated[float, Field(gt=0, lt=1)] | None = None
    plausible: tuple[float, float] | None = None
    replicates: Annotated[int, Field(ge=1, le=100)] = 1
    description: str = ""

    @field_validator("unit")
    @classmethod
    def _unit_is_known(cls, unit: str) -> str:
        try:
            check_unit(unit)
        except UnitError as error:
            raise ValueError(str(error)) from error
        return unit

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.noise_sd is not None and self.noise_relative is not None:
            raise ValueError("give noise_sd or noise_relative, not both")
        if self.plausible is not None and self.plausible[0] >= self.plausible[1]:
            raise ValueError("plausible must be [lowest, highest] with lowest < highest")
        return self

    def noise_at(self, value: float) -> float | None:
        """Return the standard deviation of one measurement of `value`, in `unit`, if known."""
        if self.noise_relative is not None:
            return self.noise_relative * abs(value)
        return self.noise_sd


class _OnProperty(Frozen):
    property: str = Field(description="Name of the property that is searched for.")


class Maximize(_OnProperty):
    """The larger the better."""

    kind: Literal["maximize"] = "maximize"

    def signed(self, values: Vector) -> Vector:
        """Return the utility of `values`, shape kept, in the property's unit; larger is better."""
        return values

    def in_words(self) -> str:
        """Say what is wanted."""
        return f"maximize {self.property}"


class Minimize(_OnProperty):
    """The smaller the better."""

    kind: Literal["minimize"] = "minimize"

    def signed(self, values: Vector) -> Vector:
        """Return the utility of `values`, shape kept, in the property's unit; larger is better."""
        return -values

    def in_words(self) -> str:
        """Say what is wanted."""
        return f"minimize {self.property}"


class TargetRange(_OnProperty):
    """Anything between two values is equally good; outside, nearer is better."""

    kind: Literal["target"] = "target"
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low must be below high")
        return self

    def signed(self, values: Vector) -> Vector:
        """Return minus the distance to the range, shape kept, in the property's unit."""
        outside = np.maximum(self.low - values, 0.0) + np.maximum(values - self.high, 0.0)
        return -outside

    def in_words(self) -> str:
        """Say what is wanted."""
        return f"bring {self.property} between {self.low:g} and {self.high:g}"


Objective = Annotated[Maximize | Minimize | TargetRange, Field(discriminator="kind")]
