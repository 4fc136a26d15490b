"""What a simulated lab can be told."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0, lt=1)]


class SimulatedLabConfig(BaseModel):
    """Options of `[lims] kind = "simulated"`.

    Attributes:
        columns: Property to the pool column with its true value, in the property's unit.
        noise_columns: Property to the pool column with the sd of one measurement, same unit.
        noise_sd: Standard deviation of every measurement, in the property's unit.
        noise_relative: The same as a fraction of the true value.
        delay: Shortest and longest time from order to result, in ticks of the lab's clock.
        synthesis_failure_rate: Share of orders whose synthesis fails.
        synthesis_failure_column: Pool column with the chance that the synthesis of a candidate
            fails, in [0, 1]; the larger of both counts.
        measurement_failure_rate: Share of orders whose measurement fails.
        lost_request_rate: Share of submissions that do not reach the lab.
        lost_reply_rate: Share of submissions whose reply is lost.
        lost_poll_rate: Share of polls that are not answered.
        duplicate_result_rate: Share of results that are delivered twice.
        seed: Source of its luck.
        ignores_idempotency: A repeated submission makes another sample.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    columns: Annotated[dict[str, str], Field(min_length=1)]
    noise_columns: dict[str, str] = Field(default_factory=dict)
    noise_sd: Annotated[float, Field(ge=0)] = 0.0
    noise_relative: Annotated[float, Field(ge=0, lt=1)] = 0.0
    delay: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = (1, 3)
    synthesis_failure_rate: Rate = 0.0
    synthesis_failure_column: str = ""
    measurement_failure_rate: Rate = 0.0
    lost_request_rate: Rate = 0.0
    lost_reply_rate: Rate = 0.0
    lost_poll_rate: Rate = 0.0
    duplicate_result_rate: Rate = 0.0
    seed: Annotated[int, Field(ge=0)] = 0
    ignores_idempotency: bool = False
