"""What a simulated lab can be told."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Rate = Annotated[float, Field(ge=0, lt=1)]


class SimulatedLabConfig(BaseModel):
    """Options of `[lims] kind = "simulated"`.

    Attributes:
        columns: Property to the pool column with its true value, in the property's unit.
        oracles: Property to a formula that answers for any molecule or repeat unit, also for one
            that no table holds: "logp" and "molar-refractivity" (Wildman and Crippen, J. Chem.
            Inf. Comput. Sci. 1999, 39, 868), "tpsa" (Ertl et al., J. Med. Chem. 2000, 43, 3714),
            "exact-mass", in the property's unit as the number stands.
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

    columns: dict[str, str] = Field(default_factory=dict)
    oracles: dict[str, Literal["logp", "molar-refractivity", "tpsa", "exact-mass"]] = Field(
        default_factory=dict
    )
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

    @model_validator(mode="after")
    def _one_truth(self) -> Self:
        if not self.columns and not self.oracles:
            raise ValueError("give columns, oracles, or both")
        twice = sorted(self.columns.keys() & self.oracles.keys())
        if twice:
            raise ValueError(f"{', '.join(twice)} has a column and an oracle: give one")
        return self
