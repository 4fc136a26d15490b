"""What differs from one plate, or one day, to the next, and is the same for all within."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lims_adapters.simulated.luck import Luck


class DriftConfig(BaseModel):
    """Options of `[lims.drift]`.

    Attributes:
        per: What shares one offset: a "plate" (without plates: what came in together) or a "day".
        sd: Standard deviation of the offsets, in the property's unit.
        relative: The same as a fraction of the true value; both add up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    per: Literal["plate", "day"] = "plate"
    sd: Annotated[float, Field(ge=0)] = 0.0
    relative: Annotated[float, Field(ge=0, lt=1)] = 0.0


def offset(config: DriftConfig, luck: Luck, rack: str, day: int, name: str, truth: float) -> float:
    """Return by how much all that is measured in one go is off, in the property's unit.

    Args:
        config: How much.
        luck: By chance.
        rack: The plate.
        day: Day of the measurement.
        name: Property.
        truth: True value of what is measured, in the property's unit.
    """
    shared = rack if config.per == "plate" else f"day {day}"
    drawn = float(luck.rng("drift", shared, name).standard_normal())
    return drawn * (config.sd + config.relative * abs(truth))
