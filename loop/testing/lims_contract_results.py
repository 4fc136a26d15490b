"""Results: none is lost, none comes twice, none ends under another order."""

from datetime import UTC, datetime, timedelta

import pytest

from loop.core.result import Outcome
from loop.errors import AdapterError, Problem, RetryableAdapterError
from loop.testing.lab_reader import LabReader, patient_poll
from loop.testing.lims_cases import BenchCases, density, needs, tg


class ResultCases(BenchCases):
    """What keeps a campaign from losing a result, or counting one twice."""

    def test_an_idle_lab_has_nothing_new(self) -> None:
        """Before anybody reports, polls come to an end, and make nothing up."""
        orders, reader = self.placed_and_read(2)
        assert reader.problems == []
        if self.can("report"):
            assert reader.measured == {}
            assert reader.ended == {}
        assert reader.read() == []
        assert self.adapter().find(orders[0].order_id) is not None

    def test_polling_before_anything_is_placed_is_no_error(self) -> None:
        """An empty lab is an empty answer."""
        assert patient_poll(self.adapter(), None, ()).batches == ()

    @needs("report")
    def test_a_value_comes_in_the_words_of_the_lab(self) -> None:
        """Number, unit, repeat and the text as it was entered."""
        (order,) = self.place(1)
        self.bench.report(order.order_id, tg(replicate=2))
        reader = self.reader([order])
        reader.read()
        (result,) = reader.measured.values()
        assert (result.property, result.replicate, result.qualifier) == ("Tg", 2, "=")
        assert reader.values(order.order_id, "Tg") == [371.2]
        assert "371.2" in result.raw, "keep the cell or field as it was received"
        assert result.result_id

    @needs("report")
    def test_who_and_when_come_along_or_stay_empty(self) -> None:
        """Letters outside ASCII survive; a time keeps its instant and has a zone."""
        (order,) = self.place(1)
        when = datetime(2026, 3, 31, 12, 5, tzinfo=UTC)
        answer = tg(operator="Łukasz Ångström 山田", instrument="DSC №3 µW", measured_at=when)
        self.bench.report(order.order_id, answer)
        reader = self.reader([order])
        reader.read()
        (result,) = reader.measured.values()
        assert result.operator in {"", answer.operator}
        assert result.instrument in {"", answer.instrument}
        if result.measured_at is not None:
            assert abs(result.measured_at - when) < timedelta(seconds=1)

    @needs("report")
    def test_repeats_and_properties_are_kept_apart(self) -> None:
        """Two repeats of one property and another property are three results."""
        orders = self.place(2)
        for order in orders:
            self.report_all(order)
        reader = self.reader(orders)
        reader.read()
        for order in orders:
            assert reader.values(order.order_id, "Tg") == [371.2, 372.4]
            assert reader.values(order.order_id, "density") == [1.19]
        assert len(reader.measured) == 6
        repeats = {(r.order_id, r.property, r.replicate) for r in reader.measured.values()}
        assert len(repeats) == 6

    @needs("report")
    def test_results_come_until_they_are_settled(self) -> None:
        """Reading is not taking: a crash before the record must not lose a result."""
        (order,) = self.place(1)
        self.bench.report(order.order_id, tg())
        first = patient_poll(self.adapter(), None, [order])
        again = patient_poll(self.adapter(), None, [order])
        assert first == again
        assert any(result.value for batch in first.batches for result in batch.results)

    @needs("report")
    def test_what_was_recorded_does_not_come_again(self) -> None:
        """From the new cursor on there is silence until the lab does something."""
        orders, reader = self.placed_and_read(2)
        self.bench.report(orders[0].order_id, tg())
        assert reader.read()
        assert reader.read() == []
        self.bench.report(orders[1].order_id, tg())
        assert {order_id for order_id, *_ in _told(reader)} == {orders[1].order_id}

    @needs("report")
    def test_results_come_in_parts(self) -> None:
        """Each repeat and each property may come on a day of its own."""
        (order,), reader = self.placed_and_read()
        seen = []
        for answer in (tg(), density(), tg("372.4", replicate=2)):
            self.bench.report(order.order_id, answer)
            reader.read()
            seen.append(len(reader.measured))
        assert seen == [1, 2, 3]
        assert reader.values(order.order_id, "Tg") == [371.2, 372.4]

    @needs("report", "skew_clock")
    @pytest.mark.parametrize("seconds", [3600.0, -3600.0])
    def test_a_wrong_clock_at_the_lab_loses_and_doubles_nothing(self, seconds: float) -> None:
        """The lab's clock jumps by an hour, as in the last night of October."""
        (order,), reader = self.placed_and_read()
        self.bench.report(order.order_id, tg())
        reader.read()
        self.bench.skew_clock(seconds)
        self.bench.report(order.order_id, tg("372.4", replicate=2))
        reader.read()
        assert reader.values(order.order_id, "Tg") == [371.2, 372.4]
        self.bench.skew_clock(0)
        self.bench.report(order.order_id, density())
        reader.read()
        assert reader.values(order.order_id, "density") == [1.19]
        assert reader.read() == []

    @needs("report")
    def test_an_order_that_becomes_known_later_has_lost_nothing(self) -> None:
        """The reply to a submission was lost, the lab was quick, and another poll came between."""
        first, second = self.place(2)
        reader = self.reader([first])
        for order in (first, second):
            self.bench.report(order.order_id, tg())
        # A folder has one batch per file, which nobody can settle for an order unknown here.
        if self.adapter().capabilities().cursor:
            reader.read()
            assert {r.order_id for r in reader.measured.values()} == {first.order_id}
        reader.orders.append(second)
        reader.read()
        assert reader.values(second.order_id, "Tg") == [371.2]

    @needs("report")
    def test_many_orders_at_once_come_with_their_own_values(self) -> None:
        """Nobody's value ends under another order."""
        orders = self.place(8)
        for number, order in enumerate(orders):
            self.bench.report(order.order_id, tg(f"{300 + number}"))
        reader = self.reader(orders)
        reader.read()
        read = [reader.values(order.order_id, "Tg") for order in orders]
        assert read == [[300.0 + number] for number in range(8)]

    @needs("report")
    def test_a_refused_batch_is_settled_too(self) -> None:
        """What the intake refused stays out of the way until the lab changes it."""
        (order,), reader = self.placed_and_read()
        self.bench.report(order.order_id, tg())
        poll = patient_poll(self.adapter(), reader.cursor, [order])
        why = [Problem("test", "Tg", "371.2", "something else")]
        for batch in poll.batches:
            self.adapter().settle(batch, why)
            self.adapter().settle(batch, why)
        assert patient_poll(self.adapter(), poll.cursor, [order]).batches == ()

    @needs("report")
    def test_a_snapshot_is_of_one_order_and_has_its_namespace(self) -> None:
        """One batch per order, so that one bad value does not hold up the others."""
        orders = self.place(2)
        for order in orders:
            self.bench.report(order.order_id, tg())
        poll = patient_poll(self.adapter(), None, orders)
        tokens = [batch.token for batch in poll.batches]
        assert len(tokens) == len(set(tokens))
        assert all(batch.source and batch.content_digest for batch in poll.batches)
        if self.adapter().capabilities().snapshots:
            assert [
                batch.snapshot_of for batch in poll.batches if len(batch.snapshot_of) != 1
            ] == []
            for batch in poll.batches:
                assert {r.order_id for r in batch.results} <= set(batch.snapshot_of)

    def test_the_cursor_of_another_system_is_refused(self) -> None:
        """A campaign that changed its lab must not go on from a foreign cursor."""
        (order,) = self.place(1)
        if not self.adapter().capabilities().cursor:
            return
        with pytest.raises(AdapterError, match="cursor") as refused:
            self.adapter().poll("§ of another system", [order])
        assert not isinstance(refused.value, RetryableAdapterError), "repeating cannot heal that"

    @needs("report", "end")
    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome.FAILED_SYNTHESIS,
            Outcome.FAILED_MEASUREMENT,
            Outcome.CANCELLED,
            Outcome.NEEDS_FOLLOW_UP,
        ],
    )
    def test_an_end_without_a_value_is_told_with_a_reason(self, outcome: Outcome) -> None:
        """A failed order is data; its neighbour goes on."""
        orders, reader = self.placed_and_read(2)
        self.bench.end(orders[0].order_id, outcome, "the film cracked – schade")
        self.bench.report(orders[1].order_id, tg())
        reader.read()
        assert {r.outcome for r in reader.outcomes(orders[0].order_id)} == {outcome}
        assert all(r.note for r in reader.outcomes(orders[0].order_id))
        assert reader.values(orders[1].order_id, "Tg") == [371.2]
        assert reader.outcomes(orders[1].order_id) == []
        assert reader.read() == []


def _told(reader: LabReader) -> list[tuple[str, str]]:
    return [(r.order_id, r.result_id) for batch in reader.read() for r in batch.results]
