"""A laboratory that keeps its samples and measurements in SampleDB.

Facts of SampleDB 0.33 that this rests on, from its documentation and source and as it was run:
nothing in it is unique but its own numbers, so that the same order sent twice makes two samples;
a write that rests on an old version is refused; nothing is ever deleted; every change has a
number in a log that can be read from a number on; it checks the dimension of quantities.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import ClassVar, Final

from lims_adapters.sampledb.client import SampleDBClient, StoredObject
from lims_adapters.sampledb.config import SampleDBConfig
from lims_adapters.sampledb.feed import FeedMark
from lims_adapters.sampledb.layout import Layout, find_layout, layout_problems
from lims_adapters.sampledb.order_form import order_data, preview, text_entry, with_our_words
from lims_adapters.sampledb.parse import NAMESPACE, SYSTEM, MeasurementReader, text
from lims_adapters.sampledb.reading import Reading, is_many
from lims_adapters.transport.mapping import ended
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem, RetryableAdapterError

_WRITES: Final = 5
_TOLD: Final = 16
_STRANGERS: Final = 20


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
    def _readers(self) -> dict[int, MeasurementReader]:
        decimal, results = self._context.definition.decimal, self._config.results
        return {
            action_id: MeasurementReader(mapping, results, decimal, self._client.user_name)
            for action_id, mapping in self._layout.measurements.items()
        }

    def _reading(self) -> Reading:
        return Reading(self._config, self._layout, self._client)

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
        samples = self._reading().samples(order_id)
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
        mark = FeedMark.read(cursor)
        entries = self._client.log(mark.since)
        news = mark.news(entries)
        known = {order.order_id: order for order in orders}
        late = mark.early & known.keys()
        if not news and not late:
            return Poll(cursor=cursor)
        reading = self._reading()
        if is_many(news):
            reading.fetch_campaign(self._context.slug)
        changed = reading.changed_orders(news) | dict.fromkeys(late, True)
        batches, told = [], {}
        for order_id in sorted(changed.keys() & known.keys()):
            batch = self._snapshot(reading, known[order_id])
            before = mark.told.get(order_id)
            told[order_id] = batch.content_digest[:_TOLD]
            # The creation of a sample and our own notes on it are no news of results.
            is_blank = before is None and not changed[order_id] and not _says_something(batch)
            if told[order_id] != before and not is_blank:
                batches.append(batch)
        ours = {name for name in changed if name.startswith(f"{self._context.slug}-")}
        early = (mark.early | ours) - known.keys()
        if not told and early == mark.early and cursor and len(news) < _STRANGERS:
            # What others do in a busy SampleDB is no fact of this campaign's to record.
            return Poll(cursor=cursor)
        return Poll(batches=tuple(batches), cursor=mark.advanced(entries, told, early).text())

    def _snapshot(self, reading: Reading, order: WorkOrder) -> ResultBatch:
        results: list[LabResult] = []
        problems: list[Problem] = []
        samples = reading.samples(order.order_id)
        for item in self._all_results(reading, order, samples):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                results.append(item)
        told = "\n".join([*(r.model_dump_json() for r in results), *map(str, problems)])
        content = digest(f"{order.order_id}\n{told}")
        number = f", object {samples[0].object_id}" if samples else ""
        return ResultBatch(
            token=f"{order.order_id}@{content[:16]}",
            source=f"{SYSTEM} {self._config.url}, order {order.order_id}{number}",
            content_digest=content,
            results=tuple(results),
            problems=tuple(problems),
            snapshot_of=(order.order_id,),
            namespace=NAMESPACE,
        )

    def _all_results(
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
        if samples:
            yield from self._ending(samples[0], order.order_id)

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

    def _ending(self, sample: StoredObject, order_id: str) -> Iterator[LabResult]:
        word = text(sample.data, self._config.sample.status)
        if not word:
            return
        outcome, note = ended(word, self._config.status)
        if outcome is not None:
            reason = text(sample.data, self._config.sample.reason)
            yield LabResult(
                order_id=order_id,
                result_id=f"{NAMESPACE}{sample.object_id}/status",
                outcome=outcome,
                raw=word,
                note=f"{note}: {reason}" if reason else note,
                place=f"object {sample.object_id}, field {self._config.sample.status!r}",
            )

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Set the status to the word for a cancelled order, unless the lab has begun.

        Raises:
            RetryableAdapterError: it may or may not be written.
        """
        mapping = self._config.sample
        if not mapping.cancelled:
            return False

        def entries(sample: StoredObject) -> dict[str, str] | None:
            word = text(sample.data, mapping.status)
            if word.casefold() == mapping.cancelled.casefold():
                return {}
            if word and word.casefold() not in self._open_words:
                return None
            told = {mapping.status: mapping.cancelled}
            return told | ({mapping.reason: reason} if mapping.reason else {})

        reading = self._reading()
        samples = reading.samples(order.order_id)
        if not samples or any(reading.measurements(sample) for sample in samples):
            return False
        dropped = [
            self._write(reading, order.order_id, row, entries) for row in range(len(samples))
        ]
        return all(dropped)

    @property
    def _open_words(self) -> set[str]:
        return {w.casefold() for w, meaning in self._config.status.items() if meaning == "open"}

    def annotate(self, order: WorkOrder, text_: str) -> None:
        """Write our words into their field, after what people wrote there.

        Raises:
            RetryableAdapterError: they may or may not be written; the same call is safe.
            AdapterError: there is no such sample, or no field for our words.
        """
        field = self._config.sample.annotation
        if not field:
            raise AdapterError(
                "SampleDB: no field for our words", hint="name one as lims.sample.annotation"
            )

        def entries(sample: StoredObject) -> dict[str, str]:
            held = text(sample.data, field)
            wanted = with_our_words(held, text_)
            return {} if wanted == held else {field: wanted}

        self._write(self._reading(), self._placed(order).order_id, 0, entries)

    def _placed(self, order: WorkOrder) -> Receipt:
        receipt = self.find(order.order_id)
        if receipt is None:
            raise AdapterError(f"SampleDB has no sample of order {order.order_id}")
        return receipt

    def _write(
        self,
        reading: Reading,
        order_id: str,
        row: int,
        entries: Callable[[StoredObject], dict[str, str] | None],
    ) -> bool:
        """Write text fields of a sample on its newest version; return False if told not to."""
        schemas = self._layout.sample.fields
        for _ in range(_WRITES):
            sample = reading.samples(order_id)[row]
            wanted = entries(sample)
            if wanted is None:
                return False
            texts = {f: text_entry(words, schemas.get(f, {})) for f, words in wanted.items()}
            if not wanted or self._client.write(sample, {**sample.data, **texts}):
                return True
        raise RetryableAdapterError(
            f"SampleDB: object of order {order_id} changed {_WRITES} times while we wrote to it"
        )

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
        reading = self._reading()
        reading.fetch_campaign(self._context.slug)
        for order_id in reading.orders():
            first, *rest = reading.samples(order_id)
            order = known.get(order_id)
            batch = self._snapshot(reading, order) if order else None
            yield RemoteOrder(
                order_id=order_id,
                external_id=str(first.object_id),
                url=self._client.page(first.object_id),
                state=text(first.data, self._config.sample.status),
                duplicates=tuple(str(item.object_id) for item in rest),
                results=batch.results if batch else (),
            )


def _says_something(batch: ResultBatch) -> bool:
    return bool(batch.results or batch.problems)
