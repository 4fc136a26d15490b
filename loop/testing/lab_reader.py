"""Reads a lab as the worker does, and remembers what a ledger would hold of it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from loop.core.lab_ports import LimsAdapter
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Outcome, Poll, ResultBatch
from loop.core.units import convert
from loop.errors import LabAccessError, Problem, RetryableAdapterError, UnitError

_PATIENCE = 50
T = TypeVar("T")


def patiently(call: Callable[[], T]) -> T:
    """Return what a call over a bad line comes to in the end."""
    for _ in range(_PATIENCE):
        try:
            return call()
        except LabAccessError:
            raise
        except RetryableAdapterError:
            continue
    raise AssertionError(f"the lab did not answer in {_PATIENCE} attempts")


def patient_submit(adapter: LimsAdapter, order: WorkOrder) -> Receipt:
    """Place an order over a bad line, as the worker does: find, else submit."""
    return patiently(lambda: adapter.find(order.order_id) or adapter.submit(order))


def patient_poll(adapter: LimsAdapter, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
    """Ask for results over a bad line."""
    return patiently(lambda: adapter.poll(cursor, orders))


class LabReader:
    """Follows a lab from cursor to cursor; every exchange by an adapter built anew.

    Attributes:
        orders: Orders of the campaign; may be added to.
        cursor: Of the last poll that was recorded.
        measured: Valid values by result id: what a ledger would hold.
        ended: Every other outcome, by result id.
        problems: Why batches or values were refused.

    Args:
        adapter: Builds the adapter on the lab.
        orders: Orders of the campaign.
    """

    def __init__(self, adapter: Callable[[], LimsAdapter], orders: Sequence[WorkOrder]) -> None:
        self._adapter = adapter
        self.orders = list(orders)
        self.cursor: str | None = None
        self.measured: dict[str, LabResult] = {}
        self.ended: dict[str, LabResult] = {}
        self.problems: list[Problem] = []

    def read(self) -> list[ResultBatch]:
        """Poll until nothing is new; return the batches that came."""
        batches: list[ResultBatch] = []
        for _ in range(_PATIENCE):
            poll = patiently(lambda: self._adapter().poll(self.cursor, self.orders))
            again = patiently(lambda: self._adapter().poll(self.cursor, self.orders))
            assert again == poll, "the same cursor must give the same poll while nothing changes"
            for batch in poll.batches:
                problems = self._take_in(batch)
                # A crash between the record and the settlement makes it come twice.
                for _ in range(2):
                    patiently(
                        lambda b=batch, p=problems: self._adapter().settle(b, p)  # type: ignore[misc]
                    )
            batches += poll.batches
            self.cursor = poll.cursor
            if not poll.batches:
                return batches
        raise AssertionError("settled results come again without end")

    def values(self, order_id: str, name: str) -> list[float]:
        """Return the valid values of a property in the campaign's unit, rounded, ascending."""
        found = [
            convert(result.value, result.unit, self._unit(order_id, name))
            for result in self.measured.values()
            if (result.order_id, result.property) == (order_id, name) and result.value is not None
        ]
        return sorted(round(value, 6) for value in found)

    def outcomes(self, order_id: str) -> list[LabResult]:
        """Return how an order ended, as far as was told."""
        return [result for result in self.ended.values() if result.order_id == order_id]

    def _take_in(self, batch: ResultBatch) -> tuple[Problem, ...]:
        ids = [result.result_id for result in batch.results]
        assert len(ids) == len(set(ids)), f"a result id stands twice in one batch: {ids}"
        problems = batch.problems or tuple(
            problem for result in batch.results for problem in self._refused(batch, result)
        )
        if problems:
            self.problems += problems
            return problems
        for order_id in batch.snapshot_of:
            gone = [
                key
                for key, known in self.measured.items()
                if known.order_id == order_id and key.startswith(batch.namespace)
            ]
            for key in gone:
                del self.measured[key]
        for result in batch.results:
            if result.outcome is Outcome.MEASURED:
                self.measured[result.result_id] = result
            elif result.outcome is Outcome.WITHDRAWN:
                self.measured.pop(result.result_id, None)
            else:
                self.ended[result.result_id] = result
        return ()

    def _refused(self, batch: ResultBatch, result: LabResult) -> list[Problem]:
        """What the intake would not let in: foreign orders, properties nobody asked for, units."""
        shown = f"{result.raw or result.value} {result.unit}"
        if not any(order.order_id == result.order_id for order in self.orders):
            expected = "the id of an order of this campaign"
            return [Problem(batch.source, result.place, result.order_id, expected)]
        if result.outcome is not Outcome.MEASURED or result.value is None:
            return []
        unit = self._unit(result.order_id, result.property)
        try:
            if result.unit.strip():
                convert(result.value, result.unit, unit)
                return []
        except UnitError:
            pass
        return [Problem(batch.source, result.place, shown, f"a unit that converts to {unit}")]

    def _unit(self, order_id: str, name: str) -> str:
        order = next(o for o in self.orders if o.order_id == order_id)
        return next(r.unit for r in order.requests if r.property == name)
