"""A lab that answers by itself: with noise, queues, plates, failures, mistakes and a bad line.

Its clock ticks from event to event: a poll jumps to the next tick at which something is due, so a
rehearsal of months takes seconds. A poll from the same cursor always gives the same answer.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from lims_adapters.simulated.config import SimulatedLabConfig
from lims_adapters.simulated.journal import Journal
from lims_adapters.simulated.luck import Luck
from lims_adapters.simulated.reports import Report, Reports, Taken
from lims_adapters.simulated.truth import Truth
from loop.core.candidate import Candidate
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext
from loop.core.order import Receipt, WorkOrder
from loop.core.rehearsal_ports import LabAccount, LabTimes
from loop.core.result import Poll, ResultBatch
from loop.errors import AdapterError, Problem, RetryableAdapterError


class SimulatedLab:
    """A lab whose truth is a column of the pool, a formula, or a table of known compositions."""

    Config: ClassVar[type[SimulatedLabConfig]] = SimulatedLabConfig

    def __init__(self, config: SimulatedLabConfig, context: LabContext) -> None:
        self._config = config
        self._truth = Truth(config, context)
        self._luck = Luck(config.seed)
        self._journal = Journal(context.folder / "simulated-lab.db")

    def capabilities(self) -> Capabilities:
        """Say what the lab can do."""
        return Capabilities(
            idempotent_submit=not self._config.ignores_idempotency,
            cursor=True,
            pace="instant",
            snapshots=self._config.mistakes is not None,
        )

    def check(self) -> list[Problem]:
        """Return what is missing for the lab to answer from."""
        return self._truth.problems()

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order the lab has, or None."""
        samples = self._journal.samples(order_id)
        return self._receipt(order_id, samples[0]) if samples else None

    @staticmethod
    def _receipt(order_id: str, number: int) -> Receipt:
        return Receipt(order_id=order_id, external_id=f"SIM-{number:05d}")

    def submit(self, order: WorkOrder) -> Receipt:
        """Take an order in.

        Raises:
            RetryableAdapterError: the request or the reply was lost.
        """
        attempt = self._journal.attempt(f"submit {order.order_id}")
        luck = self._luck.rng(order.order_id, "line", str(attempt)).random(2)
        if luck[0] < self._config.lost_request_rate:
            raise RetryableAdapterError("the request got lost on its way to the lab")
        number = self._journal.add_sample(
            order.order_id, order.model_dump_json(), once=not self._config.ignores_idempotency
        )
        if luck[1] < self._config.lost_reply_rate:
            raise RetryableAdapterError("the lab's reply got lost")
        return self._receipt(order.order_id, number)

    def samples(self, order_id: str) -> int:
        """Return how many samples the lab made for an order: one, if nobody ordered twice."""
        return len(self._journal.samples(order_id))

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return what is due next after `cursor`.

        Raises:
            AdapterError: the cursor is of another kind of lab system.
            RetryableAdapterError: the line is bad.
        """
        del orders
        since = _tick(cursor)
        attempt = self._journal.attempt(f"poll {since}")
        if self._luck.rng("poll", str(since), str(attempt)).random() < self._config.lost_poll_rate:
            raise RetryableAdapterError("the lab did not answer")
        reports = [report for report in self._reports().all() if report.tick > since]
        if not reports:
            return Poll(cursor=cursor)
        tick = min(report.tick for report in reports)
        self._journal.advance(tick)
        batches = tuple(self._batch(report) for report in reports if report.tick == tick)
        return Poll(batches=batches, cursor=str(tick))

    def _reports(self) -> Reports:
        refused = self._journal.refusals()
        taken = [
            Taken(order, arrived, refused.get(order.order_id, ()), due)
            for content, arrived, due in self._journal.orders()
            for order in [WorkOrder.model_validate_json(content)]
        ]
        return Reports(self._config, self._truth, taken)

    def _batch(self, report: Report) -> ResultBatch:
        results = report.results()
        whole = self._config.mistakes is not None
        return ResultBatch(
            token=f"{report.order_id}@{report.tick}",
            source=f"simulated lab, {report.order_id}",
            content_digest=digest("".join(r.model_dump_json() for r in results)),
            results=results,
            snapshot_of=(report.order_id,) if whole else (),
            namespace=f"{report.order_id}/" if whole else "",
        )

    def account(self) -> LabAccount:
        """Return the calendar and the mistakes of what was answered so far."""
        reports, now = self._reports(), self._journal.tick()
        return LabAccount(
            hours_per_tick=self._config.hours_per_tick,
            times=tuple(
                LabTimes(order_id=order_id, arrived=v.arrived, due=v.due, plate=v.plate)
                for order_id, v in reports.visits.items()
            ),
            mistakes=tuple(reports.mistakes(now)),
        )

    def true_values(self, name: str, candidates: Iterable[Candidate]) -> list[float]:
        """Return the true values of a property, in its unit, one per candidate."""
        return [self._truth.value(candidate, name) for candidate in candidates]

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Let the lab look again at what the loop refused, if it is one that makes mistakes.

        What is recorded is known from the cursor.
        """
        if problems and self._config.mistakes is not None:
            order_id, _, tick = batch.token.rpartition("@")
            self._journal.refuse(order_id, batch.content_digest, int(tick))

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Refuse: a simulated sample is in the oven at once."""
        del order, reason
        return False


def _tick(cursor: str | None) -> int:
    if cursor is None or cursor.isdecimal():
        return int(cursor or 0)
    raise AdapterError(
        f"the cursor {cursor[:80]!r} was not written by a simulated lab",
        hint="a campaign that changes its [lims] kind starts reading from the beginning",
    )
