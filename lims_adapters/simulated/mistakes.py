"""Mistakes that people make with results: how often each happens, and what it does to a number."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from lims_adapters.simulated.luck import Luck
from loop.core.order import MeasurementRequest
from loop.core.rehearsal_ports import MistakeKind
from loop.core.units import same_dimension

Rate = Annotated[float, Field(ge=0, lt=1)]
_ZERO_CELSIUS: Final = 273.15
_KELVIN: Final = frozenset({"K", "kelvin"})
_CELSIUS: Final = frozenset({"degC", "°C", "℃", "celsius"})
_OTHER_KINDS: Final = ("g", "s")


class MistakesConfig(BaseModel):
    """Options of `[lims.mistakes]`: each is off unless it is given.

    Attributes:
        unit_slips: Share of values that are read off another scale than is written: degrees
            Celsius entered as kelvin, anything else larger or smaller by a factor of 1000.
        wrong_units: Share of values that are entered with a unit of another kind.
        comma_slips: Share of values that are entered without their decimal point.
        swapped_samples: Share of plates (without plates: of deliveries that came in together) on
            which two samples are exchanged; nobody in the lab ever notices.
        late_corrections: Share of orders whose values are first entered with a wrong calibration
            and edited later.
        miscalibration: By what fraction those first values are off.
        withdrawals: Share of orders whose values are withdrawn later, without new ones.
        noticed_after: Ticks until the lab edits or withdraws, and until it has looked at what the
            loop refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    unit_slips: Rate = 0.0
    wrong_units: Rate = 0.0
    comma_slips: Rate = 0.0
    swapped_samples: Rate = 0.0
    late_corrections: Rate = 0.0
    miscalibration: Annotated[float, Field(gt=0, lt=1)] = 0.2
    withdrawals: Rate = 0.0
    noticed_after: Annotated[int, Field(ge=1, le=10_000)] = 3


def slip(
    config: MistakesConfig, luck: Luck, order_id: str, request: MeasurementRequest, repeat: int
) -> MistakeKind | None:
    """Return which mistake, if any, happens to one value at the keyboard; at most one does."""
    drawn = float(luck.rng("slip", order_id, request.property, str(repeat)).random())
    for kind, rate in (
        (MistakeKind.UNIT_SLIP, config.unit_slips),
        (MistakeKind.WRONG_UNIT, config.wrong_units),
        (MistakeKind.COMMA_SLIP, config.comma_slips),
    ):
        if drawn < rate:
            return kind
        drawn -= rate
    return None


def entered(
    kind: MistakeKind, value: float, unit: str, luck: Luck, *about: str
) -> tuple[float, str]:
    """Return number and unit as somebody enters them who makes this mistake.

    Args:
        kind: Which one.
        value: The right number.
        unit: Its unit.
        luck: Which way it goes.
        about: What it is about, for the luck.
    """
    if kind is MistakeKind.UNIT_SLIP:
        return _other_scale(value, unit, luck, *about), unit
    if kind is MistakeKind.WRONG_UNIT:
        return value, next(u for u in _OTHER_KINDS if not same_dimension(u, unit))
    # A comma that the program does not know for a decimal point is dropped: 0,151 becomes 0151.
    return float(f"{value:.4g}".replace(".", "")), unit


def _other_scale(value: float, unit: str, luck: Luck, *about: str) -> float:
    if unit in _KELVIN:
        return value - _ZERO_CELSIUS
    if unit in _CELSIUS:
        return value + _ZERO_CELSIUS
    return value * (1000.0 if luck.happens(0.5, "scale", *about) else 0.001)
