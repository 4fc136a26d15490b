"""The words of the core refuse what they do not mean."""

import numpy as np
import pytest
from pydantic import ValidationError

from loop.core import events as e
from loop.core import machine as m
from loop.core.objective import Maximize, Minimize, Property, TargetRange
from loop.core.result import LabResult
from loop.core.upgrade import UPGRADES, read_body
from loop.errors import LedgerError, Problem
from tests.core.test_machine import START, History, definition, running


@pytest.mark.parametrize(
    ("objective", "utility", "words"),
    [
        (Maximize(property="k"), [1.0, 3.0, 6.0], "maximize k"),
        (Minimize(property="k"), [-1.0, -3.0, -6.0], "minimize k"),
        (TargetRange(property="k", low=2, high=4), [-1.0, 0.0, -2.0], "bring k between 2 and 4"),
    ],
)
def test_larger_is_better_after_the_sign_is_turned(objective, utility, words):
    np.testing.assert_array_equal(objective.signed(np.array([1.0, 3.0, 6.0])), utility)
    assert objective.in_words() == words


def test_a_range_upside_down_is_refused():
    with pytest.raises(ValidationError, match="low must be below high"):
        TargetRange(property="k", low=4, high=2)


def test_noise_is_absolute_or_relative():
    assert Property(unit="MPa", noise_sd=0.5).noise_at(-40.0) == 0.5
    assert Property(unit="MPa", noise_relative=0.1).noise_at(-40.0) == pytest.approx(4.0)
    assert Property(unit="MPa").noise_at(1.0) is None


def test_a_measured_result_needs_property_and_value():
    with pytest.raises(ValidationError, match="needs a property and a value"):
        LabResult(order_id="o", result_id="1", value=1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"initial": {"size": 5}}, "initial.size of at most budget.experiments, 4; it is 5"),
        ({"batch": {"size": 5}}, "batch.size of at most budget.experiments, 4; it is 5"),
        ({"objective": {"kind": "maximize", "property": "z"}}, "none of the properties: k"),
        ({"space": {"material": "composition", "file": "p.csv", "forbid": [{"smarts": "C", "reason": "r"}]}},
         "molecules and polymers only"),
    ],
)  # fmt: skip
def test_a_definition_that_contradicts_itself(change, message):
    with pytest.raises(ValidationError, match=message):
        definition(**change)


def test_the_health_of_the_lab_and_refusals_are_remembered():
    history, _, _ = running()
    history.add(
        e.LabUnreachable(during="asking for results", reason="time-out"),
        e.ResultsRefused(
            source="a.csv", content_digest="d", problems=(Problem("a.csv", "row 2", "x", "y"),)
        ),
        e.CommentAdded(text="hm"),
        e.LabPolled(cursor="7"),
    )
    state = history.state()
    assert state.lab_trouble == "asking for results: time-out"
    assert (state.refusals[0].source, state.comments[0].text, state.cursor) == ("a.csv", "hm", "7")
    assert history.add(e.LabReachable()).state().lab_trouble == ""
    changed = definition(title="Other")
    history.add(
        e.CampaignAmended(
            definition=changed, definition_digest=changed.digest(), changes={}, reason="r"
        )
    )
    assert history.state().definition.title == "Other"


def test_a_history_that_cannot_be():
    history = History()
    again = history.events[0].model_copy(update={"seq": 2})
    with pytest.raises(LedgerError, match="opened twice, at event 2"):
        m.fold([history.events[0], again])
    late = History().add(e.RoundOpened(round_number=1)).events
    gap = late[1].model_copy(update={"seq": 3})
    with pytest.raises(LedgerError, match="event 3 follows version 1"):
        m.fold([late[0], gap])
    with pytest.raises(LedgerError, match="no measurement 'nothing'"):
        running()[0].add(e.MeasurementWithdrawn(measurement_id="nothing", reason="r")).state()


def test_an_approved_round_without_orders_is_a_broken_history():
    history = History().add(
        e.RoundOpened(round_number=1),
        e.ModelSkipped(round_number=1, reason="no data"),
        e.BatchProposed(
            round_number=1, seed=1, chosen_by="d", n_considered=1, n_unusable=0, items=()
        ),
        e.BatchApproved(round_number=1, orders=()),
    )
    with pytest.raises(LedgerError, match="has no order to place"):
        m.next_step(history.state(), START)


def test_the_budget_of_rounds_ends_the_campaign():
    history, a, b = running(budget={"experiments": 4, "rounds": 1})
    history.add(
        e.OrderFailed(order_id=a.order_id, stage="synthesis", reason="tar"),
        e.OrderFailed(order_id=b.order_id, stage="measurement", reason="cracked"),
    )
    history.add(
        e.RoundClosed(round_number=1, n_measured=0, n_failed=2, n_outstanding=0, reason="done")
    )
    assert history.next() == m.CloseCampaign("the budget of 1 rounds is used")


def test_an_old_event_is_upgraded_step_by_step(monkeypatch):
    monkeypatch.setattr(
        "loop.core.upgrade.UPGRADES",
        {
            ("comment.added", 0): lambda old: {
                "kind": "comment.added",
                "text": old["remark"],
                "schema_version": 1,
            }
        },
    )
    body = read_body({"kind": "comment.added", "schema_version": 0, "remark": "hello"})
    assert body == e.CommentAdded(text="hello")
    assert UPGRADES == {}
