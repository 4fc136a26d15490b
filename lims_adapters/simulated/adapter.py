"""A lab that answers from a table: with noise, delay, failures and a bad line.

Its clock ticks from event to event: a poll jumps to the next tick at which something is due, so a
rehearsal of months takes seconds. A poll from the same cursor always gives the same answer.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from lims_adapters.simulated.config import SimulatedLabConfig
from lims_adapters.simulated.journal import Journal
from lims_adapters.simulated.truth import Truth, number
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext
from loop.core.order import MeasurementRequest, Receipt, WorkOrder
from loop.core.result import LabResult, Outcome, Poll, ResultBatch
from loop.errors import AdapterError, Problem, RetryableAdapterError


class SimulatedLab:
    """A lab whose truth is a column of the pool, a formula, or a table of known compositions."""

    Config: ClassVar[type[SimulatedLabConfig]] = SimulatedLabConfig

    def __init__(self, config: SimulatedLabConfig, context: LabContext) -> None:
        self._config = config
        self._truth = Truth(config, context)
        self._journal = Journal(context.folder / "simulated-lab.db")

    def capabilities(self) -> Capabilities:
        """Say what the lab can do."""
        return Capabilities(
            idempotent_submit=not self._config.ignores_idempotency, cursor=True, pace="instant"
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
        luck = self._rng(order.order_id, "line", str(attempt)).random(2)
        if luck[0] < self._config.lost_request_rate:
            raise RetryableAdapterError("the request got lost on its way to the lab")
        known = self._journal.samples(order.order_id)
        if known and not self._config.ignores_idempotency:
            number = known[0]
        else:
            low, high = self._config.delay
            delay = int(self._rng(order.order_id, "delay").integers(low, max(low, high) + 1))
            due = self._journal.tick() + delay
            number = self._journal.add_sample(order.order_id, order.model_dump_json(), due)
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
        if self._rng("poll", str(since), str(attempt)).random() < self._config.lost_poll_rate:
            raise RetryableAdapterError("the lab did not answer")
        deliveries = [
            (tick, order)
            for order_id, content, due in self._journal.orders()
            for order in [WorkOrder.model_validate_json(content)]
            for tick in self._deliveries(order_id, due)
            if tick > since
        ]
        if not deliveries:
            return Poll(cursor=cursor)
        tick = min(t for t, _ in deliveries)
        self._journal.advance(tick)
        batches = tuple(self._batch(o, tick) for t, o in deliveries if t == tick)
        return Poll(batches=batches, cursor=str(tick))

    def _deliveries(self, order_id: str, due: int) -> list[int]:
        again = self._rng(order_id, "twice").random() < self._config.duplicate_result_rate
        return [due, due + 1] if again else [due]

    def _batch(self, order: WorkOrder, tick: int) -> ResultBatch:
        results = tuple(self._results(order))
        return ResultBatch(
            token=f"{order.order_id}@{tick}",
            source=f"simulated lab, {order.order_id}",
            content_digest=digest("".join(r.model_dump_json() for r in results)),
            results=results,
        )

    def _results(self, order: WorkOrder) -> list[LabResult]:
        luck = self._rng(order.order_id, "fate").random(2)
        rate, column = self._config.synthesis_failure_rate, self._config.synthesis_failure_column
        if column:
            rate = max(rate, number(order, column))
        if luck[0] < rate:
            return [_failure(order, Outcome.FAILED_SYNTHESIS, "no product was isolated")]
        if luck[1] < self._config.measurement_failure_rate:
            return [_failure(order, Outcome.FAILED_MEASUREMENT, "the film cracked in the cell")]
        return [
            self._measure(order, request, replicate)
            for request in order.requests
            for replicate in range(1, request.replicates + 1)
        ]

    def _measure(self, order: WorkOrder, request: MeasurementRequest, replicate: int) -> LabResult:
        truth = self._truth.value(order, request.property)
        spread = self._config.noise_sd + self._config.noise_relative * abs(truth)
        if request.property in self._config.noise_columns:
            spread = number(order, self._config.noise_columns[request.property])
        luck = self._rng(order.order_id, request.property, str(replicate)).standard_normal()
        value = truth + spread * float(luck)
        return LabResult(
            order_id=order.order_id,
            result_id=f"{order.order_id}/{request.property}/{replicate}",
            property=request.property,
            value=value,
            unit=request.unit,
            replicate=replicate,
            raw=f"{value:.6g} {request.unit}",
            operator="simulated lab",
            place=request.property,
        )

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Refuse: a simulated sample is in the oven at once."""
        del order, reason
        return False

    def _rng(self, *parts: str) -> np.random.Generator:
        return np.random.default_rng(
            int(digest("|".join((str(self._config.seed), *parts)))[:16], 16)
        )


def _tick(cursor: str | None) -> int:
    if cursor is None or cursor.isdecimal():
        return int(cursor or 0)
    raise AdapterError(
        f"the cursor {cursor[:80]!r} was not written by a simulated lab",
        hint="a campaign that changes its [lims] kind starts reading from the beginning",
    )


def _failure(order: WorkOrder, outcome: Outcome, reason: str) -> LabResult:
    return LabResult(
        order_id=order.order_id,
        result_id=f"{order.order_id}/outcome",
        outcome=outcome,
        note=reason,
    )
