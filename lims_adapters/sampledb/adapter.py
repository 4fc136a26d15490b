"""A laboratory that keeps its samples and measurements in SampleDB.

Facts of SampleDB 0.33 that this rests on, from its documentation and source and as it was run:
nothing in it is unique but its own numbers, so that the same order sent twice makes two samples;
a write that rests on an old version is refused; nothing is ever deleted; every change has a
number in a log that can be read from a number on; it checks the dimension of quantities.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from lims_adapters.sampledb.changes import Changes
from lims_adapters.sampledb.client import SampleDBClient
from lims_adapters.sampledb.config import SampleDBConfig
from lims_adapters.sampledb.layout import Layout, find_layout
from lims_adapters.sampledb.layout_check import layout_problems
from lims_adapters.sampledb.order_form import order_data, preview
from lims_adapters.sampledb.parse import SYSTEM, text
from lims_adapters.sampledb.writing import SampleWriter
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem


class SampleDBLab:
    """The way to a laboratory with SampleDB."""

    Config: ClassVar[type[SampleDBConfig]] = SampleDBConfig

    def __init__(self, config: SampleDBConfig, context: LabContext) -> None:
        self._config, self._context = config, context

    # The secret and the layout are asked for when they are needed: building an adapter must not
    # fail because a server is away.
    @cached_property
    def _client(self) -> SampleDBClient:
        return SampleDBClient(self._config)

    @cached_property
    def _layout(self) -> Layout:
        return find_layout(self._config, self._client.actions())

    @cached_property
    def _changes(self) -> Changes:
        return Changes(self._config, self._context, self._layout, self._client)

    @cached_property
    def _writer(self) -> SampleWriter:
        return SampleWriter(self._config, self._layout.sample, self._client)

    def capabilities(self) -> Capabilities:
        """Say what SampleDB can do."""
        return Capabilities(
            cancel=bool(self._config.sample.cancelled),
            cursor=True,
            snapshots=True,
            compare_and_set=True,
            checks_units=True,
        )

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working.

        Raises:
            RetryableAdapterError: SampleDB does not answer.
        """
        try:
            account = self._client.account()
            problems = layout_problems(
                self._config, self._context.definition, self._client.actions()
            )
            if problems:
                return problems
            action = self._layout.sample
            refusal = self._client.refusal_to_create(action.action_id)
        except LabAccessError as error:
            expected = f"an API token that SampleDB takes, in {self._config.secret}"
            return [Problem("[lims]", "lims.secret", error.message, expected)]
        if not refusal:
            return []
        expected = f"that {account} may make objects with the action {action.name!r}"
        return [Problem(SYSTEM, f"action {action.action_id}", refusal, expected)]

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of the oldest sample of an order, or None."""
        samples = self._changes.reading().samples(order_id)
        return self._receipt(order_id, samples[0].object_id) if samples else None

    def _receipt(self, order_id: str, number: int) -> Receipt:
        return Receipt(order_id=order_id, external_id=str(number), url=self._client.page(number))

    def submit(self, order: WorkOrder) -> Receipt:
        """Make a sample for an order. SampleDB makes another for each call.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: SampleDB refuses it.
        """
        action = self._layout.sample
        data = order_data(order, self._config.sample, action)
        return self._receipt(order.order_id, self._client.create(action.action_id, data))

    def preview(self, order: WorkOrder) -> str:
        """Return what `submit` would write."""
        return preview(order, self._config.sample)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return all that SampleDB holds of the orders that changed since `cursor`.

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
        """
        if not self._config.sample.cancelled:
            return False
        reading = self._changes.reading()
        samples = reading.samples(order.order_id)
        if not samples or any(reading.measurements(sample) for sample in samples):
            return False
        return self._writer.cancel(reading, order.order_id, reason)

    def annotate(self, order: WorkOrder, text_: str) -> None:
        """Write our words into their field, after what people wrote there.

        Raises:
            RetryableAdapterError: they may or may not be written; the same call is safe.
            AdapterError: there is no such sample, or no field for our words.
        """
        if not self._config.sample.annotation:
            raise AdapterError(
                "SampleDB: no field for our words", hint="name one as lims.sample.annotation"
            )
        self._placed(order)
        self._writer.annotate(self._changes.reading(), order.order_id, text_)

    def _placed(self, order: WorkOrder) -> Receipt:
        receipt = self.find(order.order_id)
        if receipt is None:
            raise AdapterError(f"SampleDB has no sample of order {order.order_id}")
        return receipt

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document with the sample; SampleDB keeps no media type.

        Raises:
            RetryableAdapterError: it may or may not be there; the same call is safe.
            AdapterError: SampleDB refuses it, or has no such sample.
        """
        del media_type
        number = int(self._placed(order).external_id)
        wanted = hashlib.sha256(content).hexdigest()
        held = self._client.files(number)
        if not any(file.name == name and file.digest == wanted for file in held):
            self._client.upload(number, name, content)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return a file.

        Raises:
            RetryableAdapterError: try later; it also is what damaged bytes come to.
            AdapterError: it is not there, or too large.
        """
        number, _, file_id = attachment.reference.partition("/")
        content = self._client.download(int(number), int(file_id))
        if attachment.digest and hashlib.sha256(content).hexdigest() != attachment.digest:
            raise AdapterError(
                f"SampleDB: file {attachment.name!r} of object {number} is not the one whose "
                f"SHA-256 is {attachment.digest}"
            )
        return content

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every sample whose order id begins with the name of this campaign.

        Raises:
            RetryableAdapterError: try later.
        """
        known = {order.order_id: order for order in orders}
        reading = self._changes.reading()
        reading.fetch_campaign(self._context.slug)
        for order_id in reading.orders():
            first, *rest = reading.samples(order_id)
            order = known.get(order_id)
            batch = self._changes.snapshot(reading, order) if order else None
            yield RemoteOrder(
                order_id=order_id,
                external_id=str(first.object_id),
                url=self._client.page(first.object_id),
                state=text(first.data, self._config.sample.status),
                duplicates=tuple(str(item.object_id) for item in rest),
                results=batch.results if batch else (),
            )
