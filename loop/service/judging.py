"""What the batches of one poll come to: recorded, or refused with reasons and kept whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from loop.core import events as e
from loop.core.canonical import digest
from loop.core.result import ResultBatch
from loop.core.state import CampaignState
from loop.errors import Problem
from loop.service.intake import take_in_batch


@dataclass(frozen=True)
class Verdict:
    """What one batch comes to.

    Attributes:
        batch: As the lab gave it.
        problems: Why it is refused; empty if it is not.
        bodies: Events to append.
        kept: What must be in the artifact store before they are; empty if nothing.
    """

    batch: ResultBatch
    problems: tuple[Problem, ...]
    bodies: tuple[e.EventBody, ...]
    kept: bytes = b""


def judge(state: CampaignState, batches: Sequence[ResultBatch]) -> list[Verdict]:
    """Return what each batch of one poll comes to; a later one is judged knowing the earlier."""
    verdicts: list[Verdict] = []
    seen: dict[str, float] = {}
    for batch, newest in zip(batches, _newest_word(batches), strict=True):
        problems = batch.problems
        if not problems:
            intake = take_in_batch(state, newest, dict(seen))
            problems = tuple(intake.problems)
            if not problems:
                seen = intake.seen
                bodies = (*intake.bodies, *_superseded(state, batch))
                verdicts.append(Verdict(batch, (), bodies))
                continue
        verdicts.append(_refused(state, batch, problems))
    return verdicts


def _newest_word(batches: Sequence[ResultBatch]) -> list[ResultBatch]:
    """Return the batches without what a later snapshot of the same poll says anew."""
    claimed: set[str] = set()
    newest: list[ResultBatch] = []
    for batch in reversed(batches):
        own = set(batch.snapshot_of)
        old = own & claimed
        claimed |= own
        newest.append(
            batch.model_copy(
                update={
                    "results": tuple(r for r in batch.results if r.order_id not in old),
                    "snapshot_of": tuple(o for o in batch.snapshot_of if o not in old),
                }
            )
            if old
            else batch
        )
    return newest[::-1]


def _refused(state: CampaignState, batch: ResultBatch, problems: tuple[Problem, ...]) -> Verdict:
    if any(r.content_digest == batch.content_digest for r in state.open_refusals()):
        return Verdict(batch, problems, ())
    content = batch.model_dump_json().encode()
    refused = e.ResultsRefused(
        source=batch.source,
        content_digest=batch.content_digest,
        problems=problems,
        artifact=digest(content),
        orders=batch.snapshot_of,
    )
    return Verdict(batch, problems, (*_superseded(state, batch), refused), content)


def _superseded(state: CampaignState, batch: ResultBatch) -> list[e.EventBody]:
    """Return that what was refused before is settled by this newer word of the lab.

    Without it, a refused snapshot could be replayed over what the lab said since.
    """
    covered = set(batch.snapshot_of)
    return [
        e.ResultsSuperseded(source=batch.source, content_digest=r.content_digest)
        for r in state.open_refusals()
        if r.content_digest == batch.content_digest or (r.orders and covered.issuperset(r.orders))
    ]
