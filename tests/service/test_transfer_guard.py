"""What the rounds together say about borrowing, and what they say to people."""

from datetime import UTC, datetime

import pytest

from loop.core import events as e
from loop.core.machine import fold
from loop.core.proposal import ModelReport, TransferReport
from loop.service.queries import campaign_view
from loop.service.transfer_guard import over_rounds
from tests.ledger.test_recorded import read


def report(*, shut: bool | None) -> ModelReport:
    transfer = None
    if shut is not None:
        transfer = TransferReport(
            n_sources=3,
            weight=0.0 if shut else 0.8,
            switched_off=shut,
            log_evidence_with=-20.0,
            log_evidence_without=-15.0 if shut else -21.4,
            loo_log_score_with=-1.0,
            loo_log_score_without=-0.9,
            variance_shares={},
            top_sources=(),
            verdict="told",
        )
    return ModelReport(
        surrogate="transfer-gp",
        n_observations=12,
        r2=0.5,
        rmse=1.0,
        rmse_of_mean=2.0,
        coverage90=0.9,
        parity=(),
        hyperparameters={},
        warnings=(),
        transfer=transfer,
    )


def state(history: str):
    """A campaign with one round per letter: s shut, u used, n no transfer, i initial, a abandoned.

    The last round is open: its model is to be fitted.
    """
    bodies: list[e.EventBody] = []
    for number, letter in enumerate(history, start=1):
        bodies.append(e.RoundOpened(round_number=number))
        if letter == "i":
            bodies.append(e.ModelSkipped(round_number=number, reason="few"))
        else:
            shut = {"s": True, "a": True, "u": False, "n": None}[letter]
            fitted = e.ModelFitted(
                round_number=number,
                artifact="a",
                features_digest="f",
                data_version=1,
                data_digest="d",
                seed=1,
                report=report(shut=shut),
            )
            bodies.append(fitted)
        if letter == "a":
            bodies.append(e.RoundAbandoned(round_number=number, reason="no"))
    bodies.append(e.RoundOpened(round_number=len(history) + 1))
    opened = read("0.1.0")[0]
    events = [opened]
    for seq, body in enumerate(bodies, start=2):
        events.append(
            opened.model_copy(update={"seq": seq, "body": body, "time": datetime.now(UTC)})
        )
    return fold(events)


@pytest.mark.parametrize(
    ("history", "rounds"),
    [("", 0), ("i", 0), ("u", 0), ("s", 2), ("ss", 3), ("sus", 2), ("sn", 0), ("sa", 2), ("aa", 0)],
)
def test_two_rounds_running_are_said(history, rounds):
    told = over_rounds(state(history), len(history) + 1, report(shut=True))
    said = [w for w in told.warnings if "have not helped" in w]
    assert len(said) == (rounds > 0)
    assert all(f"in {rounds} rounds running" in w for w in said)
    assert told.notes == ()


@pytest.mark.parametrize(("history", "said"), [("", 0), ("s", 0), ("ss", 1), ("ssu", 0)])
def test_their_return_is_a_note(history, said):
    told = over_rounds(state(history), len(history) + 1, report(shut=False))
    assert sum("used again, after 2 rounds" in note for note in told.notes) == said
    assert told.warnings == ()


def test_a_model_without_transfer_is_left_alone():
    plain = report(shut=None)
    assert over_rounds(state("ss"), 3, plain) == plain


def test_the_campaign_shows_it_on_top():
    now = state("s")
    now.rounds[2].report = over_rounds(now, 2, report(shut=True))
    assert any("have not helped in 2 rounds running" in w for w in campaign_view(now).warnings)
