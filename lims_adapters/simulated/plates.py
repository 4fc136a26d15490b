"""Samples that go to the measurement together: on a plate that waits until it is full."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PlatesConfig(BaseModel):
    """Options of `[lims.plates]`.

    Attributes:
        size: Samples on a full plate.
        longest_wait: Ticks after its first sample at which a plate is measured as it is.
        contaminated_rate: Share of plates on which every measurement fails.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: Annotated[int, Field(ge=1, le=1536)]
    longest_wait: Annotated[int, Field(ge=1, le=10_000)] = 5
    contaminated_rate: Annotated[float, Field(ge=0, lt=1)] = 0.0


@dataclass(frozen=True)
class Plate:
    """One plate.

    Attributes:
        number: From 1.
        members: Order ids, as they came.
        closed: Tick from which it can be measured.
    """

    number: int
    members: tuple[str, ...]
    closed: int


def plates(ready: Iterable[tuple[int, str]], config: PlatesConfig) -> list[Plate]:
    """Return the plates that samples come to lie on.

    Nothing that comes later changes a plate that is closed.

    Args:
        ready: Tick at which each sample is ready and its order id, in the order of time.
        config: Size and patience.
    """
    made: list[Plate] = []
    waiting: list[str] = []
    ends = 0

    def close(tick: int) -> None:
        made.append(Plate(len(made) + 1, tuple(waiting), tick))
        waiting.clear()

    for tick, order_id in ready:
        if waiting and tick > ends:
            close(ends)
        if not waiting:
            ends = tick + config.longest_wait
        waiting.append(order_id)
        if len(waiting) == config.size:
            close(tick)
    if waiting:
        close(ends)
    return made
