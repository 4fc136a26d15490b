"""What the lab says of each order, and when: first values, mistakes, edits, withdrawals."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from lims_adapters.simulated.config import SimulatedLabConfig
from lims_adapters.simulated.instrument import Instrument
from lims_adapters.simulated.luck import Luck
from lims_adapters.simulated.mistakes import entered, slip
from lims_adapters.simulated.schedule import Arrival, Visit, schedule
from lims_adapters.simulated.truth import Truth, number
from loop.core.order import MeasurementRequest, WorkOrder
from loop.core.rehearsal_ports import MistakeKind, PlantedMistake
from loop.core.result import LabResult, Outcome

Said = tuple[LabResult, ...]


@dataclass(frozen=True)
class Taken:
    """An order that the lab has.

    Attributes:
        order: What was asked.
        tick: When it came.
        refused: Ticks at which the loop refused an answer to it, oldest first.
        due: Tick of its result, where an older release wrote that down in place of `tick`.
    """

    order: WorkOrder
    tick: int
    refused: tuple[int, ...] = ()
    due: int = -1


@dataclass(frozen=True)
class Report:
    """What the lab says of one order at one tick.

    Attributes:
        order_id: Ours.
        tick: When.
        results: Returns all that it holds of the order then.
    """

    order_id: str
    tick: int
    results: Callable[[], Said]


class Reports:
    """All that a lab says of the orders it has.

    Args:
        config: The lab's.
        truth: What is true.
        taken: The orders, as they came.
    """

    def __init__(self, config: SimulatedLabConfig, truth: Truth, taken: list[Taken]) -> None:
        self._config, self._taken = config, taken
        self._luck = Luck(config.seed)
        self._instrument = Instrument(config, truth, self._luck)
        self._orders = {t.order.order_id: t.order for t in taken}

    @cached_property
    def visits(self) -> dict[str, Visit]:
        """When each order is where, by order id."""
        arrivals = [
            Arrival(t.order.order_id, self._came(t), not self._synthesis_fails(t.order))
            for t in self._taken
        ]
        return schedule(arrivals, self._config, self._luck)

    def all(self) -> Iterator[Report]:
        """Yield everything the lab says, order by order."""
        for taken in self._taken:
            yield from self._of(taken)

    def mistakes(self, until: int) -> list[PlantedMistake]:
        """Return the mistakes in what was said up to a tick, by time."""
        found: list[PlantedMistake] = []
        for taken in self._taken:
            visit = self.visits[taken.order.order_id]
            if visit.due <= until and self._failure(taken.order) is None:
                found += self._planted(taken.order, visit)
        return sorted(found, key=lambda m: (m.tick, m.order_id, m.property, m.replicate))

    def _of(self, taken: Taken) -> Iterator[Report]:
        order, order_id = taken.order, taken.order.order_id
        due = self.visits[order_id].due
        yield Report(order_id, due, lambda: self._first(order))
        if self._luck.rng(order_id, "twice").random() < self._config.duplicate_result_rate:
            yield Report(order_id, due + 1, lambda: self._first(order))
        if self._config.mistakes is None or self._failure(order):
            return
        later = self._config.mistakes.noticed_after
        for turn, tick in enumerate(taken.refused):
            again = turn > 0
            yield Report(order_id, tick + later, lambda a=again: self._mended(order, again=a))  # type: ignore[misc]
        if self._happens(order, MistakeKind.WITHDRAWN):
            gone = _ended(order, Outcome.FAILED_MEASUREMENT, "withdrawn: the sample was spoilt")
            # After whatever the lab mends meanwhile: a spoilt sample stays spoilt.
            yield Report(order_id, max((due, *taken.refused)) + later + 1, lambda: (gone,))
        elif self._happens(order, MistakeKind.MISCALIBRATED):
            yield Report(order_id, due + later, lambda: self._right(order))

    def _first(self, order: WorkOrder) -> Said:
        failure = self._failure(order)
        return (failure,) if failure else tuple(self._values(order, mistaken=True))

    def _right(self, order: WorkOrder) -> Said:
        return tuple(self._values(order, mistaken=False))

    def _mended(self, order: WorkOrder, *, again: bool) -> Said:
        """Return what the lab says after it looked at what the loop refused."""
        right = self._right(order)
        if again or right == self._first(order):
            # Nothing was mistaken: the lab has nothing else to say.
            return (_ended(order, Outcome.FAILED_MEASUREMENT, "the value stands and is refused"),)
        return right

    def _came(self, taken: Taken) -> int:
        if taken.tick >= 0:
            return taken.tick
        low, high = self._config.delay
        rng = self._luck.rng(taken.order.order_id, "delay")
        return taken.due - int(rng.integers(low, max(low, high) + 1))

    def _synthesis_fails(self, order: WorkOrder) -> bool:
        rate, column = self._config.synthesis_failure_rate, self._config.synthesis_failure_column
        if column:
            rate = max(rate, number(order.candidate, column))
        return bool(self._luck.rng(order.order_id, "fate").random(2)[0] < rate)

    def _failure(self, order: WorkOrder) -> LabResult | None:
        if self._synthesis_fails(order):
            return _ended(order, Outcome.FAILED_SYNTHESIS, "no product was isolated")
        rate = self._config.measurement_failure_rate
        if self._luck.rng(order.order_id, "fate").random(2)[1] < rate:
            return _ended(order, Outcome.FAILED_MEASUREMENT, "the film cracked in the cell")
        plates, rack = self._config.plates, self.visits[order.order_id].rack
        if plates and self._luck.happens(plates.contaminated_rate, "contaminated", rack):
            return _ended(order, Outcome.FAILED_MEASUREMENT, f"{rack} was contaminated")
        return None

    def _happens(self, order: WorkOrder, kind: MistakeKind) -> bool:
        mistakes = self._config.mistakes
        if mistakes is None:
            return False
        rate = {
            MistakeKind.WITHDRAWN: mistakes.withdrawals,
            MistakeKind.MISCALIBRATED: mistakes.late_corrections,
        }[kind]
        return self._luck.happens(rate, kind.value, order.order_id)

    @cached_property
    def _swapped(self) -> dict[str, str]:
        """Order id to the order whose sample was measured in its stead."""
        mistakes = self._config.mistakes
        if mistakes is None or not mistakes.swapped_samples:
            return {}
        racks: dict[str, list[str]] = {}
        for order_id, visit in self.visits.items():
            if self._failure(self._orders[order_id]) is None:
                racks.setdefault(visit.rack, []).append(order_id)
        swapped: dict[str, str] = {}
        for rack, members in racks.items():
            rng = self._luck.rng("swap", rack, members[0])
            if len(members) > 1 and rng.random() < mistakes.swapped_samples:
                one, other = rng.choice(len(members), size=2, replace=False).tolist()
                swapped |= {members[one]: members[other], members[other]: members[one]}
        return swapped

    def _values(self, order: WorkOrder, *, mistaken: bool) -> Iterator[LabResult]:
        for request in order.requests:
            for replicate in range(1, request.replicates + 1):
                value, unit = self._measured(order, request, replicate), request.unit
                if mistaken:
                    _, value, unit = self._mistaken(order, request, replicate, value)
                yield LabResult(
                    order_id=order.order_id,
                    result_id=f"{order.order_id}/{request.property}/{replicate}",
                    property=request.property,
                    value=value,
                    unit=unit,
                    replicate=replicate,
                    raw=f"{value:.6g} {unit}",
                    operator="simulated lab",
                    place=request.property,
                )

    def _measured(self, order: WorkOrder, request: MeasurementRequest, replicate: int) -> float:
        """Return what the instrument shows: of the sample that really lay in it."""
        sample = self._orders[self._swapped.get(order.order_id, order.order_id)]
        return self._shown(sample, request.property, replicate)

    def _shown(self, sample: WorkOrder, name: str, replicate: int) -> float:
        visit = self.visits[sample.order_id]
        return self._instrument.shows(sample, name, replicate, visit)

    def _mistaken(
        self, order: WorkOrder, request: MeasurementRequest, replicate: int, value: float
    ) -> tuple[MistakeKind | None, float, str]:
        """Return which mistake is made with a value, and what is entered."""
        mistakes = self._config.mistakes
        if mistakes is None:
            return None, value, request.unit
        about = (order.order_id, request.property, str(replicate))
        kind = slip(mistakes, self._luck, order.order_id, request, replicate)
        if kind is not None:
            return kind, *entered(kind, value, request.unit, self._luck, *about)
        if self._happens(order, MistakeKind.MISCALIBRATED):
            way = 1 if self._luck.happens(0.5, "way", order.order_id) else -1
            wrong = value * (1 + way * mistakes.miscalibration)
            return MistakeKind.MISCALIBRATED, wrong, request.unit
        return None, value, request.unit

    def _planted(self, order: WorkOrder, visit: Visit) -> Iterator[PlantedMistake]:
        for request in order.requests:
            for replicate in range(1, request.replicates + 1):
                shown = self._measured(order, request, replicate)
                kind, value, unit = self._mistaken(order, request, replicate, shown)
                right = self._shown(order, request.property, replicate)
                kinds = [] if kind is None else [kind]
                if order.order_id in self._swapped:
                    kinds.append(MistakeKind.SWAPPED)
                if self._happens(order, MistakeKind.WITHDRAWN):
                    kinds.append(MistakeKind.WITHDRAWN)
                for each in kinds:
                    yield PlantedMistake(
                        kind=each, order_id=order.order_id, property=request.property,
                        replicate=replicate, right=right, entered=value, unit=request.unit,
                        written_unit=unit, tick=visit.due,
                    )  # fmt: skip


def _ended(order: WorkOrder, outcome: Outcome, reason: str) -> LabResult:
    return LabResult(
        order_id=order.order_id,
        result_id=f"{order.order_id}/outcome",
        outcome=outcome,
        note=reason,
    )
