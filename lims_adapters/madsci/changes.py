"""What is new at a MADSci laboratory since a cursor."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lims_adapters.madsci.client import MadsciClient, owner
from lims_adapters.madsci.config import MadsciConfig
from lims_adapters.madsci.names import sample_id
from lims_adapters.madsci.order import experiment_of, order_of
from lims_adapters.madsci.parse import NAMESPACE, SYSTEM, ExperimentReader, substance
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.fingerprints import Fingerprints, fingerprint
from loop.core.order import WorkOrder
from loop.core.result import Poll, ResultBatch

Thing = dict[str, Any]
_GONE = "gone"


@dataclass(frozen=True)
class Holdings:
    """What the laboratory holds, read as a whole.

    Attributes:
        samples: Resources by order id, ours first.
        experiments: Experiments by order id, the sample's own first, then the oldest.
        points: Datapoints by experiment id.
    """

    samples: Mapping[str, Sequence[Thing]]
    experiments: Mapping[str, Sequence[Thing]]
    points: Mapping[str, Sequence[Thing]]


def holdings(lab: MadsciClient, config: MadsciConfig, wanted: Sequence[str]) -> Holdings:
    """Return what is there; datapoints only of the orders that are `wanted`."""
    samples = _by(lab.resources(config.resource_class), order_of)
    experiments = _by(lab.experiments(), lambda e: str(e.get("run_name") or ""))
    for order_id, found in samples.items():
        samples[order_id] = _ordered(found, "resource_id", sample_id(order_id), "created_at")
    for order_id, found in experiments.items():
        own = experiment_of(samples[order_id][0]) if order_id in samples else ""
        experiments[order_id] = _ordered(found, "_id", own, "started_at")
    first = [str(experiments[name][0]["_id"]) for name in wanted if name in experiments]
    points = _by(lab.datapoints(first), owner)
    return Holdings(samples, experiments, points)


def _by(things: Iterable[Thing], name: Callable[[Thing], str]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {}
    for thing in things:
        if name(thing):
            found.setdefault(name(thing), []).append(thing)
    return found


def _ordered(things: Sequence[Thing], key: str, own: str, stamp: str) -> list[Thing]:
    return sorted(things, key=lambda t: (t[key] != own, str(t.get(stamp)), str(t[key])))


class Changes:
    """Compares what is there with what was read before."""

    def __init__(self, config: MadsciConfig, reader: ExperimentReader) -> None:
        self._config, self._reader = config, reader

    def since(self, cursor: str | None, lab: MadsciClient, orders: Sequence[WorkOrder]) -> Poll:
        """Return every order of which something changed, each whole."""
        before = Fingerprints.read(cursor)
        if not orders:
            return Poll(cursor=cursor)
        held = holdings(lab, self._config, [order.order_id for order in orders])
        read: dict[str, str] = {}
        batches: list[ResultBatch] = []
        for order in orders:
            known, (now, batch) = before.of(order.order_id), self._now(order, held)
            # What was never seen is not missing: it was refused, or cancelled before it left.
            if now == known or (now == _GONE and not known):
                continue
            read[order.order_id] = now
            if known or batch.results or batch.problems:
                batches.append(batch)
        return Poll(batches=tuple(batches), cursor=before.advanced(read).text() or cursor)

    def _now(self, order: WorkOrder, held: Holdings) -> tuple[str, ResultBatch]:
        found = held.experiments.get(order.order_id)
        if not found or order.order_id not in held.samples:
            return _GONE, gone(SYSTEM, NAMESPACE, order.order_id)
        experiment = found[0]
        points = held.points.get(str(experiment["_id"]), ())
        now = fingerprint(substance(experiment, points, self._config))
        told = self._reader.read(order, experiment, points)
        return now, snapshot(SYSTEM, NAMESPACE, order.order_id, told.results, told.problems)
