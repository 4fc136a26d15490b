"""How many hands the lab has, how long the work takes, and when somebody is there to begin it."""

import heapq
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Hours = Annotated[int, Field(ge=1, le=10_000)]
Places = Annotated[int, Field(ge=1, le=10_000)]
_DAY = 24
_WEEK = 7


class QueueConfig(BaseModel):
    """Options of `[lims.queue]`. With it a tick of the lab's clock is an hour; `delay` is unused.

    Attributes:
        synthesis_places: Syntheses that can run at once.
        synthesis_hours: Shortest and longest synthesis, in hours.
        measurement_places: Samples that can be measured at once.
        measurement_hours: Shortest and longest measurement, in hours.
        working_hours: Hours of the day, from and to, in which work is begun; what was begun goes
            on by itself. None: at any time. Tick 0 is Monday, 0:00.
        working_days: Days of the week on which work is begun, from Monday.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    synthesis_places: Places = 1
    synthesis_hours: tuple[Hours, Hours] = (4, 24)
    measurement_places: Places = 1
    measurement_hours: tuple[Hours, Hours] = (1, 4)
    working_hours: (
        tuple[Annotated[int, Field(ge=0, le=23)], Annotated[int, Field(ge=1, le=24)]] | None
    ) = None
    working_days: Annotated[int, Field(ge=1, le=7)] = 7

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        pairs = {
            "synthesis_hours": self.synthesis_hours,
            "measurement_hours": self.measurement_hours,
        }
        for name, (low, high) in pairs.items():
            if low > high:
                raise ValueError(f"{name} must be [shortest, longest]")
        if self.working_hours is not None and self.working_hours[0] >= self.working_hours[1]:
            raise ValueError("working_hours must be [from, to] of one day")
        return self

    def opens(self, tick: int) -> int:
        """Return the first tick from `tick` on at which work can begin."""
        first, last = self.working_hours or (0, _DAY)
        while True:
            day, hour = divmod(tick, _DAY)
            if day % _WEEK < self.working_days and hour < last:
                return max(tick, day * _DAY + first)
            tick = (day + 1) * _DAY


class Bench:
    """Places at which one sample after the other is worked on: who comes first is served first.

    Args:
        places: How many; None is no limit.
        queue: Says when work can begin; None is at any time.
    """

    def __init__(self, places: int | None, queue: QueueConfig | None) -> None:
        self._queue = queue
        self._free: list[int] | None = None if places is None else [0] * places

    def work(self, comes: int, takes: int) -> int:
        """Return the tick at which a sample that comes at one tick is done.

        Args:
            comes: Tick; none may be earlier than that of the sample before.
            takes: Ticks of work.
        """
        start = comes if self._free is None else max(comes, heapq.heappop(self._free))
        if self._queue is not None:
            start = self._queue.opens(start)
        if self._free is not None:
            heapq.heappush(self._free, start + takes)
        return start + takes
