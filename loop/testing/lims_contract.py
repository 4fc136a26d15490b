"""What every adapter to a lab must hold, as tests to inherit.

A plug-in author subclasses `LimsAdapterContract` in a test module, fills in the three methods, and
runs pytest. The contract is what keeps a campaign from losing a result or ordering twice.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from loop.core.lab_ports import LimsAdapter
from loop.core.order import WorkOrder
from loop.core.result import LabResult, Outcome, Poll
from loop.core.units import same_dimension
from loop.errors import RetryableAdapterError

_PATIENCE = 50


class LimsAdapterContract(ABC):
    """Tests of one adapter against one lab, real or rehearsed; every test starts on a fresh lab."""

    @abstractmethod
    def adapter(self) -> LimsAdapter:
        """Return the adapter built anew on the same lab, as after a crash."""

    @abstractmethod
    def orders(self) -> Sequence[WorkOrder]:
        """Return at least two orders that the lab can fulfil, always the same ones."""

    @abstractmethod
    def answer(self, order: WorkOrder) -> None:
        """Make the lab report on an order that it has."""

    def test_the_lab_can_be_used(self) -> None:
        """`check` finds nothing wrong with a lab that works."""
        assert self.adapter().check() == []

    def test_an_order_nobody_placed_is_certainly_not_there(self) -> None:
        """`find` of an unknown id is None, not an error."""
        assert self.adapter().find("nobody-r01-0000000000") is None

    def test_a_placed_order_is_found_by_a_program_started_anew(self) -> None:
        """A crash between the submission and its record is healed by `find`."""
        first, second = self.orders()[:2]
        receipt = patient_submit(self.adapter(), first)
        assert receipt == self.adapter().find(first.order_id)
        assert self.adapter().find(second.order_id) is None

    def test_placing_twice_makes_one_order_where_that_is_promised(self) -> None:
        """`idempotent_submit` means what it says."""
        adapter, order = self.adapter(), self.orders()[0]
        if adapter.capabilities().idempotent_submit:
            first = patient_submit(adapter, order)
            assert patient_submit(self.adapter(), order) == first

    def test_results_come_at_least_once_until_they_are_settled(self) -> None:
        """Reading is not taking: a crash before the record must not lose a result."""
        first, second = self.orders()[:2]
        for order in (first, second):
            patient_submit(self.adapter(), order)
            self.answer(order)
        seen: dict[str, LabResult] = {}
        cursor: str | None = None
        for _ in range(_PATIENCE):
            poll = patient_poll(self.adapter(), cursor, (first, second))
            assert patient_poll(self.adapter(), cursor, (first, second)) == poll
            for batch in poll.batches:
                assert batch.problems == ()
                seen |= {result.result_id: result for result in batch.results}
                self.adapter().settle(batch, ())
                self.adapter().settle(batch, ())
            if not poll.batches:
                break
            cursor = poll.cursor
        else:
            raise AssertionError("settled results come again without end")
        assert {r.order_id for r in seen.values()} == {first.order_id, second.order_id}
        for result in seen.values():
            self._is_in_the_labs_words(result)

    def _is_in_the_labs_words(self, result: LabResult) -> None:
        if result.outcome is not Outcome.MEASURED:
            return
        units = {r.property: r.unit for order in self.orders() for r in order.requests}
        assert same_dimension(result.unit, units[result.property])
        assert result.raw, "keep the cell or field as it was received"

    def test_taking_back_answers_with_yes_or_no(self) -> None:
        """`cancel` of a placed order never raises; True means the lab dropped it."""
        adapter, order = self.adapter(), self.orders()[0]
        patient_submit(adapter, order)
        dropped = adapter.cancel(order, "no time")
        assert dropped in {True, False}
        if dropped:
            assert adapter.capabilities().cancel


def patient_submit(adapter: LimsAdapter, order: WorkOrder) -> object:
    """Place an order over a bad line, as the worker does: find, else submit."""
    for _ in range(_PATIENCE):
        try:
            return adapter.find(order.order_id) or adapter.submit(order)
        except RetryableAdapterError:
            continue
    raise AssertionError(f"the lab did not take {order.order_id} in {_PATIENCE} attempts")


def patient_poll(adapter: LimsAdapter, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
    """Ask for results over a bad line."""
    for _ in range(_PATIENCE):
        try:
            return adapter.poll(cursor, orders)
        except RetryableAdapterError:
            continue
    raise AssertionError(f"the lab did not answer in {_PATIENCE} attempts")
