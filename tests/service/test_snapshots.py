"""A lab that shows all it holds of an order is followed, whatever it says in which order."""

from collections import Counter

import hypothesis.strategies as st
import pytest
from hypothesis import given

from loop.core import events as e
from loop.core import machine as m
from loop.core.definition import PluginChoice
from loop.core.identity import measurement_id
from loop.core.order import MeasurementRequest
from loop.core.result import LabResult, Outcome, ResultAttachment, ResultBatch
from loop.core.state import OrderStatus
from loop.core.upgrade import read_body
from loop.errors import StateError
from loop.service.acceptance import file_name
from loop.service.intake import take_in_batch
from loop.service.judging import judge
from loop.service.replaying import chosen
from tests.core.test_machine import History, definition, item, order

LAB = "lab:"


class Lab(History):
    """A campaign with two orders at a lab; each asks for `replicates` values of k."""

    def __init__(self, replicates: int = 1) -> None:
        super().__init__()
        asked = (MeasurementRequest(property="k", unit="W/m/K", replicates=replicates),)
        self.orders = [order(n).model_copy(update={"requests": asked}) for n in ("A", "B")]
        self.add(
            e.RoundOpened(round_number=1),
            e.ModelSkipped(round_number=1, reason="too few"),
            e.BatchProposed(
                round_number=1, seed=1, chosen_by="diverse", n_considered=9, n_unusable=0,
                items=(item("A"), item("B")),
            ),
            e.BatchApproved(round_number=1, orders=tuple(self.orders)),
        )  # fmt: skip
        for o in self.orders:
            self.add(e.OrderAccepted(receipt={"order_id": o.order_id, "external_id": "X"}))

    def says(self, *results: LabResult, of: int = 0) -> list[str]:
        """Take a snapshot of one order in; return the kinds of events it came to."""
        intake = take_in_batch(self.state(), snapshot(self.orders[of].order_id, *results))
        assert intake.problems == []
        self.add(*intake.bodies)
        return [body.kind for body in intake.bodies]

    def value(self, number: int, value: float, of: int = 0, **more) -> LabResult:
        given = {"unit": "W/m/K", "property": "k", "value": value, **more}
        return LabResult(order_id=self.orders[of].order_id, result_id=f"{LAB}{number}", **given)

    def end(self, outcome: Outcome, note: str = "cracked", of: int = 0) -> LabResult:
        return LabResult(
            order_id=self.orders[of].order_id, result_id=f"{LAB}end", outcome=outcome, note=note
        )

    def valid(self, of: int = 0) -> dict[str, float]:
        found = self.state().valid_measurements(self.orders[of].order_id, "k")
        return {x.result_id: x.value for x in found}

    def status(self, of: int = 0) -> OrderStatus:
        return self.state().orders[self.orders[of].order_id].status

    def person(self, number: int, value: float | None, of: int = 0) -> None:
        identity = measurement_id(self.orders[of].order_id, "k", f"{LAB}{number}")
        if value is None:
            self.add(e.MeasurementWithdrawn(measurement_id=identity, reason="vial", by="person"))
            return
        before = self.state().measurements[identity].current.value
        self.add(
            e.MeasurementCorrected(
                measurement_id=identity, value=value, received_value=value,
                received_unit="W/m/K", previous_value=before, reason="misread", by="person",
            )
        )  # fmt: skip


def snapshot(order_id: str, *results: LabResult, **more) -> ResultBatch:
    return ResultBatch(
        token="t", source="the lab", content_digest="d", results=results,
        snapshot_of=(order_id,), namespace=LAB, **more,
    )  # fmt: skip


def test_a_value_that_vanished_is_withdrawn_and_counts_again_when_it_is_back():
    lab = Lab()
    one = lab.value(1, 2.0)
    assert lab.says(one) == ["measurement.recorded"]
    assert lab.status() is OrderStatus.MEASURED
    assert lab.says() == ["measurement.withdrawn"]
    assert lab.events[-1].body.reason == "no longer at the lab (the lab)"
    assert (lab.valid(), lab.status()) == ({}, OrderStatus.ACCEPTED)
    assert lab.says() == []
    assert lab.says(one) == ["measurement.corrected"]
    assert lab.events[-1].body.reason == "back at the lab (the lab)"
    assert (lab.valid(), lab.status()) == ({"lab:1": 2.0}, OrderStatus.MEASURED)


def test_a_then_b_then_a_again_are_two_corrections_with_both_values():
    lab = Lab()
    for value in (1.0, 2.0, 2.0, 1.0, 1.0):
        lab.says(lab.value(1, value))
    changes = [x.body for x in lab.events if x.body.kind == "measurement.corrected"]
    assert [(c.previous_value, c.value, c.by) for c in changes] == [
        (1.0, 2.0, "lab"), (2.0, 1.0, "lab"),
    ]  # fmt: skip


def test_a_spread_or_a_limit_that_changed_is_a_correction_too():
    lab = Lab()
    lab.says(lab.value(1, 1.0))
    assert lab.says(lab.value(1, 1.0, sd=0.1)) == ["measurement.corrected"]
    assert lab.says(lab.value(1, 1.0, sd=0.1, qualifier="<")) == ["measurement.corrected"]
    assert lab.says(lab.value(1, 1000.0, sd=100.0, qualifier="<", unit="mW/m/K")) == []


def test_a_persons_correction_stands_while_the_lab_repeats_itself():
    lab = Lab()
    lab.says(lab.value(1, 1.0))
    lab.person(1, 5.0)
    assert lab.says(lab.value(1, 1.0)) == []
    assert lab.valid() == {"lab:1": 5.0}
    assert lab.says(lab.value(1, 2.0)) == ["measurement.corrected"]
    assert lab.valid() == {"lab:1": 2.0}
    lab.person(1, None)
    assert lab.says(lab.value(1, 2.0)) == []
    assert lab.valid() == {}
    assert lab.status() is OrderStatus.VOID


def test_the_lab_that_comes_round_to_a_persons_value_may_leave_it_again():
    lab = Lab()
    lab.says(lab.value(1, 1.0))
    lab.person(1, 5.0)
    assert lab.says(lab.value(1, 5.0)) == ["measurement.corrected"]
    assert lab.says(lab.value(1, 1.0)) == ["measurement.corrected"]
    assert lab.valid() == {"lab:1": 1.0}


def test_a_snapshot_withdraws_nothing_that_somebody_else_reported():
    lab = Lab(replicates=2)
    own = LabResult(
        order_id=lab.orders[0].order_id, result_id="form/1", property="k", value=3.0, unit="W/m/K"
    )
    typed = ResultBatch(token="f", source="form", content_digest="f", results=(own,))
    lab.add(*take_in_batch(lab.state(), typed).bodies)
    lab.says(lab.value(1, 2.0))
    assert lab.says() == ["measurement.withdrawn"]
    assert lab.valid() == {"form/1": 3.0}


def test_a_failed_order_that_is_measured_after_all_follows_the_lab_and_back():
    lab = Lab(replicates=2)
    failed = lab.end(Outcome.FAILED_MEASUREMENT)
    assert lab.says(failed) == ["order.failed"]
    assert lab.says(failed) == []
    assert lab.says(lab.value(1, 1.0)) == ["order.reopened", "measurement.recorded"]
    assert lab.status() is OrderStatus.ACCEPTED
    both = (lab.value(1, 1.0), lab.value(2, 1.1))
    lab.says(*both)
    assert lab.status() is OrderStatus.MEASURED
    assert lab.says(failed) == ["measurement.withdrawn"] * 2 + ["order.failed"]
    assert (lab.status(), lab.valid()) == (OrderStatus.FAILED, {})
    assert lab.says(lab.end(Outcome.FAILED_SYNTHESIS)) == ["order.failed"]
    assert lab.says(lab.end(Outcome.CANCELLED)) == ["order.cancelled"]
    assert lab.says(*both)[0] == "order.reopened"
    assert lab.status() is OrderStatus.MEASURED


def test_what_we_cancelled_is_not_opened_again_by_a_lab_that_went_on():
    lab = Lab()
    lab.add(e.OrderCancelled(order_id=lab.orders[0].order_id, reason="no time"))
    assert lab.says() == []
    assert lab.status() is OrderStatus.CANCELLED


def test_a_failure_beside_all_the_values_is_a_question_for_a_person():
    lab = Lab()
    batch = snapshot(lab.orders[0].order_id, lab.value(1, 1.0), lab.end(Outcome.FAILED_SYNTHESIS))
    problems = take_in_batch(lab.state(), batch).problems
    assert [p.value for p in problems] == ["failed in synthesis"]


def test_a_flag_is_raised_once_and_lowered_when_the_lab_says_so():
    lab = Lab()
    ask = lab.end(Outcome.NEEDS_FOLLOW_UP, "status 'Q' is unknown")
    assert lab.says(ask, ask) == ["order.flagged"]
    assert lab.says(ask) == []
    assert lab.says() == ["order.unflagged"]
    assert lab.state().orders[lab.orders[0].order_id].flag == ""


def test_an_order_of_nobody_is_a_problem_whether_it_has_values_or_not():
    lab = Lab()
    (problem,) = take_in_batch(lab.state(), snapshot("film-r09-x")).problems
    assert problem.value == "film-r09-x"


def test_files_that_come_later_are_announced_once():
    lab = Lab()
    lab.says(lab.value(1, 1.0))
    curve = ResultAttachment(name="../../etc/curve.csv", reference="7", digest="AB")
    assert lab.says(lab.value(1, 1.0, attachments=(curve,))) == ["measurement.attached"]
    assert lab.says(lab.value(1, 1.0, attachments=(curve,))) == []
    (file,) = next(iter(lab.state().measurements.values())).current.files
    assert (file.name, file.expected, file.digest) == ("curve.csv", "ab", "")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\data\\run 7.csv", "run 7.csv"), ("/", "file"), ("..", "file"), ("a\x00b\n.txt", "ab.txt"),
        ("<script>.html", "script.html"), ("Über µ.pdf", "Über µ.pdf"), (".bashrc", "bashrc"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"), ("x" * 300, "x" * 120),
    ],
)  # fmt: skip
def test_names_of_files_are_for_people_and_lead_nowhere(given, kept):
    assert file_name(given) == kept


SNAPSHOTS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.one_of(
            st.dictionaries(st.integers(1, 3), st.sampled_from([1.0, 2.0, 3.5]), max_size=3),
            st.sampled_from(
                [Outcome.FAILED_SYNTHESIS, Outcome.FAILED_MEASUREMENT, Outcome.CANCELLED,
                 Outcome.NEEDS_FOLLOW_UP]
            ),
        ),
    ),
    max_size=12,
)  # fmt: skip


@given(SNAPSHOTS)
def test_after_any_snapshots_what_counts_is_the_last_one(said):
    lab = Lab(replicates=2)
    last = [{}, {}]
    ended = [None, None]
    for of, what in said:
        if isinstance(what, Outcome):
            lab.says(lab.end(what, of=of), of=of)
            last[of], ended[of] = {}, what
        else:
            lab.says(*(lab.value(n, v, of=of) for n, v in what.items()), of=of)
            last[of], ended[of] = what, None
        assert lab.valid(of) == {f"{LAB}{n}": v for n, v in last[of].items()}
    for of in (0, 1):
        known = [lab.value(n, v, of=of) for n, v in last[of].items()]
        known += [lab.end(ended[of], of=of)] if ended[of] else []
        assert lab.says(*known, of=of) == []
        wanted = {
            Outcome.FAILED_SYNTHESIS: OrderStatus.FAILED,
            Outcome.FAILED_MEASUREMENT: OrderStatus.FAILED,
            Outcome.CANCELLED: OrderStatus.CANCELLED,
        }.get(ended[of], OrderStatus.MEASURED if len(last[of]) >= 2 else OrderStatus.ACCEPTED)
        assert lab.status(of) is wanted
    recorded = Counter(
        x.body.measurement.measurement_id
        for x in lab.events
        if x.body.kind == "measurement.recorded"
    )
    assert set(recorded.values()) <= {1}
    assert m.fold(lab.events) == m.fold(lab.events)


def test_of_two_snapshots_in_one_poll_the_later_is_the_word():
    lab = Lab()
    first, second = (snapshot(lab.orders[0].order_id, lab.value(1, v)) for v in (1.0, 2.0))
    verdicts = judge(lab.state(), [first, second])
    assert verdicts[0].bodies == ()
    assert [b.measurement.value for b in verdicts[1].bodies] == [2.0]


def test_what_was_refused_is_settled_by_the_labs_next_word():
    lab = Lab()
    wrong = snapshot(lab.orders[0].order_id, lab.value(1, 1.0, unit="K"))
    (verdict,) = judge(lab.state(), [wrong])
    lab.add(*verdict.bodies)
    assert ResultBatch.model_validate_json(verdict.kept) == wrong
    assert judge(lab.state(), [wrong])[0].bodies == ()
    worse = snapshot(lab.orders[0].order_id, lab.value(1, 1.0, unit="m"))
    worse = worse.model_copy(update={"content_digest": "e"})
    lab.add(*judge(lab.state(), [worse])[0].bodies)
    assert [r.content_digest for r in lab.state().open_refusals()] == ["e"]
    right = snapshot(lab.orders[0].order_id, lab.value(1, 1.0))
    lab.add(*judge(lab.state(), [right])[0].bodies)
    assert lab.state().open_refusals() == []
    assert "newer word" in lab.state().refusals[0].settled


def test_another_reading_of_the_lab_reads_from_the_beginning():
    lab = Lab()
    lab.add(e.LabPolled(cursor="9"))
    new = definition(lims=PluginChoice(kind="worksheet", settle_seconds=1))
    lab.add(
        e.CampaignAmended(
            definition=new, definition_digest="x", changes={"lims": "…"}, reason="moved"
        )
    )
    assert lab.state().cursor is None


def test_refusals_of_an_earlier_release_are_read_without_a_copy():
    lab = Lab()
    old = {
        "kind": "results.refused", "schema_version": 1, "source": "june.xlsx",
        "content_digest": "aa", "problems": [
            {"source": "june.xlsx", "place": "row 2", "value": "x", "expected": "a number"}
        ],
    }  # fmt: skip
    lab.add(read_body(old))
    (refusal,) = lab.state().refusals
    assert (refusal.artifact, refusal.settled) == ("", "")
    with pytest.raises(StateError, match="kept no copy"):
        chosen(lab.state(), "aa")
    assert chosen(lab.state(), "") == []


def test_corrections_of_an_earlier_release_are_the_word_of_whoever_wrote_them():
    lab = Lab()
    lab.says(lab.value(1, 1.0))
    identity = measurement_id(lab.orders[0].order_id, "k", f"{LAB}1")
    old = {
        "kind": "measurement.corrected", "schema_version": 1, "measurement_id": identity,
        "value": 2.0, "received_value": 2.0, "received_unit": "W/m/K", "previous_value": 1.0,
        "reason": "misread",
    }  # fmt: skip
    lab.add(read_body(old))
    record = lab.state().measurements[identity]
    assert (record.current.value, record.lab.value) == (2.0, 1.0)
    spoken = lab.events[-1].model_copy(update={"actor": e.Actor(name="lab", kind="lab")})
    lab.events[-1] = spoken
    assert lab.state().measurements[identity].lab.value == 2.0


def test_filing_is_tried_again_after_a_pause_and_not_for_ever():
    lab = Lab()
    wished = definition(lab={"annotate": True})
    lab.events[0] = lab.events[0].model_copy(
        update={"body": lab.events[0].body.model_copy(update={"definition": wished})}
    )
    first, second = (o.order_id for o in lab.orders)
    assert lab.next() == m.DocumentOrder(first)
    lab.add(e.OrderDocumented(order_id=first, filed=("annotation",)))
    assert lab.next(1) == m.DocumentOrder(second)
    for _ in range(m.FILING_ATTEMPTS):
        assert lab.next(1) == m.DocumentOrder(second)
        lab.add(e.OrderDocumented(order_id=second, problem="500"))
        assert lab.next() == m.PollLab()
    assert lab.next(1000) == m.PollLab()
