"""A laboratory that keeps its samples as records in Kadi4Mat.

Facts of Kadi4Mat 1.13 that this rests on, from its source and as it was run: an identifier is
unique, so that the same order sent twice is one record; a record in the trash keeps its
identifier until it is purged; the last write wins; units are any text; without Elasticsearch the
search text is ignored, so that nothing here searches by text; links move no time stamp.
"""

import copy
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from lims_adapters.kadi.changes import Changes
from lims_adapters.kadi.client import KadiClient
from lims_adapters.kadi.config import KadiConfig
from lims_adapters.kadi.layout import layout_problems
from lims_adapters.kadi.order_form import order_body, preview, put, with_our_words
from lims_adapters.kadi.parse import SYSTEM, RecordReader
from lims_adapters.kadi.record import Record, flat, words
from lims_adapters.transport.reading import Translator
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem


class KadiLab:
    """The way to a laboratory with Kadi4Mat."""

    Config: ClassVar[type[KadiConfig]] = KadiConfig

    def __init__(self, config: KadiConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        translator = Translator(SYSTEM, config.results, context.definition.decimal)
        self._reader = RecordReader(config, translator)

    # The secret is asked for when it is needed: building an adapter must not fail over it.
    @cached_property
    def _client(self) -> KadiClient:
        return KadiClient(self._config)

    @property
    def _changes(self) -> Changes:
        return Changes(self._config, self._reader, self._client, self._context.slug)

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
        return self._changes.since(cursor, orders)

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
        if any(self._changes.values(record, order)) or (word and word.casefold() not in is_open):
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
        records = self._changes.records()
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
                results=self._changes.snapshot(record, order).results if order else (),
            )
