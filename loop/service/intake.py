"""The door for results: nonsense is refused, repeats are recognised, a snapshot is followed."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from loop.core import events as e
from loop.core.identity import measurement_id
from loop.core.result import KeptFile, LabResult, Measurement, Outcome, ResultBatch
from loop.core.state import CampaignState, MeasurementRecord, OrderRecord, OrderStatus
from loop.errors import Problem
from loop.service.acceptance import accept, same_word

_ENDED: Final = frozenset({OrderStatus.FAILED, OrderStatus.CANCELLED})


@dataclass
class Intake:
    """What a set of results comes to. With problems, none of it may be recorded.

    Attributes:
        bodies: Events to append, in order.
        problems: Why not.
        n_recorded: New measurements.
        n_corrected: Known ones with another value, or withdrawn.
        n_known: Known ones.
        n_ended: Orders that failed or were cancelled.
        seen: What this and earlier batches of the same poll said.
    """

    bodies: list[e.EventBody] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    n_recorded: int = 0
    n_corrected: int = 0
    n_known: int = 0
    n_ended: int = 0
    seen: dict[str, float] = field(default_factory=dict)


def take_in(
    state: CampaignState,
    results: Iterable[LabResult],
    source: str,
    seen: dict[str, float] | None = None,
) -> Intake:
    """Return the events that `results` amount to, in the light of what is recorded already.

    Args:
        state: The campaign.
        results: What the lab says.
        source: Where it says so, for messages.
        seen: What earlier batches of the same poll said; changed and returned as `Intake.seen`.
    """
    return _Taking(state, source, seen).all(results)


def take_in_batch(
    state: CampaignState, batch: ResultBatch, seen: dict[str, float] | None = None
) -> Intake:
    """Return the events that a batch amounts to; a snapshot also tells by what it leaves out.

    A snapshot is compared with the lab's last word, not with the last word: a person's correction
    stands while the lab repeats what it said before, and yields to what the lab says anew.
    """
    taking = _Taking(state, batch.source, seen, batch.snapshot_of, batch.namespace)
    return taking.all(batch.results)


class _Taking:
    """One batch on its way in."""

    def __init__(
        self,
        state: CampaignState,
        source: str,
        seen: dict[str, float] | None,
        snapshot_of: Sequence[str] = (),
        namespace: str = "",
    ) -> None:
        self._state, self._source = state, source
        self._snapshot, self._namespace = snapshot_of, namespace
        self._seen: dict[str, float] = {} if seen is None else seen
        self._intake = Intake(seen=self._seen)
        self._gone: set[str] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._reopened: list[e.EventBody] = []
        self._ended: list[e.EventBody] = []

    def all(self, results: Iterable[LabResult]) -> Intake:
        """Take everything in; values stand before the ends that may contradict them."""
        others: dict[str, list[LabResult]] = {order_id: [] for order_id in self._snapshot}
        for result in results:
            order = self._order(result.order_id, result.place)
            if order is None:
                continue
            if result.outcome is Outcome.MEASURED:
                self._measured(order, result)
            elif result.outcome is Outcome.WITHDRAWN:
                self._withdrawn(result)
            else:
                others.setdefault(result.order_id, []).append(result)
        for order_id in self._snapshot:
            self._missing(order_id)
        for order_id, said in others.items():
            order = self._order(order_id, order_id)
            if order is not None:
                self._followed(order, said)
        intake = self._intake
        intake.bodies = [*self._reopened, *intake.bodies, *self._ended]
        intake.problems = list(dict.fromkeys(intake.problems))
        return intake

    def _order(self, order_id: str, place: str) -> OrderRecord | None:
        order = self._state.orders.get(order_id)
        if order is None:
            expected = "the id of an order of this campaign"
            self._intake.problems.append(Problem(self._source, place, order_id, expected))
        return order

    def _measured(self, order: OrderRecord, result: LabResult) -> None:
        said = accept(self._state.definition, order, result, self._source)
        if isinstance(said, Problem):
            self._intake.problems.append(said)
            return
        identity = said.measurement_id
        if identity in self._seen:
            if self._seen[identity] == said.value:
                self._intake.n_known += 1
            else:
                expected = "one value per order and replicate"
                self._intake.problems.append(
                    Problem(self._source, result.place, result.raw, expected)
                )
            return
        self._seen[identity] = said.value
        self._counts[said.order_id, said.property] += 1
        known = self._state.measurements.get(identity)
        if known is None:
            self._intake.bodies.append(e.MeasurementRecorded(measurement=said))
            self._intake.n_recorded += 1
            return
        reason = self._news(known, said)
        if reason:
            self._intake.bodies.append(_correction(known, said, f"{reason} ({self._source})"))
            self._intake.n_corrected += 1
        else:
            self._intake.n_known += 1
        new = _new_files(known, said)
        if new:
            self._intake.bodies.append(e.MeasurementAttached(measurement_id=identity, files=new))

    def _news(self, known: MeasurementRecord, said: Measurement) -> str:
        """Return what is new about a known value, or nothing."""
        if said.order_id not in self._snapshot:
            return "" if _was_seen(known, said.value) else "changed at the lab"
        if known.lab is None:
            return "back at the lab"
        return "" if same_word(known.lab, said) else "changed at the lab"

    def _withdrawn(self, result: LabResult) -> None:
        identity = measurement_id(result.order_id, result.property, result.result_id)
        known = self._state.measurements.get(identity)
        self._gone.add(identity)
        if known is None or known.withdrawn:
            self._intake.n_known += 1
            return
        self._withdraw(identity, result.note or "withdrawn at the lab")

    def _missing(self, order_id: str) -> None:
        for identity, known in self._state.measurements.items():
            if (
                known.current.order_id == order_id
                and known.current.result_id.startswith(self._namespace)
                and not known.withdrawn
                and identity not in self._seen
                and identity not in self._gone
            ):
                self._withdraw(identity, f"no longer at the lab ({self._source})")

    def _withdraw(self, identity: str, reason: str) -> None:
        self._intake.bodies.append(
            e.MeasurementWithdrawn(measurement_id=identity, reason=reason, by="lab")
        )
        self._intake.n_corrected += 1

    def _followed(self, order: OrderRecord, said: Sequence[LabResult]) -> None:
        """Let the order end, wait for a person, or be open again, as the lab says."""
        ends = [r for r in said if r.outcome is not Outcome.NEEDS_FOLLOW_UP]
        flags = [r for r in said if r.outcome is Outcome.NEEDS_FOLLOW_UP]
        order_id = order.order.order_id
        if ends:
            self._end(order, ends[0])
            self._intake.n_known += len(ends) - 1
        elif self._is_ours(order_id, order.ended_by) and order.status in _ENDED:
            reason = f"no longer {order.status} at the lab ({self._source})"
            self._reopened.append(e.OrderReopened(order_id=order_id, reason=reason))
        if flags:
            reason = "; ".join(dict.fromkeys(r.note for r in flags))
            if order.flag != reason:
                self._ended.append(
                    e.OrderFlagged(order_id=order_id, reason=reason, result_id=flags[0].result_id)
                )
        elif order.flag and self._is_ours(order_id, order.flagged_by):
            self._ended.append(e.OrderUnflagged(order_id=order_id))

    def _is_ours(self, order_id: str, result_id: str) -> bool:
        """Whether the snapshot speaks about something that this very lab once said."""
        return (
            order_id in self._snapshot and bool(result_id) and result_id.startswith(self._namespace)
        )

    def _end(self, order: OrderRecord, result: LabResult) -> None:
        order_id, stage = result.order_id, _stage(result.outcome)
        target = OrderStatus.FAILED if stage else OrderStatus.CANCELLED
        key = f"ended {order_id}"
        if key in self._seen or (order.status, order.failure_stage) == (target, stage):
            self._intake.n_known += 1
            return
        self._seen[key] = 0.0
        if self._has_its_result(order):
            expected = "no failure of an order that has its result; withdraw the measurement first"
            self._intake.problems.append(
                Problem(self._source, result.place, result.outcome.value, expected)
            )
            return
        self._intake.n_ended += 1
        reason, result_id = result.note or result.outcome.value, result.result_id
        if stage:
            self._ended.append(
                e.OrderFailed(order_id=order_id, stage=stage, reason=reason, result_id=result_id)
            )
        else:
            reason = result.note or "cancelled at the lab"
            self._ended.append(
                e.OrderCancelled(order_id=order_id, reason=reason, result_id=result_id)
            )

    def _has_its_result(self, order: OrderRecord) -> bool:
        if order.order.order_id not in self._snapshot:
            return order.status is OrderStatus.MEASURED
        return all(
            self._counts[order.order.order_id, request.property] >= request.replicates
            for request in order.order.requests
        )


def _stage(outcome: Outcome) -> e.FailureStage | None:
    if outcome is Outcome.CANCELLED:
        return None
    return "synthesis" if outcome is Outcome.FAILED_SYNTHESIS else "measurement"


def _was_seen(known: MeasurementRecord, value: float) -> bool:
    """Whether the lab said this before: an old file that comes again must not undo a correction."""
    history = [known.current.value, *(c.previous_value for c in known.corrections)]
    return any(math.isclose(value, old, rel_tol=1e-12, abs_tol=0.0) for old in history)


def _new_files(known: MeasurementRecord, said: Measurement) -> tuple[KeptFile, ...]:
    kept = known.current.files
    references = {(f.name, f.reference) for f in kept}
    contents = {(f.name, f.digest) for f in kept if f.digest}
    return tuple(
        f
        for f in said.files
        if (f.name, f.reference) not in references and (f.name, f.expected) not in contents
    )


def _correction(known: MeasurementRecord, said: Measurement, reason: str) -> e.MeasurementCorrected:
    return e.MeasurementCorrected(
        measurement_id=said.measurement_id,
        value=said.value,
        qualifier=said.qualifier,
        sd=said.sd,
        received_value=said.received_value,
        received_unit=said.received_unit,
        previous_value=known.current.value,
        reason=reason,
        by="lab",
    )
