"""The round machine: only histories that can happen are accepted."""

from datetime import UTC, datetime, timedelta

import pytest

from loop.core import events as e
from loop.core import machine as m
from loop.core.candidate import Candidate, Material
from loop.core.definition import CampaignDefinition
from loop.core.identity import measurement_id, order_id, stage_seed
from loop.core.order import MeasurementRequest, Receipt, WorkOrder
from loop.core.proposal import Origin, ProposalItem
from loop.core.result import Measurement
from loop.core.state import CampaignStatus, OrderStatus, RoundState
from loop.errors import LedgerError

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def definition(**changes) -> CampaignDefinition:
    data = {
        "schema": 1,
        "slug": "film",
        "title": "Film",
        "seed": 1,
        "properties": {"k": {"unit": "W/m/K", "replicates": 1}},
        "objective": {"kind": "maximize", "property": "k"},
        "space": {"material": "columns", "file": "pool.csv", "features": ["x"]},
        "batch": {"size": 2},
        "budget": {"experiments": 4},
        "initial": {"size": 2},
        "lims": {"kind": "worksheet"},
    }
    return CampaignDefinition.model_validate(data | changes)


class History:
    """Builds a history event by event, an hour apart."""

    def __init__(self, **changes) -> None:
        self.events: list[e.Event] = []
        spec = definition(**changes)
        self.add(
            e.CampaignOpened(
                definition=spec,
                definition_digest=spec.digest(),
                pool_digest="p",
                n_candidates=9,
                n_excluded=0,
            )
        )

    def add(self, *bodies: e.EventBody) -> "History":
        for body in bodies:
            seq = len(self.events) + 1
            self.events.append(
                e.Event(
                    campaign="film",
                    seq=seq,
                    command_id=f"c{seq}",
                    actor=e.Actor(name="ada"),
                    time=START + timedelta(hours=seq),
                    versions={},
                    previous_digest="",
                    digest=f"d{seq}",
                    body=body,
                )
            )
        return self

    def state(self):
        return m.fold(self.events)

    def next(self, hours: float = 0.0):
        return m.next_step(self.state(), self.events[-1].time + timedelta(hours=hours))


def candidate(name: str) -> Candidate:
    return Candidate(
        candidate_id=name, material=Material.COLUMNS, structure="", label=name, fields={}
    )


def item(name: str) -> ProposalItem:
    return ProposalItem(
        candidate=candidate(name), position=1, origin=Origin.INITIAL, reason="spread"
    )


def order(name: str, number: int = 1) -> WorkOrder:
    return WorkOrder(
        order_id=order_id("film", number, name),
        campaign="film",
        round_number=number,
        position=1,
        candidate=candidate(name),
        requests=(MeasurementRequest(property="k", unit="W/m/K"),),
    )


def accepted(o: WorkOrder) -> e.OrderAccepted:
    return e.OrderAccepted(receipt=Receipt(order_id=o.order_id, external_id="X"))


def measured(o: WorkOrder, value: float = 1.0) -> e.MeasurementRecorded:
    return e.MeasurementRecorded(
        measurement=Measurement(
            measurement_id=measurement_id(o.order_id, "k", "1"),
            order_id=o.order_id,
            candidate_id=o.candidate.candidate_id,
            property="k",
            value=value,
            received_value=value,
            received_unit="W/m/K",
        )
    )


def proposed(*names: str) -> e.BatchProposed:
    return e.BatchProposed(
        round_number=1,
        seed=1,
        chosen_by="diverse",
        n_considered=9,
        n_unusable=0,
        items=tuple(item(n) for n in names),
    )


def running(**changes) -> tuple[History, WorkOrder, WorkOrder]:
    a, b = order("a"), order("b")
    history = History(**changes).add(
        e.RoundOpened(round_number=1),
        e.ModelSkipped(round_number=1, reason="no data"),
        proposed("a", "b"),
        e.BatchApproved(round_number=1, orders=(a, b)),
        accepted(a),
        accepted(b),
    )
    return history, a, b


def test_the_whole_turn_of_a_round():
    history = History()
    assert history.next() == m.OpenRound(1)
    history.add(e.RoundOpened(round_number=1))
    assert history.next() == m.FitModel(1)
    history.add(e.ModelSkipped(round_number=1, reason="no data"))
    assert history.next() == m.ProposeBatch(1)
    history.add(proposed("a"))
    assert isinstance(history.next(), m.Wait)
    a = order("a")
    history.add(e.BatchApproved(round_number=1, orders=(a,)))
    assert history.next() == m.SubmitOrder(a.order_id)
    history.add(accepted(a))
    assert history.next() == m.PollLab()
    history.add(measured(a))
    assert history.next() == m.CloseRound(1, "all 1 orders ended")
    history.add(
        e.RoundClosed(round_number=1, n_measured=1, n_failed=0, n_outstanding=0, reason="done")
    )
    assert history.next() == m.OpenRound(2)


def test_automatic_approval_needs_no_person():
    history = History(approval="auto").add(
        e.RoundOpened(round_number=1),
        e.ModelSkipped(round_number=1, reason="no data"),
        proposed("a"),
    )
    assert history.next() == m.ApproveBatch(1)


@pytest.mark.parametrize(
    "body",
    [
        e.RoundOpened(round_number=3),
        e.ModelSkipped(round_number=1, reason="there is no round"),
        e.BatchApproved(round_number=1, orders=()),
        accepted(order("z")),
        e.OrderFailed(order_id="nobody", stage="synthesis", reason="x"),
        e.MeasurementWithdrawn(measurement_id="nothing", reason="x"),
        measured(order("z")),
    ],
)
def test_a_fact_about_nothing_is_refused(body):
    with pytest.raises(LedgerError):
        History().add(body).state()


def test_a_round_cannot_be_proposed_twice_out_of_order():
    history = History().add(e.RoundOpened(round_number=1), proposed("a"))
    with pytest.raises(LedgerError, match="cannot go from open to proposed"):
        history.state()


def test_a_gap_in_the_numbers_is_refused():
    history = History().add(e.RoundOpened(round_number=1))
    with pytest.raises(LedgerError, match="event 2 follows version 0|begins with event 2"):
        m.fold(history.events[1:])
    with pytest.raises(LedgerError, match="without events"):
        m.fold([])


def test_a_late_result_after_closing_counts_for_its_order():
    history, a, b = running(closing={"finished_fraction": 0.5})
    history.add(measured(a))
    assert history.next() == m.CloseRound(1, "1 of 2 orders ended, which is enough")
    history.add(
        e.RoundClosed(round_number=1, n_measured=1, n_failed=0, n_outstanding=1, reason="enough"),
        measured(b),
    )
    state = history.state()
    assert state.orders[b.order_id].status is OrderStatus.MEASURED
    assert state.rounds[1].state is RoundState.CLOSED


def test_the_deadline_closes_a_slow_round():
    history, _, _ = running(closing={"deadline_hours": 48})
    assert history.next(hours=1) == m.PollLab()
    assert isinstance(history.next(hours=60), m.CloseRound)


def test_the_budget_ends_the_campaign_only_when_nothing_is_outstanding():
    history, a, b = running(budget={"experiments": 2}, closing={"finished_fraction": 0.5})
    history.add(
        measured(a),
        e.RoundClosed(round_number=1, n_measured=1, n_failed=0, n_outstanding=1, reason="enough"),
    )
    assert history.next() == m.PollLab()
    history.add(e.OrderFailed(order_id=b.order_id, stage="synthesis", reason="tar"))
    assert history.next() == m.CloseCampaign("the budget of 2 experiments is used")


def test_a_cancelled_order_gives_its_money_back():
    history, _, b = running(budget={"experiments": 2})
    history.add(e.OrderCancelled(order_id=b.order_id, reason="no glovebox"))
    assert history.state().n_experiments == 1


def test_withdrawing_the_only_value_voids_the_order_and_a_correction_revives_it():
    history, a, _ = running()
    body = measured(a, 2.0)
    identity = body.measurement.measurement_id
    history.add(body, e.MeasurementWithdrawn(measurement_id=identity, reason="wrong vial"))
    state = history.state()
    assert state.orders[a.order_id].status is OrderStatus.VOID
    assert state.valid_measurements(a.order_id, "k") == []
    history.add(
        e.MeasurementCorrected(
            measurement_id=identity,
            value=3.0,
            received_value=3.0,
            received_unit="W/m/K",
            previous_value=2.0,
            reason="right vial",
        )
    )
    state = history.state()
    assert state.orders[a.order_id].status is OrderStatus.MEASURED
    assert state.measurements[identity].current.value == 3.0
    assert [c.previous_value for c in state.measurements[identity].corrections] == [2.0, 2.0]


def test_pause_resume_close_and_the_closed_campaign_still_listens():
    history, a, b = running()
    assert isinstance(history.add(e.CampaignPaused(reason="holiday")).next(), m.Wait)
    assert history.add(e.CampaignResumed()).next() == m.PollLab()
    assert history.add(e.CampaignClosed(reason="done")).next() == m.PollLab()
    history.add(measured(a), measured(b))
    assert isinstance(history.next(), m.Wait)
    assert history.state().status is CampaignStatus.CLOSED


def test_an_abandoned_round_frees_its_unplaced_orders():
    a, b = order("a"), order("b")
    history = History().add(
        e.RoundOpened(round_number=1),
        e.ModelSkipped(round_number=1, reason="no data"),
        proposed("a", "b"),
        e.BatchApproved(round_number=1, orders=(a, b)),
        e.RoundAbandoned(round_number=1, reason="fire drill"),
    )
    assert history.state().n_experiments == 0
    assert history.next() == m.OpenRound(2)


def test_ids_and_seeds_are_made_from_content():
    assert order_id("film", 1, "a") == order_id("film", 1, "a") != order_id("film", 2, "a")
    assert order_id("film", 1, "a").startswith("film-r01-")
    assert stage_seed(1, 1, "fit") != stage_seed(1, 1, "propose")
    assert 0 <= stage_seed(2**31 - 1, 10**6, "fit") < 2**31


def test_every_state_of_a_round_has_its_line_in_the_table():
    assert set(m.ALLOWED) == set(RoundState)
    assert all(to in RoundState for tos in m.ALLOWED.values() for to in tos)
