"""A laboratory that keeps its samples and results in Benchling.

An order is a custom entity: what labs make, register, store and link results to. (Workflow tasks
need a flowchart and a licence of their own, and their outputs are not the lab's assay results.)

Facts of the API that this rests on, from its OpenAPI file and documentation; no server was seen:
names of unregistered entities are not unique, so that the same order sent twice makes two; the
name filter also takes aliases and registry ids; results are never edited but archived and entered
anew, under another id; nothing says that archiving moves a stamp, so that every result is looked
at; file contents lie on another host; one cannot ask who one is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, Final

from lims_adapters.benchling.client import SYSTEM, BenchlingClient, Stored
from lims_adapters.benchling.config import BenchlingConfig
from lims_adapters.benchling.layout import Layout, find_layout, layout_problems
from lims_adapters.benchling.order_form import order_body, preview, stored, with_our_words
from lims_adapters.benchling.parse import NAMESPACE, Found, ResultReader, linked, text
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.told import Told
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem

_KIND: Final = "benchling"
Entities = Mapping[str, Sequence[Stored]]
Values = Mapping[str, Sequence[Found]]


class BenchlingLab:
    """The way to a laboratory with Benchling."""

    Config: ClassVar[type[BenchlingConfig]] = BenchlingConfig

    def __init__(self, config: BenchlingConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        self._reader = ResultReader(config, context.definition.decimal)

    # The secret and the schemas are asked for when they are needed: building an adapter must not
    # fail because a server is away.
    @cached_property
    def _client(self) -> BenchlingClient:
        return BenchlingClient(self._config)

    @cached_property
    def _layout(self) -> Layout:
        return find_layout(self._config, self._client)

    def capabilities(self) -> Capabilities:
        """Say what Benchling can do."""
        return Capabilities(cancel=bool(self._config.sample.cancelled), cursor=True, snapshots=True)

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working.

        Whether the key may write in the folder only the first order shows.

        Raises:
            RetryableAdapterError: Benchling does not answer.
        """
        folder = self._config.sample.folder
        try:
            problems = layout_problems(self._config, self._context.definition, self._layout)
            if folder and not self._client.has_folder(folder):
                expected = "the API id of a folder that the key may see, like lib_R8KcsjhW"
                problems.append(Problem("[lims]", "lims.sample.folder", folder, expected))
        except LabAccessError as error:
            expected = f"an API key that Benchling takes, in {self._config.secret}"
            return [Problem("[lims]", "lims.secret", error.message, expected)]
        except AdapterError as error:
            if not error.problems:
                raise
            return list(error.problems)
        return problems

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of the oldest entity of an order, or None; archived ones are gone."""
        entities = self._entities([order_id]).get(order_id)
        return _receipt(order_id, entities[0]) if entities else None

    def submit(self, order: WorkOrder) -> Receipt:
        """Make an entity for an order. Benchling makes another for each call if unregistered.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: Benchling refuses it.
        """
        made, refusal = self._client.create(order_body(order, self._config.sample, self._layout))
        if made is not None:
            return _receipt(order.order_id, made)
        # A registry refuses a name that it has: somebody was faster.
        receipt = self.find(order.order_id)
        if receipt is None:
            raise AdapterError(f"Benchling refuses order {order.order_id}: {refusal}")
        return receipt

    def preview(self, order: WorkOrder) -> str:
        """Return what `submit` would write."""
        return preview(order, self._config.sample)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return all that Benchling holds of the orders of which it holds something new.

        It takes a request per 100 orders, and one per 20 orders and result schema.

        Raises:
            RetryableAdapterError: try later.
        """
        told = Told.read(_KIND, cursor)
        listed = {order.order_id: order for order in sorted(orders, key=lambda o: o.order_id)}
        entities = self._entities(listed) if listed else {}
        values = self._values(entities)
        seen = [o for name, o in listed.items() if name in entities or told.knows(name)]
        news, now = told.compared(self._snapshot(order, entities, values) for order in seen)
        return Poll(batches=news, cursor=now.text())

    def _entities(self, order_ids: Iterable[str]) -> dict[str, list[Stored]]:
        """Return the entities of orders, the oldest first; a filter is never trusted."""
        wanted = set(order_ids)
        found: dict[str, list[Stored]] = {}
        for entity in self._client.named(self._layout.sample.api_id, wanted):
            for name in wanted.intersection(entity.names):
                found.setdefault(name, []).append(entity)
        return {name: sorted(held, key=_age) for name, held in found.items()}

    def _values(self, entities: Entities) -> dict[str, list[Found]]:
        """Return what the results say of each order, the oldest first."""
        orders = {entity.api_id: name for name, held in entities.items() for entity in held}
        found: dict[str, list[Found]] = {}
        for schema in dict.fromkeys(r.result_schema for r in self._config.results.values()):
            api_id = self._layout.results[schema].api_id
            results = sorted(self._client.results(api_id, list(orders)), key=_age)
            for result in results:
                links = linked(result.fields, self._config.measurement.sample)
                for order_id in dict.fromkeys(orders[link] for link in links if link in orders):
                    items = self._read(result, schema, order_id, links)
                    found.setdefault(order_id, []).extend(items)
        return self._with_files(found)

    def _read(
        self, result: Stored, schema: str, order_id: str, links: Sequence[str]
    ) -> Iterator[Found]:
        if len(links) != 1:
            field = self._config.measurement.sample
            place = f"result {result.api_id}, {field!r}"
            yield Problem(SYSTEM, place, ", ".join(links), "a link to the one sample measured")
            return
        files = tuple(
            ResultAttachment(name="", reference=blob)
            for field in self._config.measurement.files
            for blob in linked(result.fields, field)
        )
        for name, mapped in self._config.results.items():
            if mapped.result_schema == schema:
                for item in self._reader.read(result, name, order_id):
                    if isinstance(item, LabResult) and files:
                        yield item.model_copy(update={"attachments": files})
                    else:
                        yield item

    def _with_files(self, found: dict[str, list[Found]]) -> dict[str, list[Found]]:
        results = [r for items in found.values() for r in items if isinstance(r, LabResult)]
        held = self._client.blobs([f.reference for r in results for f in r.attachments])

        def named(item: Found) -> Found:
            if isinstance(item, Problem):
                return item
            files = []
            for file in item.attachments:
                name, media_type = held.get(file.reference, (file.reference, ""))
                files.append(file.model_copy(update={"name": name, "media_type": media_type}))
            return item.model_copy(update={"attachments": tuple(files)})

        return {order_id: [named(item) for item in items] for order_id, items in found.items()}

    def _snapshot(self, order: WorkOrder, entities: Entities, values: Values) -> ResultBatch:
        held = entities.get(order.order_id)
        if not held:
            return gone(SYSTEM, NAMESPACE, order.order_id)
        asked = {request.property for request in order.requests}
        items = values.get(order.order_id, ())
        problems = [item for item in items if isinstance(item, Problem)]
        results = [r for r in items if isinstance(r, LabResult) and r.property in asked]
        results += self._reader.ending(held[0], order.order_id)
        return snapshot(SYSTEM, NAMESPACE, order.order_id, results, problems)

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Set the status to the word for a cancelled order, unless the lab has begun.

        Raises:
            RetryableAdapterError: it may or may not be written.
        """
        mapping = self._config.sample
        entities = self._entities([order.order_id]) if mapping.cancelled else {}
        held = entities.get(order.order_id, [])
        is_open = {w.casefold() for w, meaning in self._config.status.items() if meaning == "open"}
        words = [text(entity.fields, mapping.status).casefold() for entity in held]
        if not held or self._values(entities).get(order.order_id):
            return False
        if any(w not in {"", mapping.cancelled.casefold()} | is_open for w in words):
            return False
        told = {mapping.status: mapping.cancelled}
        told |= {mapping.reason: reason} if mapping.reason else {}
        fields = {name: stored(self._layout, name, words) for name, words in told.items()}
        for entity, word in zip(held, words, strict=True):
            if word != mapping.cancelled.casefold():
                self._client.update(entity.api_id, fields)
        return True

    def annotate(self, order: WorkOrder, words: str) -> None:
        """Write our words into their field, after what people wrote there.

        Raises:
            RetryableAdapterError: they may or may not be written; the same call is safe.
            AdapterError: there is no such entity, or no field for our words.
        """
        field = self._field("annotation")
        entity = self._placed(order)
        held = text(entity.fields, field)
        wanted = with_our_words(held, words)
        if wanted != held:
            self._client.update(entity.api_id, {field: wanted})

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document with the entity; another of the same name is replaced.

        Raises:
            RetryableAdapterError: it may or may not be there; the same call is safe.
            AdapterError: Benchling refuses it, has no such entity, or there is no field for it.
        """
        field = self._field("documents")
        blobs = linked(self._placed(order).fields, field)
        names = self._client.blobs(blobs)
        others = [blob for blob in blobs if names.get(blob, ("", ""))[0] != name]
        filed = self._client.upload(name, media_type, content)
        # Looked at again: a person may have added a file while ours went up.
        entity = self._placed(order)
        more = [b for b in linked(entity.fields, field) if b not in blobs]
        self._client.update(entity.api_id, {field: [*others, *more, filed]})

    def _field(self, option: str) -> str:
        field = str(getattr(self._config.sample, option))
        if not field:
            raise AdapterError(
                f"Benchling: no field for {option}", hint=f"name one as lims.sample.{option}"
            )
        return field

    def _placed(self, order: WorkOrder) -> Stored:
        held = self._entities([order.order_id]).get(order.order_id)
        if not held:
            raise AdapterError(f"Benchling has no entity of order {order.order_id}")
        return held[0]

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return a file.

        Raises:
            RetryableAdapterError: try later.
            AdapterError: it is not there, too large, or on a host that is not configured.
        """
        return self._client.download(attachment.reference)

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every entity one of whose names begins with the name of this campaign.

        Raises:
            RetryableAdapterError: try later.
        """
        known = {order.order_id: order for order in orders}
        begins = f"{self._context.slug}-"
        listed = self._client.beginning(self._layout.sample.api_id, begins)
        names = {n for entity in listed for n in entity.names if n.startswith(begins)}
        entities = self._entities(names | known.keys())
        values = self._values(entities)
        for order_id, (first, *rest) in sorted(entities.items()):
            order = known.get(order_id)
            batch = self._snapshot(order, entities, values) if order else None
            yield RemoteOrder(
                **_receipt(order_id, first).model_dump(),
                state=text(first.fields, self._config.sample.status),
                duplicates=tuple(entity.api_id for entity in rest),
                results=batch.results if batch else (),
            )


def _age(item: Stored) -> tuple[str, str]:
    return item.created, item.api_id


def _receipt(order_id: str, entity: Stored) -> Receipt:
    return Receipt(order_id=order_id, external_id=entity.api_id, url=entity.url)
