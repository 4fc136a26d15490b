"""The guard against negative transfer, from round to round.

A surrogate sees the observations of one refit. Whether sources fail again and again is seen only
by who keeps the rounds. Every refit still weighs the sources anew, so they come back by
themselves as soon as the evidence is for them: nothing is switched off for good.
"""

from typing import Final

from loop.core.proposal import ModelReport
from loop.core.state import CampaignState, RoundState

_RUNNING: Final = 2


def over_rounds(state: CampaignState, round_number: int, report: ModelReport) -> ModelReport:
    """Return the report of a round's model with what the rounds before add to it.

    Two rounds running in which the model without sources won (by more than 2 nats on at least 10
    observations, what `TransferReport.switched_off` says) are a warning; the return of the
    sources after such rounds is a note.

    Args:
        state: The campaign before the model was fitted.
        round_number: Of the model.
        report: Of the model.
    """
    if report.transfer is None:
        return report
    before = _shut_before(state, round_number)
    if report.transfer.switched_off and before + 1 >= _RUNNING:
        told = (
            f"other properties have not helped in {before + 1} rounds running: the campaign goes "
            "on without them, and weighs them anew in every round"
        )
        return report.model_copy(update={"warnings": (*report.warnings, told)})
    if not report.transfer.switched_off and before >= _RUNNING:
        told = f"other properties are used again, after {before} rounds without them"
        return report.model_copy(update={"notes": (*report.notes, told)})
    return report


def _shut_before(state: CampaignState, round_number: int) -> int:
    """Return in how many rounds just before this one the sources were shut out.

    Rounds that were given up rest on the same measurements as the one after: they count nothing.
    """
    count = 0
    for number in range(round_number - 1, 0, -1):
        record = state.rounds[number]
        if record.state is RoundState.ABANDONED:
            continue
        told = record.report.transfer if record.report is not None else None
        if told is None or not told.switched_off:
            break
        count += 1
    return count
