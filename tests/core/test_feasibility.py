"""What orders say of which candidates can be made."""

from datetime import UTC, datetime

import pytest

from loop.core.candidate import Candidate
from loop.core.feasibility import feasibility_labels
from loop.core.order import MeasurementRequest, WorkOrder
from loop.core.result import Measurement
from loop.core.state import CampaignState, MeasurementRecord, OrderRecord, OrderStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)
UNMADE: list[tuple[str, OrderStatus, str | None]] = [
    ("synthesis failed", OrderStatus.FAILED, "synthesis"),
    ("measurement failed", OrderStatus.FAILED, "measurement"),
    ("refused at the door", OrderStatus.FAILED, "submission"),
    ("cancelled", OrderStatus.CANCELLED, None),
    ("running", OrderStatus.ACCEPTED, None),
    ("queued", OrderStatus.QUEUED, None),
]


def state(orders, measured=()):
    records = {}
    for number, (candidate, status, stage) in enumerate(orders):
        order = WorkOrder(
            order_id=f"o{number}",
            campaign="c",
            round_number=1,
            position=1,
            candidate=Candidate(
                candidate_id=candidate, material="columns", label=candidate, structure="", fields={}
            ),
            requests=(MeasurementRequest(property="p", unit="K"),),
        )
        records[order.order_id] = OrderRecord(order, status, failure_stage=stage)
    values = {
        f"m{number}": MeasurementRecord(value, value, NOW, "lab", 1, withdrawn=withdrawn)
        for number, withdrawn in measured
        for value in [
            Measurement(
                measurement_id=f"m{number}",
                order_id=f"o{number}",
                candidate_id=orders[number][0],
                property="p",
                value=1.0,
                received_value=1.0,
                received_unit="K",
            )
        ]
    }
    return CampaignState("c", None, "", 9, 0, {}, NOW, orders=records, measurements=values)


@pytest.mark.parametrize(
    ("strict", "expected"),
    [
        (False, {"synthesis failed": 0, "measurement failed": 1}),
        (True, {"synthesis failed": 0, "measurement failed": 0}),
    ],
)
def test_only_a_failed_synthesis_is_a_failure_unless_the_campaign_says_more(strict, expected):
    found = feasibility_labels(state(UNMADE), measurement_failures=strict)
    assert dict(zip(found.candidate_ids, found.labels.tolist(), strict=True)) == expected
    assert found.candidate_ids == tuple(sorted(found.candidate_ids))


def test_a_value_means_that_it_was_made_even_when_it_is_withdrawn_or_not_all_are_there():
    orders = [
        ("measured", OrderStatus.MEASURED, None),
        ("withdrawn", OrderStatus.VOID, None),
        ("half measured", OrderStatus.ACCEPTED, None),
        ("failed after a value", OrderStatus.FAILED, "synthesis"),
    ]
    values = [(0, False), (1, True), (2, False), (3, False)]
    found = feasibility_labels(state(orders, values))
    assert found.labels.tolist() == [1, 1, 1, 1]
    assert (found.n_made, found.n_failed) == (4, 0)


def test_what_was_made_once_can_be_made_in_whatever_order_it_came():
    failed, made = ("x", OrderStatus.FAILED, "synthesis"), ("x", OrderStatus.MEASURED, None)
    assert feasibility_labels(state([failed, made], [(1, False)])).labels.tolist() == [1]
    assert feasibility_labels(state([made, failed], [(0, False)])).labels.tolist() == [1]
    assert feasibility_labels(state([failed, failed])).n_failed == 1


def test_no_orders_say_nothing():
    found = feasibility_labels(state([]))
    assert (len(found.candidate_ids), found.n_made, found.n_failed) == (0, 0, 0)
