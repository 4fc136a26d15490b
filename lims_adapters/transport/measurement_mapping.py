"""Measurements that a system keeps as objects of their own: what their fields are called there."""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class MeasurementFields(BaseModel):
    """Names of the fields of a measurement; an empty one is not used.

    Either one object holds one value (`property` and `value`), or it has a field per property;
    then the fields are those under [lims.results].

    Attributes:
        property: Field that says which property.
        value: Field of the value.
        unit: Field of the unit of a value that is a text.
        sd: Field of the standard deviation.
        replicate: Field of the number of the repeat.
        method: Field.
        operator: Field.
        instrument: Field.
        measured_at: Field of the time.
        note: Field.
        validity: Field that says whether the value holds.
        words: Its words to what they mean.
        files: Files of the object come with its result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    property: str = ""
    value: str = ""
    unit: str = ""
    sd: str = ""
    replicate: str = ""
    method: str = ""
    operator: str = ""
    instrument: str = ""
    measured_at: str = ""
    note: str = ""
    validity: str = ""
    words: dict[str, Literal["valid", "invalid"]] = Field(default_factory=dict)
    files: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.property) != bool(self.value):
            raise ValueError("give both `property` and `value`, or neither")
        if bool(self.validity) != bool(self.words):
            raise ValueError("give both `validity` and its `words`, or neither")
        return self

    def in_use(self, besides: Iterable[str] = ()) -> dict[str, str]:
        """Return the names that are given, by their option.

        Args:
            besides: Options of a subclass that name fields too; they come first.
        """
        options = (
            *besides, "property", "value", "unit", "sd", "replicate", "method", "operator",
            "instrument", "measured_at", "note", "validity",
        )  # fmt: skip
        return {option: getattr(self, option) for option in options if getattr(self, option)}
