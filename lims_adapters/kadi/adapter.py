"""A laboratory that keeps its samples as records in Kadi4Mat.

Facts of Kadi4Mat 1.13 that this rests on, from its source and as it was run: an identifier is
unique, so that the same order sent twice is one record; a record in the trash keeps its
identifier until it is purged; the last write wins; units are any text; without Elasticsearch the
search text is ignored, so that nothing here searches by text; links move no time stamp.
"""

import copy
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar, Final

from lims_adapters.kadi.client import KadiClient, Record
from lims_adapters.kadi.compare import Told
from lims_adapters.kadi.config import KadiConfig
from lims_adapters.kadi.layout import layout_problems
from lims_adapters.kadi.order_form import order_body, preview, put, with_our_words
from lims_adapters.kadi.parse import NAMESPACE, SYSTEM, Found, RecordReader, flat, words
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Outcome, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem

_TOLD: Final = 16


class KadiLab:
    """The way to a laboratory with Kadi4Mat."""

    Config: ClassVar[type[KadiConfig]] = KadiConfig

    def __init__(self, config: KadiConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        self._reader = RecordReader(config, context.definition.decimal)

    # The secret is asked for when it is needed: building an adapter must not fail over it.
    @cached_property
    def _client(self) -> KadiClient:
        return KadiClient(self._config)

    def capabilities(self) -> Capabilities:
        """Say what Kadi4Mat can do."""
        return Capabilities(
            cancel=bool(self._config.sample.cancelled),
            idempotent_submit=True,
            cursor=True,
            snapshots=True,
        )

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working.

        Raises:
            RetryableAdapterError: Kadi4Mat does not answer.
        """
        sample, measurement = self._config.sample, self._config.measurement
        try:
            self._client.account()
            self._client.try_rights()
            named = sample.template or (measurement.template if measurement else "")
            templates = self._client.templates() if named else {}
        except LabAccessError as error:
            expected = (
                f"a personal access token with the scopes record.read, record.create, "
                f"record.update and user.read, in {self._config.secret}"
            )
            return [Problem("[lims]", "lims.secret", error.message, expected)]
        return layout_problems(self._config, self._context.definition, templates)

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order, or None. A record in the trash is not there.

        The record is shared with the people of the mapping if a lost reply has kept us from it.
        """
        record = self._client.find(order_id)
        return self._shared(record) if record else None

    def _shared(self, record: Record) -> Receipt:
        for user in self._config.sample.users:
            self._client.share(record.number, "user", user)
        for group in self._config.sample.groups:
            self._client.share(record.number, "group", group)
        return self._receipt(record)

    def _receipt(self, record: Record) -> Receipt:
        return Receipt(
            order_id=record.identifier,
            external_id=str(record.number),
            url=self._client.page(record.number),
        )

    def submit(self, order: WorkOrder) -> Receipt:
        """Make a record for an order; the one that is there if it is.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: Kadi4Mat refuses it, or has its identifier in the trash.
        """
        record = self._client.create(order_body(order, self._config.sample))
        record = record or self._client.find(order.order_id)
        if record is None:
            raise AdapterError(
                f"Kadi4Mat: the identifier {order.order_id!r} is taken, and no such record is to "
                "be seen",
                hint="a deleted record keeps its identifier: whoever made it can restore or "
                "purge it in the trash",
            )
        return self._shared(record)

    def preview(self, order: WorkOrder) -> str:
        """Return what `submit` would write."""
        return preview(order, self._config.sample)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return all that Kadi4Mat holds of the orders of which it holds something new.

        It takes one request per 100 orders, and one per order where measurements are linked.

        Raises:
            RetryableAdapterError: try later.
        """
        before = Told.read(cursor).orders
        told = dict(before)
        records = self._records() if orders else {}
        batches = []
        for order in sorted(orders, key=lambda o: o.order_id):
            record = records.get(order.order_id) or self._client.find(order.order_id)
            if record is None and order.order_id not in before:
                continue
            batch = self._snapshot(record, order)
            says_something = bool(batch.results or batch.problems)
            known = before.get(order.order_id)
            mark = batch.content_digest[:_TOLD] if says_something or known else ""
            told[order.order_id] = mark
            if mark != (known or ""):
                batches.append(batch)
        return Poll(batches=tuple(batches), cursor=Told(told).text())

    def _records(self) -> dict[str, Record]:
        begins = f"{self._context.slug}-"
        # The tag only shortens the list: whether a record is ours its identifier says, and one
        # without the tag is asked for by name.
        return {
            record.identifier: record
            for record in self._client.tagged(self._context.slug, self._config.sample.type)
            if record.identifier.startswith(begins)
        }

    def _snapshot(self, record: Record | None, order: WorkOrder) -> ResultBatch:
        found = list(self._found(record, order)) if record else [_gone(order)]
        results = [item for item in found if isinstance(item, LabResult)]
        problems = [item for item in found if isinstance(item, Problem)]
        said = "\n".join([*(r.model_dump_json() for r in results), *map(str, problems)])
        content = digest(f"{order.order_id}\n{said}")
        number = f" ({record.number})" if record else ""
        return ResultBatch(
            token=f"{order.order_id}@{content[:_TOLD]}",
            source=f"{SYSTEM} {self._config.url}, record {order.order_id}{number}",
            content_digest=content,
            results=tuple(results),
            problems=tuple(problems),
            snapshot_of=(order.order_id,),
            namespace=NAMESPACE,
        )

    def _found(self, record: Record, order: WorkOrder) -> Iterator[Found]:
        asked = {request.property for request in order.requests}
        for item in self._values(record, order.order_id):
            if isinstance(item, Problem) or not item.property or item.property in asked:
                yield item
        yield from self._reader.ending(record, order.order_id)

    def _values(self, record: Record, order_id: str) -> Iterator[Found]:
        mapping = self._config.measurement
        if mapping is None:
            yield from self._reader.of_sample(record, order_id)
            return
        for measurement in self._measurements(record):
            files = self._files(measurement) if mapping.files else ()
            for item in self._reader.of_measurement(measurement, order_id):
                if isinstance(item, LabResult) and item.property:
                    yield item.model_copy(update={"attachments": files})
                else:
                    yield item

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
        return tuple(
            ResultAttachment(
                name=file.name,
                reference=f"{record.number}/{file.file_id}/{file.md5}",
                media_type=file.media_type,
            )
            for file in self._client.files(record.number)
        )

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Set the status to the word for a cancelled order, unless the lab has begun.

        Raises:
            RetryableAdapterError: it may or may not be written.
            AdapterError: somebody else wrote to the record in the same moment.
        """
        mapping = self._config.sample
        record = self._client.find(order.order_id) if mapping.cancelled else None
        if record is None:
            return False
        word = words(flat(record.extras), mapping.status)
        if word.casefold() == mapping.cancelled.casefold():
            return True
        is_open = {w.casefold() for w, meaning in self._config.status.items() if meaning == "open"}
        if any(self._values(record, order.order_id)) or (word and word.casefold() not in is_open):
            return False
        extras = [dict(extra) for extra in copy.deepcopy(record.extras)]
        put(extras, mapping.status, {"type": "str", "value": mapping.cancelled})
        if mapping.reason:
            put(extras, mapping.reason, {"type": "str", "value": reason})
        self._client.update(record.number, {"extras": extras})
        if self._client.changes_since(record.number, record.last_modified) > 1:
            raise AdapterError(
                f"Kadi4Mat: somebody else changed record {order.order_id} while it was cancelled",
                hint=f"see what is missing in its revisions: {self._client.page(record.number)}",
            )
        return True

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write our words at the end of the description, after what people wrote there.

        Raises:
            RetryableAdapterError: they may or may not be written; the same call is safe.
            AdapterError: there is no such record.
        """
        record = self._placed(order)
        wanted = with_our_words(record.description, text)
        if wanted != record.description:
            self._client.update(record.number, {"description": wanted})

    def _placed(self, order: WorkOrder) -> Record:
        record = self._client.find(order.order_id)
        if record is None:
            raise AdapterError(f"Kadi4Mat has no record {order.order_id}")
        return record

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document with the record; another of the same name is replaced.

        Raises:
            RetryableAdapterError: it may or may not be there; the same call is safe.
            AdapterError: Kadi4Mat refuses it, or has no such record.
        """
        self._client.upload(self._placed(order).number, name, media_type, content)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return a file.

        Raises:
            RetryableAdapterError: try later.
            AdapterError: it is not there, too large, or another one by now.
        """
        number, file_id, md5 = attachment.reference.split("/")
        return self._client.download(int(number), file_id, md5)

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every record whose identifier begins with the name of this campaign.

        Raises:
            RetryableAdapterError: try later.
        """
        known = {order.order_id: order for order in orders}
        records = self._records()
        for order_id in known.keys() - records.keys():
            if record := self._client.find(order_id):
                records[order_id] = record
        for order_id, record in sorted(records.items()):
            order = known.get(order_id)
            receipt = self._receipt(record)
            yield RemoteOrder(
                order_id=order_id,
                external_id=receipt.external_id,
                url=receipt.url,
                state=words(flat(record.extras), self._config.sample.status),
                results=self._snapshot(record, order).results if order else (),
            )


def _gone(order: WorkOrder) -> LabResult:
    return LabResult(
        order_id=order.order_id,
        result_id=f"{NAMESPACE}{order.order_id}/gone",
        outcome=Outcome.NEEDS_FOLLOW_UP,
        note="Kadi4Mat no longer has the record of this order; it may be in the trash",
    )
