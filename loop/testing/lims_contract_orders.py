"""Orders: placed once, found exactly, taken back without harm."""

import difflib
from concurrent.futures import ThreadPoolExecutor

import pytest

from loop.core.lab_ports import KeepsInventory
from loop.core.result import Outcome
from loop.testing.lab_reader import patient_poll, patient_submit
from loop.testing.lims_cases import BenchCases, density, needs, tg

_SHARED = 0.5


class OrderCases(BenchCases):
    """What keeps a campaign from ordering twice, or believing in an order that is not there."""

    def test_a_good_lab_can_be_used(self) -> None:
        """`check` finds nothing wrong with a lab that works, and changes nothing there."""
        order = self.bench.orders(1)[0]
        assert self.adapter().check() == []
        assert self.bench.samples(order.order_id) == 0
        assert self.adapter().find(order.order_id) is None

    @needs("adapter_with_wrong_mapping")
    def test_a_typing_error_in_the_mapping_is_named_with_what_was_meant(self) -> None:
        """`check` shows the wrong name, and a name that is near."""
        problems = self.bench.adapter_with_wrong_mapping().check()
        assert problems, "check must hold the mapping against the live system"
        for problem in problems:
            match = difflib.SequenceMatcher(None, problem.value, problem.expected)
            shared = match.find_longest_match().size
            if problem.value and shared >= _SHARED * (len(problem.value) - 1):
                return
        raise AssertionError(f"no problem shows a near match: {[str(p) for p in problems]}")

    def test_the_pace_is_one_that_the_worker_knows(self) -> None:
        """`Capabilities.pace` decides whether the worker polls on at once."""
        assert self.adapter().capabilities().pace in {"instant", "waits"}

    def test_an_order_nobody_placed_is_certainly_not_there(self) -> None:
        """`find` of an unknown id is None, not an error."""
        assert self.adapter().find("nobody-r01-0000000000") is None

    def test_a_placed_order_is_found_by_a_program_started_anew(self) -> None:
        """A crash between the submission and its record is healed by `find`."""
        first, second = self.bench.orders(2)[:2]
        receipt = patient_submit(self.adapter(), first)
        assert receipt.order_id == first.order_id
        assert receipt.external_id
        assert receipt == self.adapter().find(first.order_id)
        assert self.adapter().find(second.order_id) is None

    def test_an_id_is_searched_as_a_whole(self) -> None:
        """A search for a part, a pattern or a longer id finds nothing."""
        (order,) = self.place(1)
        whole = order.order_id
        for other in (whole[:-1], whole + "0", whole[1:], whole[:-1] + "_", whole[:-1] + "%"):
            assert self.adapter().find(other) is None, other

    def test_placing_again_after_looking_makes_no_second_order(self) -> None:
        """Find, else submit: the worker may come by as often as it likes."""
        order = self.bench.orders(1)[0]
        receipts = {patient_submit(self.adapter(), order) for _ in range(3)}
        assert len(receipts) == 1
        assert self.bench.samples(order.order_id) == 1

    def test_placing_blindly_twice_makes_one_order_where_that_is_promised(self) -> None:
        """`idempotent_submit` means what it says; a lab without it is never called so."""
        adapter, order = self.adapter(), self.bench.orders(1)[0]
        first = patient_submit(adapter, order)
        if adapter.capabilities().idempotent_submit:
            assert self.adapter().submit(order) == first
            assert self.bench.samples(order.order_id) == 1
        assert self.adapter().find(order.order_id) == first

    def test_every_order_has_a_name_of_its_own_at_the_lab(self) -> None:
        """Two orders never share a sample."""
        orders = self.place(4)
        found = [self.adapter().find(order.order_id) for order in orders]
        assert [receipt and receipt.order_id for receipt in found] == [o.order_id for o in orders]
        assert len({receipt.external_id for receipt in found if receipt}) == len(orders)

    @needs("place_by_hand")
    def test_of_two_samples_of_one_order_the_oldest_is_the_order(self) -> None:
        """Somebody copied a sample; ours stays ours."""
        (order,) = self.place(1)
        first = self.adapter().find(order.order_id)
        self.bench.place_by_hand(order)
        assert self.bench.samples(order.order_id) == 2
        assert self.adapter().find(order.order_id) == first
        assert patient_submit(self.adapter(), order) == first

    @needs("place_by_hand", "report")
    def test_a_second_sample_does_not_double_a_result(self) -> None:
        """A copy of the sample is no replicate."""
        (order,) = self.place(1)
        self.bench.report(order.order_id, tg())
        self.bench.place_by_hand(order)
        reader = self.reader([order])
        reader.read()
        assert reader.values(order.order_id, "Tg") == [371.2]

    @needs("place_by_hand", "report")
    def test_a_strangers_sample_breaks_nothing(self) -> None:
        """A sample with an order id that the campaign does not know is none of ours."""
        orders = self.place(2)
        stranger = self.bench.orders(3)[2]
        self.bench.place_by_hand(stranger)
        self.bench.report(stranger.order_id, density())
        self.bench.report(orders[0].order_id, tg())
        reader = self.reader(orders)
        reader.read()
        assert reader.values(orders[0].order_id, "Tg") == [371.2]
        assert reader.problems == []
        assert {r.order_id for r in reader.measured.values()} == {orders[0].order_id}

    @needs("delete", "report")
    def test_a_deleted_sample_is_gone_and_its_neighbour_is_not(self) -> None:
        """`find` says None, and polling goes on."""
        orders, reader = self.placed_and_read(2)
        self.bench.delete(orders[0].order_id)
        self.bench.report(orders[1].order_id, tg())
        assert self.adapter().find(orders[0].order_id) is None
        reader.read()
        assert reader.values(orders[1].order_id, "Tg") == [371.2]

    @needs("delete", "report")
    def test_what_was_measured_on_a_deleted_sample_stands_until_a_person_looks(self) -> None:
        """A sample may be gone by mistake: at most the order is flagged, and nothing withdrawn."""
        orders, reader = self.placed_and_read(2)
        self.bench.report(orders[0].order_id, tg())
        reader.read()
        self.bench.delete(orders[0].order_id)
        reader.read()
        assert reader.values(orders[0].order_id, "Tg") == [371.2]
        told = {result.outcome for result in reader.outcomes(orders[0].order_id)}
        assert told <= {Outcome.NEEDS_FOLLOW_UP}
        assert reader.outcomes(orders[1].order_id) == []
        assert reader.read() == []

    def test_two_workers_at_once_agree(self) -> None:
        """After a race both programs see one and the same order, and the same poll."""
        orders = self.bench.orders(3)[:3]
        with ThreadPoolExecutor(2) as workers:
            list(workers.map(lambda o: patient_submit(self.adapter(), o), [*orders, *orders]))
            for order in orders:
                finds = [workers.submit(self.adapter().find, order.order_id) for _ in range(2)]
                first, second = (found.result() for found in finds)
                assert first is not None
                assert first == second
            polls = [workers.submit(patient_poll, self.adapter(), None, orders) for _ in range(2)]
            assert polls[0].result() == polls[1].result()
        if self.adapter().capabilities().idempotent_submit:
            assert [self.bench.samples(o.order_id) for o in orders] == [1, 1, 1]

    def test_taking_back_answers_with_yes_or_no(self) -> None:
        """`cancel` of a placed order never raises; True means the lab dropped it."""
        adapter, (order,) = self.adapter(), self.place(1)
        dropped = adapter.cancel(order, "no time")
        assert dropped in {True, False}
        if dropped:
            assert adapter.capabilities().cancel
        assert self.adapter().cancel(order, "still no time") in {True, False}
        reader = self.reader([order])
        reader.read()
        assert reader.problems == []
        assert {r.outcome for r in reader.outcomes(order.order_id)} <= {Outcome.CANCELLED}

    def test_taking_back_what_the_lab_never_had_does_no_harm(self) -> None:
        """An order that was queued here and is cancelled before it was placed."""
        first, second = self.bench.orders(2)[:2]
        patient_submit(self.adapter(), first)
        assert self.adapter().cancel(second, "never placed") in {True, False}
        assert self.adapter().find(first.order_id) is not None

    @needs("report")
    def test_taking_back_a_measured_order_loses_nothing(self) -> None:
        """A lab that knows its results says no; the results stay in any case."""
        (order,) = self.place(1)
        self.report_all(order)
        dropped = self.adapter().cancel(order, "too late")
        if self.can("inventory"):
            assert dropped is False
        reader = self.reader([order])
        reader.read()
        assert reader.values(order.order_id, "Tg") == [371.2, 372.4]

    @needs("report")
    @pytest.mark.slow
    def test_long_lists_are_read_to_their_end(self) -> None:
        """Every order of many is found, and what was told of some is read."""
        orders = self.bench.orders(self.bench.many)
        assert len({order.order_id for order in orders}) == self.bench.many
        by_hand = self.can("place_by_hand")
        for order in orders:
            if by_hand:
                self.bench.place_by_hand(order)
            else:
                patient_submit(self.adapter(), order)
        told = [orders[0], orders[len(orders) // 2], orders[-1]]
        for number, order in enumerate(told):
            self.bench.report(order.order_id, tg(f"{400 + number}"))
        for order in told:
            found = self.adapter().find(order.order_id)
            assert found is not None
            assert found.order_id == order.order_id
        reader = self.reader(orders)
        reader.read()
        read = [reader.values(order.order_id, "Tg") for order in told]
        assert read == [[400.0], [401.0], [402.0]]
        adapter = self.adapter()
        if isinstance(adapter, KeepsInventory):
            held = {remote.order_id for remote in adapter.inventory(orders)}
            assert held >= {order.order_id for order in orders}
