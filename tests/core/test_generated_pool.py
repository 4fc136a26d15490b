"""A pool that grows: what was there keeps its place, what joins gets ids once and for all."""

import json

import numpy as np
import pytest

from loop.core import events as e
from loop.core.candidate import CandidatePool, Material
from loop.core.generated_pool import (
    candidate_id,
    extended,
    judged,
    log_weights,
    plan_of,
    told_of,
)
from loop.core.generation_ports import Route, RouteStep
from loop.core.invention_ports import Invention, Judgement
from loop.core.planned_route import standing
from loop.core.pool_file import load_pool
from loop.errors import LedgerError
from tests.core.test_machine import History

POOL = CandidatePool(
    Material.MOLECULE,
    ("A1", "A2"),
    ("CCO", "CCN"),
    ("ethanol", "ethylamine"),
    {"price": (1.0, 2.0)},
)


ESTER = Route(
    "CC(=O)OC",
    (
        RouteStep("oxidation", ("CCO",), "CC(=O)O", 0.8),
        RouteStep("esterification", ("CC(=O)O", "CO"), "CC(=O)OC", 0.9),
    ),
    ("CCO", "CO"),
    ("CO",),
    -0.5,
)
BOUGHT = Route("CCO", (), ("CCO",), (), 0.0)


def judgement(weights, routes, in_stock) -> Judgement:
    return Judgement(np.array(weights), routes, in_stock)


def invention(*structures: str) -> Invention:
    n = len(structures)
    return Invention(
        structures=structures,
        keys=structures,
        made_from=tuple(f"from {s[1:]}" for s in structures),
        judgement=judgement([-2.5] * n, (ESTER,) * n, (False,) * n),
        n_tried=9,
        n_distinct=n,
        failures={},
        stopped="",
    )


@pytest.fixture
def grown() -> CandidatePool:
    listed = judged(POOL, judgement([0.0, -np.inf], (BOUGHT, None), (True, False)))
    return extended(listed, invention("CCCO", "CCCN"), "ngram", "slug")


def test_old_rows_keep_their_place_and_new_ones_follow(grown):
    assert grown.ids[:2] == POOL.ids
    assert grown.structures == ("CCO", "CCN", "CCCO", "CCCN")
    assert grown.labels == ("ethanol", "ethylamine", "CCCO", "CCCN")
    assert grown.fields["price"] == (1.0, 2.0, None, None)
    assert told_of(grown, 0) == ("", "in stock as it is")
    assert told_of(grown, 2) == (
        "ngram: from CCO",
        "oxidation of CCO; then esterification of CC(=O)O + CO (not in stock: CO)",
    )
    assert told_of(POOL, 0) == ("", "")


def test_what_the_planner_said_is_read_back_candidate_by_candidate(grown):
    back = load_pool(grown.dump())
    plans = [plan_of(back.candidate(row).fields) for row in range(4)]
    assert [(p.found, p.in_stock) for p in plans] == [
        (True, True),
        (False, False),
        (True, False),
        (True, False),
    ]
    assert [p.route for p in plans] == [BOUGHT, None, ESTER, ESTER]
    assert plans[2].materials == "CCO (in stock); CO (not in stock)"
    assert plans[1].materials == plans[1].words == ""
    assert standing(ESTER, "CC(=O)O") == "made in step 1"
    assert plan_of(POOL.candidate(0).fields) is None


def test_nobody_asked_is_not_the_same_as_not_found():
    unasked = judged(POOL, judgement([0.0, 0.0], (None, None), (None, None)))
    assert [plan_of(unasked.candidate(row).fields) for row in range(2)] == [None, None]


def test_ids_come_from_campaign_and_structure_alone(grown):
    assert grown.ids[2] == candidate_id("slug", "CCCO")
    later = extended(grown, invention("CCCCO"), "ngram", "slug")
    assert later.ids[:4] == grown.ids
    assert candidate_id("other", "CCCO") != grown.ids[2]
    assert len(set(later.ids)) == 5


def test_it_is_stored_and_read_back_with_what_is_forbidden(grown):
    content = grown.dump()
    json.loads(content, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
    back = load_pool(content)
    assert back.digest == grown.digest
    assert log_weights(back).tolist() == [0.0, -np.inf, -2.5, -2.5]
    assert log_weights(POOL).tolist() == [0.0, 0.0]


def growth(round_number: int = 1, **changes) -> e.PoolExtended:
    told = {
        "round_number": round_number, "pool_digest": "q", "n_candidates": 14, "n_new": 5,
        "generator": "ngram", "model_artifact": None, "data_digest": "d", "seed": 1,
        "n_tried": 9, "n_distinct": 7, "stopped": "all proposals made",
    }  # fmt: skip
    return e.PoolExtended.model_validate(told | changes)


def test_the_state_follows_the_pool():
    history = History().add(e.RoundOpened(round_number=1), growth())
    state = history.state()
    assert (state.pool_digest, state.n_candidates) == ("q", 14)
    assert state.rounds[1].extension == growth()
    skipped = e.ModelSkipped(round_number=1, reason="few")
    history.add(skipped)
    assert history.state().rounds[1].state == "fitted"


def test_a_pool_grows_only_while_its_round_has_no_model():
    skipped = e.ModelSkipped(round_number=1, reason="few")
    history = History().add(e.RoundOpened(round_number=1), skipped, growth())
    with pytest.raises(LedgerError, match="from fitted to open"):
        history.state()
    with pytest.raises(LedgerError, match="no round 2"):
        History().add(e.RoundOpened(round_number=1), growth(2)).state()
