"""What senders say and are told, as JSON."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from loop.core.result import LabResult, Outcome, Qualifier

Text = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class PushedResult(BaseModel):
    """One answer to a work order.

    Attributes:
        order_id: The order that it answers.
        result_id: The sender's own name of this value: a later delivery with the same name and
            another value corrects it.
        outcome: How the attempt ended.
        property: Which property; for a measured value.
        value: The number, in `unit`; a number, not a text.
        unit: Its unit, for example "degC"; for a property without dimension the empty text.
        qualifier: "<" or ">" where only a limit is known.
        sd: Standard deviation, in `unit`.
        replicate: Number of the repeat, from 1.
        method: How it was measured.
        operator: Who measured.
        instrument: With what.
        measured_at: When, with time zone.
        note: Free text; for a failure, the reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: Name
    result_id: Name
    outcome: Outcome = Outcome.MEASURED
    property: Text = ""
    value: Number | None = None
    unit: Text = ""
    qualifier: Qualifier = "="
    sd: Annotated[Number, Field(ge=0)] | None = None
    replicate: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 1
    method: Text = ""
    operator: Text = ""
    instrument: Text = ""
    measured_at: AwareDatetime | None = None
    note: Text = ""

    def as_lab_result(self, sender: str, number: int) -> LabResult:
        """Return it as the intake takes it; its id says who sent it.

        Raises:
            ValueError: it is measured and lacks property or value.
        """
        told = self.model_dump(exclude={"result_id"})
        shown = "" if self.value is None else f"{self.value!r} {self.unit}".strip()
        return LabResult.model_validate(
            {
                **told,
                "result_id": f"push:{sender}:{self.result_id}",
                "raw": shown,
                "place": f"results[{number}]",
            }
        )


class Push(BaseModel):
    """Results that stand or fall together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: Annotated[tuple[PushedResult, ...], Field(min_length=1, max_length=1000)]


class Recorded(BaseModel):
    """Everything was taken in.

    Attributes:
        version: Of the campaign after it.
        recorded: New values.
        corrected: Known values that changed or were withdrawn.
        known: Values that were known already.
        ended: Orders that failed or were cancelled.
    """

    version: int
    recorded: int
    corrected: int
    known: int
    ended: int


class Fault(BaseModel):
    """One thing that is wrong: where, what stood there, what would have been right."""

    place: str
    value: str
    expected: str


class Refused(BaseModel):
    """Nothing was taken in."""

    error: str
    problems: tuple[Fault, ...] = ()


class Woken(BaseModel):
    """The lab will be asked what is new."""

    woken: Literal[True] = True
