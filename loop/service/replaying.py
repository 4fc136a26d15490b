"""Refused results: what waits, and taking it in after a fix on our side."""

from dataclasses import dataclass

from pydantic import ValidationError

from loop.core import events as e
from loop.core.identity import content_id
from loop.core.result import ResultBatch
from loop.core.state import CampaignState, Refusal
from loop.errors import DataError, NotFoundError, Problem, StateError
from loop.service.ask import Ask
from loop.service.commands import Commands
from loop.service.file_keeping import keep_files
from loop.service.intake import take_in_batch


@dataclass(frozen=True)
class Replayed:
    """What became of one refused batch.

    Attributes:
        source: What people call it.
        content_digest: Of what was received.
        n_recorded: New measurements.
        n_corrected: Changed or withdrawn ones.
        problems: Why it is still refused; then nothing of it was recorded.
    """

    source: str
    content_digest: str
    n_recorded: int
    n_corrected: int
    problems: tuple[Problem, ...]


class ReplayCommands(Commands):
    """What can be asked about refused results."""

    def rejected(self, slug: str) -> list[Refusal]:
        """Return everything that was ever refused, oldest first.

        Raises:
            NotFoundError: there is no such campaign.
        """
        return list(self._archive.state(slug).refusals)

    def replay(self, slug: str, which: str, ask: Ask) -> list[Replayed]:
        """Take refused batches in after a fix, each all or nothing.

        Args:
            slug: Campaign.
            which: Beginning of the digest of one refused batch; empty for all that wait.
            ask: Who asks.

        Raises:
            NotFoundError: nothing that waits has this digest.
            StateError: it was settled already, or recorded by a release that kept no copy.
            ConflictError: the campaign changed meanwhile; nothing of that batch was recorded.
        """
        wanted = chosen(self._archive.state(slug), which)
        return [self._take_in(slug, refusal, ask) for refusal in wanted]

    def _take_in(self, slug: str, refusal: Refusal, ask: Ask) -> Replayed:
        state = self._archive.state(slug)
        batch = _batch(refusal, self._archive.artifacts.get(refusal.artifact))
        intake = take_in_batch(state, batch)
        problems = (*batch.problems, *intake.problems)
        if problems:
            return Replayed(batch.source, refusal.content_digest, 0, 0, problems)
        bodies = keep_files(self._archive, state, intake.bodies)
        replayed = e.ResultsReplayed(source=batch.source, content_digest=refusal.content_digest)
        self._archive.ledger.append(
            slug,
            state.version,
            content_id(ask.command_id, refusal.content_digest),
            ask.actor,
            [*bodies, replayed],
        )
        return Replayed(
            batch.source, refusal.content_digest, intake.n_recorded, intake.n_corrected, ()
        )


def chosen(state: CampaignState, which: str) -> list[Refusal]:
    """Return the refused batches that a replay is about.

    Args:
        state: The campaign.
        which: Beginning of a digest; empty for everything that waits and was kept.

    Raises:
        NotFoundError: nothing, or more than one, begins so.
        StateError: it is settled, or was not kept.
    """
    if not which:
        return [r for r in state.open_refusals() if r.artifact]
    named = [r for r in state.refusals if r.content_digest.startswith(which)]
    if not named:
        waiting = ", ".join(r.content_digest[:12] for r in state.open_refusals()) or "nothing"
        raise NotFoundError(
            f"campaign {state.slug!r}: nothing that was refused has a digest that begins with "
            f"{which!r}; waiting: {waiting}"
        )
    if len({r.content_digest for r in named}) > 1:
        raise NotFoundError(
            f"campaign {state.slug!r}: {len(named)} refused batches begin with {which!r}",
            hint="give more digits",
        )
    newest = named[-1]
    if newest.settled:
        raise StateError(f"{newest.source} is settled: {newest.settled}")
    if not newest.artifact:
        raise StateError(
            f"{newest.source} was refused by an earlier release, which kept no copy",
            hint="hand the file in again, or change the object in the lab's system",
        )
    return [newest]


def _batch(refusal: Refusal, content: bytes) -> ResultBatch:
    try:
        return ResultBatch.model_validate_json(content)
    except ValidationError as error:
        raise DataError(
            f"{refusal.source}: what was refused cannot be read again: {error}",
            hint="mend it in the lab's system; it is read anew from there",
        ) from error
