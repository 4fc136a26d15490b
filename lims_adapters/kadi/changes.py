"""What is new at Kadi4Mat since a cursor.

Kadi4Mat has stamps, but a link that is made or cut and a record that is deleted move none that can
be asked for; so everything is looked at, and what was told is left out.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from lims_adapters.kadi.client import KadiClient
from lims_adapters.kadi.config import KadiConfig
from lims_adapters.kadi.parse import NAMESPACE, SYSTEM, Found, RecordReader
from lims_adapters.kadi.record import Record
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.fingerprints import Fingerprints, fingerprint
from loop.core.order import WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import Problem


class Changes:
    """Compares what is there with what was told before.

    Args:
        config: The mapping.
        reader: Reads records.
        client: One account.
        slug: Of the campaign.
    """

    def __init__(
        self, config: KadiConfig, reader: RecordReader, client: KadiClient, slug: str
    ) -> None:
        self._config, self._reader = config, reader
        self._client, self._slug = client, slug

    def since(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return every order of which something changed, each whole."""
        before = Fingerprints.read(cursor)
        records = self.records() if orders else {}
        read: dict[str, str] = {}
        batches: list[ResultBatch] = []
        for order in sorted(orders, key=lambda o: o.order_id):
            record = records.get(order.order_id) or self._client.find(order.order_id)
            known = before.of(order.order_id)
            batch = gone(SYSTEM, NAMESPACE, order.order_id)
            if record is not None:
                batch = self.snapshot(record, order)
            if not (batch.results or batch.problems or known):
                continue
            now = fingerprint(batch.content_digest)
            if now != known:
                read[order.order_id] = now
                batches.append(batch)
        return Poll(batches=tuple(batches), cursor=before.advanced(read).text())

    def records(self) -> dict[str, Record]:
        """Return the records of this campaign's orders by order id."""
        begins = f"{self._slug}-"
        # The tag only shortens the list: whether a record is ours its identifier says, and one
        # without the tag is asked for by name.
        return {
            record.identifier: record
            for record in self._client.tagged(self._slug, self._config.sample.type)
            if record.identifier.startswith(begins)
        }

    def snapshot(self, record: Record, order: WorkOrder) -> ResultBatch:
        """Return all that Kadi4Mat holds of one order."""
        found = list(self.values(record, order))
        results = [item for item in found if isinstance(item, LabResult)]
        problems = [item for item in found if isinstance(item, Problem)]
        ending = self._reader.ending(record, order, results)
        return snapshot(
            SYSTEM, NAMESPACE, order.order_id, results + ([ending] if ending else []), problems
        )

    def values(self, record: Record, order: WorkOrder) -> Iterator[Found]:
        """Yield what was measured, and why it cannot be read."""
        if self._config.measurement is None:
            return self._reader.of_sample(record, order)
        return chain.from_iterable(
            self._reader.of_measurement(linked, order, self._files(linked))
            for linked in self._measurements(record)
        )

    def _measurements(self, record: Record) -> list[Record]:
        mapping = self._config.measurement
        if mapping is None:
            return []
        found = {
            linked.number: linked
            for name, linked in self._client.linked_to(record.number)
            if mapping.link in {"", name} and mapping.type in {"", linked.type}
        }
        return [found[number] for number in sorted(found)]

    def _files(self, record: Record) -> tuple[ResultAttachment, ...]:
        if self._config.measurement is None or not self._config.measurement.files:
            return ()
        return tuple(
            ResultAttachment(
                name=file.name,
                reference=f"{record.number}/{file.file_id}/{file.md5}",
                media_type=file.media_type,
            )
            for file in self._client.files(record.number)
        )
