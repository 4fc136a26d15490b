"""What SampleDB holds of orders, and what of it is new since a cursor."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lims_adapters.sampledb.client import SampleDBClient
from lims_adapters.sampledb.config import SampleDBConfig
from lims_adapters.sampledb.feed import FeedMark
from lims_adapters.sampledb.layout import Layout
from lims_adapters.sampledb.parse import NAMESPACE, SYSTEM, MeasurementReader, text
from lims_adapters.sampledb.reading import Reading, is_many
from lims_adapters.sampledb.stored import StoredObject
from lims_adapters.transport.ending import ending, explained
from lims_adapters.transport.feed import gone, snapshot
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import Problem

_TOLD: Final = 16
_STRANGERS: Final = 20


class Changes:
    """Reads the log of changes, and each order that it touches as a whole.

    Args:
        config: The mapping.
        context: The campaign.
        layout: The actions of the mapping.
        client: One account.
    """

    def __init__(
        self, config: SampleDBConfig, context: LabContext, layout: Layout, client: SampleDBClient
    ) -> None:
        self._config, self._slug = config, context.slug
        self._layout, self._client = layout, client
        self._readers = {
            action_id: MeasurementReader(
                mapping, config.results, context.definition.decimal, client.user_name
            )
            for action_id, mapping in layout.measurements.items()
        }

    def reading(self) -> Reading:
        """Return a fresh look at what is there."""
        return Reading(self._config, self._layout, self._client)

    def since(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return all that SampleDB holds of the orders that changed since `cursor`."""
        mark = FeedMark.read(cursor)
        known = {order.order_id: order for order in orders}
        entries = self._client.log(mark.since)
        news = mark.news(entries)
        reading = self.reading()
        late = (mark.early & known.keys()) | self._moved(reading, mark, known)
        if not news and not late:
            return Poll(cursor=cursor)
        if is_many(news):
            reading.fetch_campaign(self._slug)
        changed = reading.changed_orders(news) | dict.fromkeys(late, True)
        batches, told = self._batches(reading, mark, known, changed)
        ours = {name for name in changed if name.startswith(f"{self._slug}-")}
        early = (mark.early | ours) - known.keys()
        if not told and early == mark.early and cursor and len(news) < _STRANGERS:
            # What others do in a busy SampleDB is no fact of this campaign's to record.
            return Poll(cursor=cursor)
        return Poll(batches=tuple(batches), cursor=mark.advanced(entries, told, early).text())

    def _moved(
        self, reading: Reading, mark: FeedMark, known: Mapping[str, WorkOrder]
    ) -> frozenset[str]:
        """Return the orders whose sample is out of our sight, or back, since the cursor.

        Nothing is deleted in SampleDB, but its people may take our right to read an object away,
        and no entry of the log that we can see says so. What was never seen is not missing: it
        was refused, or cancelled before it left.
        """
        told = known.keys() & mark.told.keys()
        if not told:
            return frozenset()
        missing = told - reading.order_ids(self._slug)
        hidden = {name for name in told if mark.told[name] == _mark(_gone(name))}
        return frozenset(missing ^ hidden)

    def _batches(
        self,
        reading: Reading,
        mark: FeedMark,
        known: Mapping[str, WorkOrder],
        changed: Mapping[str, bool],
    ) -> tuple[list[ResultBatch], dict[str, str]]:
        batches, told = [], {}
        for order_id in sorted(changed.keys() & known.keys()):
            batch = self.snapshot(reading, known[order_id])
            before = mark.told.get(order_id)
            told[order_id] = _mark(batch)
            # The creation of a sample and our own notes on it are no news of results.
            says_something = bool(batch.results or batch.problems)
            is_blank = before is None and not changed[order_id] and not says_something
            if told[order_id] != before and not is_blank:
                batches.append(batch)
        return batches, told

    def snapshot(self, reading: Reading, order: WorkOrder) -> ResultBatch:
        """Return everything valid that SampleDB holds of an order."""
        samples = reading.samples(order.order_id)
        if not samples:
            return _gone(order.order_id)
        results: list[LabResult] = []
        problems: list[Problem] = []
        for item in self._values(reading, order, samples):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                results.append(item)
        ended = self._ending(samples[0], order, results)
        if ended is not None:
            results.append(ended)
        return snapshot(SYSTEM, NAMESPACE, order.order_id, results, problems)

    def _values(
        self, reading: Reading, order: WorkOrder, samples: Sequence[StoredObject]
    ) -> Iterator[LabResult | Problem]:
        asked = {request.property for request in order.requests}
        for sample in samples:
            for item in reading.measurements(sample):
                for result in self._readers[item.action_id or 0].read(item, order.order_id):
                    if isinstance(result, LabResult) and result.property:
                        if result.property in asked:
                            yield self._with_files(result, item)
                    else:
                        yield result

    def _with_files(self, result: LabResult, item: StoredObject) -> LabResult:
        if not self._layout.measurements[item.action_id or 0].files:
            return result
        files = tuple(
            ResultAttachment(
                name=file.name, reference=f"{item.object_id}/{file.file_id}", digest=file.digest
            )
            for file in self._client.files(item.object_id)
        )
        return result.model_copy(update={"attachments": files})

    def _ending(
        self, sample: StoredObject, order: WorkOrder, results: Sequence[LabResult]
    ) -> LabResult | None:
        word = text(sample.data, self._config.sample.status)
        if not word:
            return None
        result_id = f"{NAMESPACE}{sample.object_id}/status"
        said = ending(order, word, self._config.status, results, result_id)
        return explained(said, "", text(sample.data, self._config.sample.reason))


def _gone(order_id: str) -> ResultBatch:
    return gone(SYSTEM, NAMESPACE, order_id)


def _mark(batch: ResultBatch) -> str:
    return batch.content_digest[:_TOLD]
