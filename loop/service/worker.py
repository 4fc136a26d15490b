"""The worker: the only one that fits, scores, submits and polls.

Every step is: fold, compute through ports, append. A crash anywhere means fold again and the
same step again, because ids and seeds are made from content and outcomes are recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loop.core import events as e
from loop.core import machine as m
from loop.core.definition import GeneratedSpace
from loop.core.identity import content_id
from loop.core.lab_ports import LimsAdapter
from loop.core.order import WorkOrder
from loop.core.ports import Clock, Lease, Progress, silent
from loop.core.state import CampaignState, OrderStatus, RoundState
from loop.errors import (
    AdapterError,
    ConfigError,
    ConflictError,
    DataError,
    LabAccessError,
    LeaseHeldError,
    MissingExtraError,
    ModelError,
    RetryableAdapterError,
    in_one_line,
)
from loop.service.archive import Archive
from loop.service.documenting import document_order
from loop.service.file_keeping import keep_files
from loop.service.fitting import fit_model
from loop.service.inventing import extend_pool, with_extension
from loop.service.judging import Verdict, judge
from loop.service.ordering import place_order, reachable, retrying, unreachable
from loop.service.proposing import propose_batch, work_orders

WORKER = e.Actor(name="synthloop worker", kind="worker")
LAB = e.Actor(name="lab", kind="lab")


@dataclass(frozen=True)
class StepOutcome:
    """What one step came to.

    Attributes:
        slug: Campaign.
        step: What was to be done.
        text: What was done, for people.
        version: Version after it.
        waiting: Doing it again at once cannot bring anything new.
    """

    slug: str
    step: m.Step
    text: str
    version: int
    waiting: bool = False


def _ignore(outcome: StepOutcome) -> None:
    del outcome


def _never(state: CampaignState) -> bool:
    del state
    return False


class Worker:
    """Advances campaigns, one step at a time."""

    def __init__(self, archive: Archive, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock

    def step(self, slug: str, progress: Progress = silent) -> StepOutcome:
        """Do the next step of a campaign under a lease of its own.

        Raises:
            LeaseHeldError: another worker is on it.
            NotFoundError: there is no such campaign.
        """
        with self._archive.ledger.lease(slug) as lease:
            return self._advance(slug, lease, progress)

    def run(
        self,
        slug: str,
        on_step: Callable[[StepOutcome], None] = _ignore,
        progress: Progress = silent,
        until: Callable[[CampaignState], bool] = _never,
        max_steps: int | None = None,
    ) -> StepOutcome:
        """Advance until the campaign waits, `until` holds, or the steps are used up.

        Raises:
            LeaseHeldError: another worker is on it.
            NotFoundError: there is no such campaign.
        """
        outcome = self._peek(slug)
        if isinstance(outcome.step, m.Wait):
            return outcome
        done = 0
        with self._archive.ledger.lease(slug) as lease:
            while max_steps is None or done < max_steps:
                if until(self._archive.state(slug)):
                    break
                outcome = self._advance(slug, lease, progress)
                on_step(outcome)
                done += 1
                if outcome.waiting:
                    break
        return outcome

    def look(self, slug: str) -> StepOutcome:
        """Ask the lab what is new, whatever else is to be done: also after the last round.

        Raises:
            LeaseHeldError: another worker is on it.
            NotFoundError: there is no such campaign.
        """
        with self._archive.ledger.lease(slug):
            return self._poll(self._archive.state(slug), m.PollLab())

    def _peek(self, slug: str) -> StepOutcome:
        state = self._archive.state(slug)
        step = m.next_step(state, self._clock.now())
        text = step.reason if isinstance(step, m.Wait) else ""
        return StepOutcome(slug, step, text, state.version, isinstance(step, m.Wait))

    def _advance(self, slug: str, lease: Lease, progress: Progress) -> StepOutcome:
        state = self._archive.state(slug)
        step = m.next_step(state, self._clock.now())
        try:
            match step:
                case m.Wait(reason=reason):
                    return StepOutcome(slug, step, reason, state.version, waiting=True)
                case m.PollLab():
                    return self._poll(state, step)
                case m.SubmitOrder(order_id=order_id):
                    return self._submit(state, step, order_id, lease)
                case m.DocumentOrder(order_id=order_id):
                    return self._document(state, step, order_id)
                case _:
                    bodies = self._decide(state, step, progress)
                    return self._done(state, step, bodies)
        except LeaseHeldError:
            raise
        except ConflictError:
            # A person acted while we computed: what we computed is stale, so look again.
            return StepOutcome(
                slug, step, "the campaign changed meanwhile; looking again", state.version
            )

    def _decide(self, state: CampaignState, step: m.Step, progress: Progress) -> list[e.EventBody]:
        match step:
            case m.OpenRound(round_number=number):
                return [e.RoundOpened(round_number=number)]
            case m.FitModel() | m.ProposeBatch():
                return self._ask_model(state, step, progress)
            case m.ApproveBatch(round_number=number):
                orders = work_orders(state, state.rounds[number])
                return [e.BatchApproved(round_number=number, orders=orders)]
            case m.CloseRound(round_number=number, reason=reason):
                return [_round_closed(state, number, reason)]
            case m.CloseCampaign(reason=reason):
                return [e.CampaignClosed(reason=reason)]
            case _:
                raise AssertionError(step)

    def _ask_model(
        self, state: CampaignState, step: m.FitModel | m.ProposeBatch, progress: Progress
    ) -> list[e.EventBody]:
        number, grown, failed = step.round_number, [], "no new candidates could be made"
        try:
            if isinstance(step, m.FitModel):
                grown = self._grow(state, number, progress)
                failed = "the model could not be fitted"
                # One append for both: the model of a round is fitted over the pool that it
                # chooses from.
                after = with_extension(state, grown[0]) if grown else state
                return [*grown, fit_model(self._archive, after, number, progress)]
            failed = "the model could not be asked for a batch"
            return propose_batch(self._archive, state, state.rounds[number], progress)
        except (ModelError, ConfigError, DataError, MissingExtraError) as error:
            # A damaged source library, say. An error here would end in a terminal that nobody
            # watches; a pause is seen by everybody, and mended by a person.
            return [e.CampaignPaused(reason=f"in round {number} {failed}: {in_one_line(error)}")]

    def _grow(
        self, state: CampaignState, round_number: int, progress: Progress
    ) -> list[e.PoolExtended]:
        space = state.definition.space
        if not isinstance(space, GeneratedSpace):
            return []
        return [extend_pool(self._archive, state, space, round_number, progress)]

    def _append(
        self,
        state: CampaignState,
        what: str,
        bodies: list[e.EventBody],
        actor: e.Actor = WORKER,
    ) -> int:
        command_id = content_id(state.slug, state.version, what, "worker")
        appended = self._archive.ledger.append(state.slug, state.version, command_id, actor, bodies)
        return appended.version

    def _done(
        self,
        state: CampaignState,
        step: m.Step,
        bodies: list[e.EventBody],
        *,
        waiting: bool = False,
    ) -> StepOutcome:
        version = state.version
        if bodies:
            version = self._append(state, type(step).__name__, bodies)
        text = ", ".join(body.kind for body in bodies) or "nothing new"
        return StepOutcome(state.slug, step, text, version, waiting)

    def _submit(
        self, state: CampaignState, step: m.Step, order_id: str, lease: Lease
    ) -> StepOutcome:
        order = state.orders[order_id].order
        try:
            lab = self._archive.lab(state)
            body = place_order(lab, order, lease.check)
        except RetryableAdapterError as error:
            return self._in_trouble(state, step, f"placing order {order_id}", error)
        healed = reachable(state) if isinstance(body, e.OrderAccepted) else []
        try:
            return self._done(state, step, [*healed, body])
        except ConflictError:
            # A person may have taken the order back while it was on its way to the lab.
            now = self._archive.state(state.slug).orders[order_id]
            if now.status is OrderStatus.CANCELLED and lab.find(order_id) is not None:
                lab.cancel(order, now.reason or "the round was abandoned")
            raise

    def _document(self, state: CampaignState, step: m.Step, order_id: str) -> StepOutcome:
        return self._done(state, step, [document_order(self._archive, state, order_id)])

    def _in_trouble(
        self, state: CampaignState, step: m.Step, during: str, error: RetryableAdapterError
    ) -> StepOutcome:
        if isinstance(error, LabAccessError):
            self._archive.forget_lab(state.slug)
        return self._done(state, step, unreachable(state, during, error), waiting=True)

    def _poll(self, state: CampaignState, step: m.Step) -> StepOutcome:
        try:
            lab = self._archive.lab(state)
            poll = retrying()(lab.poll, state.cursor, _placed(state))
        except RetryableAdapterError as error:
            return self._in_trouble(state, step, "asking for results", error)
        verdicts = judge(state, poll.batches)
        for verdict in verdicts:
            if verdict.kept:
                self._archive.artifacts.put(verdict.kept)
        # One append for all of it: a crash must not leave results without the cursor they came
        # with, or the next step would be another one.
        said = [body for verdict in verdicts for body in verdict.bodies]
        bodies = list(keep_files(self._archive, state, said))
        if not verdicts:
            bodies += reachable(state)
        if poll.cursor is not None and poll.cursor != state.cursor:
            bodies.append(e.LabPolled(cursor=poll.cursor))
        before, version = state.version, state.version
        if bodies:
            version = self._append(state, "polled", bodies, LAB)
        unsettled = _settle(lab, verdicts)
        if unsettled is not None:
            now = self._archive.state(state.slug)
            return self._in_trouble(now, step, "saying what became of results", unsettled)
        if verdicts and state.lab_trouble:
            now = self._archive.state(state.slug)
            version = self._append(now, "settled", reachable(now), LAB)
        instant = lab.capabilities().pace == "instant"
        if version == before:
            return _no_news(state, step, instant=instant)
        text = f"{len(poll.batches)} answers from the lab"
        return StepOutcome(state.slug, step, text, version)


def _no_news(state: CampaignState, step: m.Step, *, instant: bool) -> StepOutcome:
    if instant and state.outstanding():
        raise AdapterError(
            f"campaign {state.slug!r}: the lab has nothing more to deliver, yet "
            f"{len(state.outstanding())} orders wait for results",
            hint="see `synthloop status`; cancel them or look at the lab's own records",
        )
    return StepOutcome(state.slug, step, "no news from the lab", state.version, waiting=True)


def _placed(state: CampaignState) -> list[WorkOrder]:
    queued = OrderStatus.QUEUED
    return [record.order for record in state.orders.values() if record.status is not queued]


def _settle(lab: LimsAdapter, verdicts: Sequence[Verdict]) -> RetryableAdapterError | None:
    """Tell the lab what became of its batches; return the trouble with that, if there is any.

    What was recorded stands. The batch comes again with the next poll, and is known then.
    """
    try:
        for verdict in verdicts:
            retrying()(lab.settle, verdict.batch, verdict.problems)
    except RetryableAdapterError as error:
        return error
    return None


def _round_closed(state: CampaignState, number: int, reason: str) -> e.RoundClosed:
    statuses = [state.orders[o].status for o in state.rounds[number].order_ids]
    return e.RoundClosed(
        round_number=number,
        n_measured=statuses.count(OrderStatus.MEASURED),
        n_failed=statuses.count(OrderStatus.FAILED),
        n_outstanding=sum(not status.finished for status in statuses),
        reason=reason,
    )


def proposed(state: CampaignState) -> bool:
    """Whether the current round waits for a person's word."""
    current = state.current_round
    return current is not None and current.state is RoundState.PROPOSED
