"""Events in words."""

from collections.abc import Sequence

from loop.core import events as e
from loop.core.definition import GeneratedSpace, PoolSpace
from loop.service.reasons import number
from loop.service.views import HistoryLine


def history_lines(events: Sequence[e.Event]) -> list[HistoryLine]:
    """Return one line per event, oldest first."""
    return [
        HistoryLine(
            seq=event.seq,
            time=event.time,
            actor=event.actor.name,
            kind=event.body.kind,
            text=in_words(event.body),
        )
        for event in events
    ]


def in_words(body: e.EventBody) -> str:  # noqa: C901
    """Return what happened, in one sentence.

    One arm per kind that has more to say than its reason.
    """
    match body:
        case e.CampaignOpened():
            told = candidates_in_words(body.n_candidates, body.definition.space)
            return f"{told}, {body.n_excluded} excluded"
        case e.CampaignAmended():
            return f"{', '.join(body.changes)} changed: {body.reason}"
        case e.CommentAdded():
            return body.text
        case e.RoundOpened() | e.BatchApproved() as turn:
            return f"round {turn.round_number}"
        case e.PoolExtended():
            return (
                f"round {body.round_number}: {body.n_new} new candidates by {body.generator}, "
                f"of {body.n_distinct} distinct from {body.n_tried} attempts"
                + "".join(f"; {warning}" for warning in body.warnings)
            )
        case e.ModelFitted(report=report):
            quality = "" if report.r2 is None else f", leave-one-out R² {report.r2:.2f}"
            return f"round {body.round_number}: {report.n_observations} observations{quality}"
        case e.BatchProposed():
            return (
                f"round {body.round_number}: {len(body.items)} of {body.n_considered} "
                f"candidates, by {body.chosen_by}"
            )
        case e.ItemRejected():
            return f"{body.candidate_id}: {body.reason}"
        case e.ItemAdded(item=item):
            return f"{item.candidate.label}: {item.reason}"
        case e.OrderAccepted(receipt=receipt):
            return f"{receipt.order_id} is {receipt.external_id} at the lab"
        case e.OrderFailed():
            return f"{body.order_id} failed in {body.stage}: {body.reason}"
        case e.MeasurementRecorded(measurement=m):
            return f"{m.order_id}: {m.property} {m.qualifier} {number(m.value)} ({m.source})"
        case e.OrderReopened() | e.OrderFlagged() as told:
            return f"{told.order_id}: {told.reason}"
        case e.OrderUnflagged():
            return f"{body.order_id} needs no follow-up any more"
        case e.OrderDocumented():
            filed = ", ".join(body.filed) or "nothing"
            return f"{body.order_id}: filed {filed}" + (f"; {body.problem}" if body.problem else "")
        case e.MeasurementAttached():
            return ", ".join(f"{f.name}: {f.problem}" if f.problem else f.name for f in body.files)
        case e.ResultsReplayed():
            return f"{body.source} was refused before and is taken in now"
        case e.ResultsSuperseded():
            return f"{body.source} is a newer word on what was refused before"
        case e.MeasurementCorrected():
            return f"{number(body.previous_value)} → {number(body.value)}: {body.reason}"
        case e.ResultsRefused():
            return f"{body.source}: {len(body.problems)} problems, first: {body.problems[0]}"
        case e.LabPolled():
            return f"up to {body.cursor}"
        case e.RoundClosed():
            return (
                f"round {body.round_number}: {body.n_measured} measured, {body.n_failed} failed, "
                f"{body.n_outstanding} outstanding; {body.reason}"
            )
        case e.LabReachable():
            return "the lab answers again"
        case _:
            return getattr(body, "reason", "")


def candidates_in_words(n_candidates: int, space: PoolSpace | GeneratedSpace) -> str:
    """Return how many candidates a campaign opens with, and what adds others."""
    if not isinstance(space, GeneratedSpace):
        return f"{n_candidates} candidates"
    listed = f"{n_candidates} listed candidates and " if n_candidates else ""
    return f"{listed}up to {space.keep} new ones in every round by {space.generator.kind!r}"
