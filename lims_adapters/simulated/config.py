"""What a simulated lab can be told."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lims_adapters.simulated.drift import DriftConfig
from lims_adapters.simulated.mistakes import MistakesConfig
from lims_adapters.simulated.plates import PlatesConfig
from lims_adapters.simulated.queue import QueueConfig

Rate = Annotated[float, Field(ge=0, lt=1)]


class CompositionTable(BaseModel):
    """A table of known compositions, from which a lab answers for unknown ones too.

    Attributes:
        file: CSV, plain or `.gz`, named from the root or from the campaign's exchange folder.
        structure: Column of the formulas.
        value: Column of the values, in the property's unit; rows without one are left out.
        neighbours: How many known compositions answer for an unknown one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[str, Field(min_length=1)]
    structure: str = "formula"
    value: str
    neighbours: Annotated[int, Field(ge=1, le=100)] = 5


class SimulatedLabConfig(BaseModel):
    """Options of `[lims] kind = "simulated"`.

    Attributes:
        columns: Property to the pool column with its true value, in the property's unit.
        oracles: Property to a formula that answers for any molecule or repeat unit, also for one
            that no table holds: "logp" and "molar-refractivity" (Wildman and Crippen, J. Chem.
            Inf. Comput. Sci. 1999, 39, 868), "tpsa" (Ertl et al., J. Med. Chem. 2000, 43, 3714),
            "exact-mass", in the property's unit as the number stands.
        tables: Property to a table of known compositions that answers for any composition or
            crystal, by interpolation where the table does not hold it: a rehearsal, see
            `lims_adapters.simulated.known_compositions`.
        values: Property to a CSV in the campaign's exchange folder with the columns candidate_id
            and value, one row for every candidate, in the property's unit.
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
        queue: Hands, working time and durations; without it a tick is a day and every order takes
            `delay`.
        plates: Samples wait for each other and are measured together.
        drift: Offsets between plates or days.
        mistakes: What people do wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    columns: dict[str, str] = Field(default_factory=dict)
    oracles: dict[str, Literal["logp", "molar-refractivity", "tpsa", "exact-mass"]] = Field(
        default_factory=dict
    )
    tables: dict[str, CompositionTable] = Field(default_factory=dict)
    values: dict[str, str] = Field(default_factory=dict)
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
    queue: QueueConfig | None = None
    plates: PlatesConfig | None = None
    drift: DriftConfig | None = None
    mistakes: MistakesConfig | None = None

    @model_validator(mode="after")
    def _one_truth(self) -> Self:
        kinds = (self.columns, self.oracles, self.tables, self.values)
        named = [name for kind in kinds for name in kind]
        if not named:
            raise ValueError("give columns, oracles, tables or values")
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(
                f"{', '.join(twice)} is in more than one of columns, oracles, tables, values: "
                "give one"
            )
        return self

    @property
    def hours_per_tick(self) -> int:
        """How long a tick of the lab's clock is."""
        return 24 if self.queue is None else 1
