"""Second thoughts: values that the lab edits or withdraws after they were read."""

from loop.testing.lims_cases import BenchCases, needs, tg


class ChangeCases(BenchCases):
    """What keeps a campaign from learning from a value that was taken back."""

    @needs("report", "edit")
    def test_a_late_edit_keeps_its_id_and_comes_once(self) -> None:
        """An edited value is the same result with another number."""
        (order,), reader = self.placed_and_read()
        name = self.bench.report(order.order_id, tg())
        reader.read()
        before = set(reader.measured)
        self.bench.edit(name, tg("365.9"))
        reader.read()
        assert set(reader.measured) == before
        assert reader.values(order.order_id, "Tg") == [365.9]
        assert reader.read() == []

    @needs("report", "edit")
    def test_an_edit_back_to_the_first_value_is_seen_too(self) -> None:
        """Two edits, each read: the last word counts, also when it is the first again."""
        (order,), reader = self.placed_and_read()
        name = self.bench.report(order.order_id, tg())
        reader.read()
        for value in ("365.9", "371.2"):
            self.bench.edit(name, tg(value))
            reader.read()
            assert reader.values(order.order_id, "Tg") == [float(value)]
        assert len(reader.measured) == 1

    @needs("report", "edit")
    def test_of_two_edits_between_two_polls_the_last_counts(self) -> None:
        """What was overwritten before anybody looked is nobody's result."""
        (order,), reader = self.placed_and_read()
        name = self.bench.report(order.order_id, tg())
        self.bench.edit(name, tg("365.9"))
        self.bench.edit(name, tg("368.0"))
        reader.read()
        assert reader.values(order.order_id, "Tg") == [368.0]

    @needs("report", "withdraw")
    def test_a_withdrawn_value_is_gone_and_its_neighbours_are_not(self) -> None:
        """A withdrawal comes once and takes nothing else along."""
        orders, reader = self.placed_and_read(2)
        name = self.bench.report(orders[0].order_id, tg())
        self.bench.report(orders[0].order_id, tg("372.4", replicate=2))
        self.bench.report(orders[1].order_id, tg("300"))
        reader.read()
        self.bench.withdraw(name)
        reader.read()
        assert reader.values(orders[0].order_id, "Tg") == [372.4]
        assert reader.values(orders[1].order_id, "Tg") == [300.0]
        assert reader.problems == []
        assert reader.read() == []

    @needs("report", "withdraw")
    def test_the_only_value_can_be_withdrawn_and_measured_anew(self) -> None:
        """An order without results left is seen as such, and the next result as new."""
        (order,), reader = self.placed_and_read()
        name = self.bench.report(order.order_id, tg())
        reader.read()
        self.bench.withdraw(name)
        reader.read()
        assert reader.values(order.order_id, "Tg") == []
        self.bench.report(order.order_id, tg("369.5"))
        reader.read()
        assert reader.values(order.order_id, "Tg") == [369.5]
