"""When each sample is made and measured, and beside which others.

The whole schedule follows from when the orders came. What comes later never moves what happened
before it came, so that an old cursor is answered as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lims_adapters.simulated.config import SimulatedLabConfig
from lims_adapters.simulated.luck import Luck
from lims_adapters.simulated.plates import Plate, plates
from lims_adapters.simulated.queue import Bench


@dataclass(frozen=True)
class Arrival:
    """An order on its way in.

    Attributes:
        order_id: Ours.
        tick: When it came.
        made: Its synthesis succeeds.
    """

    order_id: str
    tick: int
    made: bool


@dataclass(frozen=True)
class Visit:
    """An order's way through the lab, in ticks.

    Attributes:
        arrived: When it came.
        ready: When its synthesis ended.
        due: When its result is there.
        rack: Those handled together: a plate, or without plates what came at one time.
        plate: Number of its plate; None without one.
    """

    arrived: int
    ready: int
    due: int
    rack: str
    plate: int | None = None


def schedule(
    arrivals: Sequence[Arrival], config: SimulatedLabConfig, luck: Luck
) -> dict[str, Visit]:
    """Return the way of every order, by order id.

    Args:
        arrivals: In the order in which they came.
        config: Hands, plates, working time.
        luck: Durations.
    """
    queue = config.queue
    synthesis = Bench(queue.synthesis_places if queue else None, queue)
    ready = {
        a.order_id: synthesis.work(a.tick, _synthesis_time(a.order_id, config, luck))
        for a in arrivals
    }
    number = {a.order_id: i for i, a in enumerate(arrivals)}
    made = sorted((ready[a.order_id], number[a.order_id], a.order_id) for a in arrivals if a.made)
    lying = _plates([(tick, order_id) for tick, _, order_id in made], config)
    measurement = Bench(queue.measurement_places if queue else None, queue)
    due, plate_of = dict(ready), {}
    for plate in sorted(lying, key=lambda plate: (plate.closed, plate.number)):
        for order_id in plate.members:
            due[order_id] = measurement.work(
                plate.closed, _measurement_time(order_id, config, luck)
            )
            plate_of[order_id] = plate.number
    return {
        a.order_id: Visit(
            arrived=a.tick,
            ready=ready[a.order_id],
            due=due[a.order_id],
            rack=f"plate {plate_of[a.order_id]}"
            if config.plates and a.order_id in plate_of
            else f"tick {a.tick}",
            plate=plate_of.get(a.order_id) if config.plates else None,
        )
        for a in arrivals
    }


def _plates(ready: list[tuple[int, str]], config: SimulatedLabConfig) -> list[Plate]:
    if config.plates is not None:
        return plates(ready, config.plates)
    return [Plate(i, (order_id,), tick) for i, (tick, order_id) in enumerate(ready, start=1)]


def _synthesis_time(order_id: str, config: SimulatedLabConfig, luck: Luck) -> int:
    low, high = config.queue.synthesis_hours if config.queue else config.delay
    return int(luck.rng(order_id, "delay").integers(low, max(low, high) + 1))


def _measurement_time(order_id: str, config: SimulatedLabConfig, luck: Luck) -> int:
    if config.queue is None:
        return 0
    low, high = config.queue.measurement_hours
    return int(luck.rng(order_id, "measuring").integers(low, high + 1))
