"""What the campaign file says of an instrument, `[lims.instruments.NAME]`."""

import fnmatch
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lims_adapters.instruments.functions import FunctionName, Parameters, Window
from loop.core.definition import CampaignDefinition
from loop.core.number import Decimal
from loop.core.units import check_unit, same_dimension
from loop.errors import Problem, UnitError

FileFormat = Literal["jcamp-dx", "asm", "xy-text"]

_SUFFIXES: Final[dict[str, FileFormat]] = {
    ".jdx": "jcamp-dx", ".dx": "jcamp-dx", ".jcm": "jcamp-dx", ".json": "asm",
    ".txt": "xy-text", ".csv": "xy-text", ".tsv": "xy-text", ".xy": "xy-text", ".dat": "xy-text",
}  # fmt: skip
_BASELINES: Final = {
    "peak-position": (0, 2), "peak-height": (0, 2), "integral": (0, 2), "slope": (0, 0),
    "value-at": (0, 0), "onset": (1, 1), "glass-transition": (2, 2),
}  # fmt: skip
_OF_X: Final = {"peak-position", "onset", "glass-transition"}


class InstrumentConfig(BaseModel):
    """One property computed from one kind of file.

    Attributes:
        files: Which file names, with * and ?; upper and lower case are the same.
        property: Property of the campaign that the file gives.
        function: What is computed from the curve; "read" takes a number as it is written (ASM).
        format: Form of the file; by its suffix when absent.
        x_unit: Unit of x in which windows are meant; what a file writes is converted to it, and
            a file that writes none is read in it.
        y_unit: The same for y; needed by functions that give a y.
        window: Lowest and highest x that count; not for `value-at` and `read`.
        baseline: Windows of x for the baseline: see `functions.Parameters`.
        at: The x of `value-at`.
        direction: Whether the peak or step points up or down.
        points: Points under a tangent, odd.
        decimal: Mark before the fraction in text; the campaign's when absent.
        x_column: Title of the column of x, in a text with more than two.
        y_column: Title of the column of y.
        field: ASM: name of the value or data cube; a path `outer/inner` where it is not unique.
        order_in: Where the order's id stands: in the file's sample fields, its name, or either.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    files: Annotated[str, Field(min_length=1)]
    property: Annotated[str, Field(min_length=1)]
    function: FunctionName | Literal["read"]
    format: FileFormat | None = None
    x_unit: str | None = None
    y_unit: str | None = None
    window: Window | None = None
    baseline: tuple[Window, ...] = ()
    at: float | None = None
    direction: Literal["up", "down"] = "up"
    points: Annotated[int, Field(ge=3, le=101)] = 5
    decimal: Decimal | None = None
    x_column: str = ""
    y_column: str = ""
    field: str = ""
    order_in: Literal["sample", "name", "either"] = "either"

    @field_validator("x_unit", "y_unit")
    @classmethod
    def _known(cls, unit: str | None) -> str | None:
        if unit is not None:
            try:
                check_unit(unit)
            except UnitError as error:
                raise ValueError(str(error)) from error
        return unit

    @model_validator(mode="after")
    def _complete(self) -> "InstrumentConfig":
        if self.function == "read":
            if not self.field:
                raise ValueError("`read` needs `field`, the name of the value in the document")
            return self
        if self.x_unit is None:
            raise ValueError(f"{self.function} needs x_unit: windows are meant in it")
        if self.y_unit is None and self.function not in _OF_X:
            raise ValueError(f"{self.function} needs y_unit: it gives a value of y")
        if (self.at is None) is (self.function == "value-at"):
            raise ValueError("`at` belongs to value-at, and value-at needs it")
        if self.points % 2 == 0:
            raise ValueError("points must be odd")
        return self._with_windows(*_BASELINES[self.function])

    def _with_windows(self, few: int, many: int) -> "InstrumentConfig":
        if self.window is None and self.function != "value-at":
            raise ValueError(f"{self.function} needs a window: what lies beside it must not count")
        for low, high in (*self.baseline, *([self.window] if self.window else [])):
            if low >= high:
                raise ValueError(f"window {low:g} to {high:g}: the lower end comes first")
        if not few <= len(self.baseline) <= many:
            wanted = f"{few}" if few == many else f"{few} to {many}"
            raise ValueError(f"{self.function} takes {wanted} windows of baseline")
        return self

    def parameters(self) -> Parameters:
        """What the function is given."""
        at = 0.0 if self.at is None else self.at
        return Parameters(
            window=self.window or (at, at),
            baseline=self.baseline,
            at=at,
            up=self.direction == "up",
            points=self.points,
        )

    def result_unit(self) -> str:
        """Unit of what the function gives; that of `read` stands in the file."""
        x, y = self.x_unit or "", self.y_unit or ""
        if self.function in _OF_X:
            return x
        if self.function == "integral":
            return f"({y or 'dimensionless'})*({x or 'dimensionless'})"
        if self.function == "slope":
            return f"({y or 'dimensionless'})/({x or 'dimensionless'})"
        return y

    def takes(self, name: str) -> bool:
        """Whether a file of this name is one of this instrument's."""
        return fnmatch.fnmatchcase(name.lower(), self.files.lower())

    def format_of(self, name: str) -> FileFormat | None:
        """Return the form of a file, or None where neither we nor its suffix say it."""
        return self.format or _SUFFIXES.get(PurePosixPath(name).suffix.lower())

    def words(self) -> str:
        """Say function and parameters in one line, for the record."""
        if self.function == "read":
            return f"read {self.field}"
        told = [f"x in {self.x_unit or 'no unit'}"]
        if self.window:
            told.append(f"window {self.window[0]:g} to {self.window[1]:g}")
        if self.at is not None:
            told.append(f"at {self.at:g}")
        told += [f"baseline {low:g} to {high:g}" for low, high in self.baseline]
        if self.function in {"peak-position", "peak-height", "onset"}:
            told.append(self.direction)
        if self.function == "onset":
            told.append(f"tangent over {self.points} points")
        return f"{self.function} ({', '.join(told)})"


def instrument_problems(
    instruments: dict[str, InstrumentConfig], definition: CampaignDefinition
) -> list[Problem]:
    """Return where declared instruments do not fit the campaign."""
    problems: list[Problem] = []
    for key, one in instruments.items():
        place = f"lims.instruments.{key}"
        spec = definition.properties.get(one.property)
        if spec is None:
            known = ", ".join(definition.properties)
            problems.append(Problem("[lims]", f"{place}.property", one.property, f"one of {known}"))
        elif one.function != "read" and not same_dimension(one.result_unit(), spec.unit):
            expected = f"units whose {one.function} converts to {spec.unit}"
            problems.append(Problem("[lims]", place, one.result_unit() or "no unit", expected))
    return problems
