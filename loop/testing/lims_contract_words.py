"""What people type: units, numbers, status words. Nothing is guessed, nothing swallowed."""

from collections.abc import Sequence

import pytest

from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.lab_bench import LabAnswer, LabRefusedError
from loop.testing.lab_reader import LabReader
from loop.testing.lims_cases import BenchCases, density, needs, tg

_NEIGHBOUR = 1.19


class WordCases(BenchCases):
    """What keeps nonsense out of the model while good values beside it come in."""

    def _read_beside_a_good_one(self, answer: LabAnswer) -> tuple[WorkOrder, LabReader, bool]:
        """Enter `answer` for one order and a good value for its neighbour, and read both."""
        orders: Sequence[WorkOrder] = self.place(2)
        try:
            self.bench.report(orders[0].order_id, answer)
            entered = True
        except LabRefusedError:
            entered = False
        self.bench.report(orders[1].order_id, density())
        reader = self.reader(orders)
        reader.read()
        assert reader.values(orders[1].order_id, "density") == [_NEIGHBOUR]
        return orders[0], reader, entered

    def _is_shown_to_a_person(self, answer: LabAnswer) -> None:
        order, reader, entered = self._read_beside_a_good_one(answer)
        assert reader.values(order.order_id, "Tg") == []
        assert bool(reader.problems) == entered, [str(p) for p in reader.problems]
        for problem in reader.problems:
            assert problem.source
            assert problem.expected
            shown = f"{problem.source} {problem.place} {problem.value}"
            assert answer.value in shown or (answer.unit and answer.unit in shown), shown
        assert reader.read() == []

    @needs("report", "unit")
    @pytest.mark.parametrize(
        ("value", "unit"),
        [("371.2", "furlong/fortnight/blob"), ("371.2", "MPa"), ("371.2", "")],
        ids=["unknown unit", "unit of another dimension", "forgotten unit"],
    )
    def test_a_unit_that_cannot_be_right_is_shown_to_a_person(self, value: str, unit: str) -> None:
        """No unit is guessed, and the neighbour's result still comes."""
        self._is_shown_to_a_person(tg(value, unit))

    @needs("report")
    @pytest.mark.parametrize("text", ["n.d.", "see notebook 4", "371,2", "1,234", "3.7.1"])
    def test_a_text_that_is_no_number_is_never_a_value(self, text: str) -> None:
        """Words, a decimal comma where points are written, digits in doubtful groups."""
        order, reader, entered = self._read_beside_a_good_one(tg(text))
        assert reader.values(order.order_id, "Tg") == []
        # Labs have marks for "not determined" that say nothing went wrong; the rest is a problem.
        if entered and text != "n.d.":
            assert any(text in str(problem) for problem in reader.problems)

    @needs("report")
    def test_a_forgotten_value_is_never_a_zero(self) -> None:
        """An empty field is no result; that it is open may be told or not."""
        order, reader, _ = self._read_beside_a_good_one(tg(""))
        assert reader.values(order.order_id, "Tg") == []

    @needs("report", "edit")
    def test_a_bad_value_that_was_mended_comes(self) -> None:
        """The lab corrects what we complained of."""
        (order,), reader = self.placed_and_read()
        try:
            name = self.bench.report(order.order_id, tg("see notebook 4"))
        except LabRefusedError:
            name = self.bench.report(order.order_id, tg("99"))
        reader.read()
        self.bench.edit(name, tg("371.2"))
        reader.read()
        assert reader.values(order.order_id, "Tg") == [371.2]

    @needs("report")
    @pytest.mark.parametrize(("text", "sign"), [("<320", "<"), ("> 480", ">")])
    def test_a_limit_is_a_limit(self, text: str, sign: str) -> None:
        """A value below or above what the instrument can see."""
        order, reader, entered = self._read_beside_a_good_one(tg(text))
        limits = [r.qualifier for r in reader.measured.values() if r.order_id == order.order_id]
        assert limits == ([sign] if entered else [])

    @needs("report", "unit")
    @pytest.mark.parametrize(
        ("answer", "name", "value"),
        [
            (LabAnswer("Tg", "98.05", "degC"), "Tg", 371.2),
            (LabAnswer("density", "1190", "kg/m**3"), "density", 1.19),
        ],
        ids=["degrees Celsius", "kilogram per cubic metre"],
    )
    def test_another_unit_of_the_same_dimension_is_kept_with_its_value(
        self, answer: LabAnswer, name: str, value: float
    ) -> None:
        """The lab measures in its own units; we convert, once, at the door."""
        order, reader, entered = self._read_beside_a_good_one(answer)
        assert entered
        assert reader.values(order.order_id, name) == [value]
        assert reader.problems == []

    @needs("set_status", "report")
    def test_an_unknown_status_word_is_shown_to_a_person(self) -> None:
        """A word that nobody mapped is never taken for "measured" or "failed"."""
        orders, reader = self.placed_and_read(2)
        try:
            self.bench.set_status(orders[0].order_id, "in quarantine")
        except LabRefusedError:
            return
        self.bench.report(orders[1].order_id, density())
        reader.read()
        ended = reader.outcomes(orders[0].order_id)
        told = [r.note for r in ended] + [str(p) for p in reader.problems]
        assert {r.outcome for r in ended} <= {Outcome.NEEDS_FOLLOW_UP}
        assert any("in quarantine" in text for text in told)
        assert reader.values(orders[1].order_id, "density") == [_NEIGHBOUR]
        assert reader.read() == []
