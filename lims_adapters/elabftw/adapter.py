"""A laboratory that keeps its experiments in eLabFTW.

Facts of eLabFTW 5 and 6 that this rests on, from its source and its OpenAPI specification: nothing
of a client's own is unique but `custom_id`, which is a number; a search in an extra field looks for
a part, in any case; the stamp of the last change has neither zone nor fractions, and a deleted
experiment vanishes from the lists, so that no cursor is built on stamps; the last write wins, and
only single extra fields can be written without touching the others; what is locked stays as it is.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from lims_adapters.elabftw.client import ElabClient
from lims_adapters.elabftw.config import ElabConfig
from lims_adapters.elabftw.entry import SYSTEM, Entry
from lims_adapters.elabftw.order_form import order_body, preview
from lims_adapters.elabftw.parse import NAMESPACE, EntryReader
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.mapping import unknown_name
from lims_adapters.transport.told import Told
from loop.core.definition import CampaignDefinition
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem


class ElabLab:
    """The way to a laboratory with eLabFTW."""

    Config: ClassVar[type[ElabConfig]] = ElabConfig

    def __init__(self, config: ElabConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        self._reader = EntryReader(config, context.definition.decimal)
        self._ours = re.compile(rf"{re.escape(context.slug)}-r\d+-.+")

    # The secret is asked for when it is needed: building an adapter must not fail over it.
    @cached_property
    def _client(self) -> ElabClient:
        return ElabClient(self._config)

    def capabilities(self) -> Capabilities:
        """Say what eLabFTW can do."""
        return Capabilities(cancel=bool(self._config.cancelled), cursor=True, snapshots=True)

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working.

        Raises:
            RetryableAdapterError: eLabFTW does not answer.
        """
        expected = f"an API key that may write, in {self._config.secret}"
        try:
            account = self._client.account()
            if not self._client.may_write():
                shown = f"a key of {account.get('fullname')} that may only read"
                return [Problem("[lims]", "lims.secret", shown, expected)]
            return [*self._unknown_titles(), *self._unmapped(self._context.definition)]
        except LabAccessError as error:
            return [Problem("[lims]", "lims.secret", error.message, expected)]

    def _unknown_titles(self) -> Iterator[Problem]:
        config = self._config
        statuses = self._client.titles("experiments_status")
        named = {"requested": config.requested, "cancelled": config.cancelled}
        places = {f"lims.{option}": title for option, title in named.items()}
        places |= {f"lims.status.{title}": title for title in config.status}
        for place, title in places.items():
            if title and title not in statuses:
                yield unknown_name(place, title, statuses, "the title of a status of the team")
        categories = self._client.titles("experiments_categories")
        if config.category and config.category not in categories:
            what = "the title of a category of the team"
            yield unknown_name("lims.category", config.category, categories, what)

    def _unmapped(self, definition: CampaignDefinition) -> Iterator[Problem]:
        for name in definition.properties:
            if name not in self._config.results:
                place = f"lims.results.{name}"
                yield Problem("[lims]", place, "", "which extra field gives this property")
        for title in filter(None, (self._config.requested, self._config.cancelled)):
            if title.casefold() not in {known.casefold() for known in self._config.status}:
                yield Problem("[lims]", "lims.status", title, "what this status means")

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of the oldest experiment of an order, or None."""
        entries = self._entries(order_id)
        return self._receipt(entries[0]) if entries else None

    def _entries(self, order_id: str) -> list[Entry]:
        return [entry for entry in self._client.entries(order_id) if entry.order_id == order_id]

    def _receipt(self, entry: Entry) -> Receipt:
        url = f"{self._config.url}/experiments.php?mode=view&id={entry.number}"
        return Receipt(order_id=entry.order_id, external_id=str(entry.number), url=url)

    def submit(self, order: WorkOrder) -> Receipt:
        """Make an experiment for an order.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: eLabFTW refuses it, or does not find it again.
        """
        category = self._titled("experiments_categories", self._config.category)
        status = self._titled("experiments_status", self._config.requested)
        self._client.create(order_body(order, self._config, category, status))
        entries = self._entries(order.order_id)
        if not entries:
            raise AdapterError(
                f"{SYSTEM} took the order {order.order_id} and does not find it again",
                hint=f"look for its title, and its field {self._config.order_field!r}",
            )
        return self._receipt(entries[0])

    def _titled(self, kind: str, title: str) -> int | None:
        if not title:
            return None
        known = self._client.titles(kind)
        if title not in known:
            problem = unknown_name("lims", title, known, f"a title among {kind}")
            raise AdapterError(f"{SYSTEM} lacks what [lims] names", problems=[problem])
        return known[title]

    def preview(self, order: WorkOrder) -> str:
        """Return what `submit` would write."""
        return preview(order, self._config)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return all that eLabFTW holds of the orders of which it holds something new.

        It takes one request per 100 experiments of the campaign, and one per order with news.

        Raises:
            RetryableAdapterError: try later.
        """
        before = Told.read("elabftw", cursor)
        held = self._held() if orders else {}
        found: dict[str, tuple[ResultBatch, Sequence[Entry]]] = {}
        for order in sorted(orders, key=lambda order: order.order_id):
            entries = held.get(order.order_id, [])
            if not entries and before.knows(order.order_id):
                # Somebody who deletes another one moves this one over the edge of a page.
                entries = self._entries(order.order_id)
            if entries or before.knows(order.order_id):
                found[order.order_id] = self._snapshot(order, entries), entries
        news, told = before.compared(batch for batch, _ in found.values())
        batches = (self._with_files(batch, found[batch.token][1]) for batch in news)
        return Poll(batches=tuple(batches), cursor=told.text())

    def _held(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self._client.entries(f"{self._context.slug}-r"):
            if self._ours.fullmatch(entry.order_id):
                found.setdefault(entry.order_id, []).append(entry)
        return found

    def _snapshot(self, order: WorkOrder, entries: Sequence[Entry]) -> ResultBatch:
        if not entries:
            return gone(SYSTEM, NAMESPACE, order.order_id)
        asked, problems = {request.property for request in order.requests}, list[Problem]()
        results = list(self._reader.results(entries[0], asked, problems))
        return snapshot(SYSTEM, NAMESPACE, order.order_id, results, problems)

    def _with_files(self, batch: ResultBatch, entries: Sequence[Entry]) -> ResultBatch:
        if not any(result.property for result in batch.results):
            return batch
        files = self._client.files(entries[0].number, ours=False)
        results = [_with(result, files) for result in batch.results]
        return batch.model_copy(update={"results": tuple(results)})

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Set the status to the one for a cancelled order, unless the lab has begun.

        Raises:
            RetryableAdapterError: it may or may not be written; the same call is safe.
        """
        word = self._config.cancelled
        entries = self._entries(order.order_id) if word else []
        if not entries:
            return False
        entry = entries[0]
        if entry.status.casefold() == word.casefold():
            return True
        is_open = {k.casefold() for k, meaning in self._config.status.items() if meaning == "open"}
        begun = bool(entry.status) and entry.status.casefold() not in is_open
        if begun or entry.locked or self._reader.has_values(entry):
            return False
        status = self._titled("experiments_status", word)
        if self._config.reason:
            self._client.set_field(entry.number, self._config.reason, reason)
        self._client.set_status(entry.number, status or 0)
        return True

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write our words into their own extra field.

        Raises:
            RetryableAdapterError: they may or may not be written; the same call is safe.
            AdapterError: there is no such experiment or field, or it is locked.
        """
        entry = self._placed(order)
        if entry.value(self._config.annotation) != text.strip():
            self._client.set_field(entry.number, self._config.annotation, text.strip())

    def _placed(self, order: WorkOrder) -> Entry:
        entries = self._entries(order.order_id)
        if not entries:
            raise AdapterError(f"{SYSTEM} has no experiment of {order.order_id}")
        if entries[0].locked:
            raise AdapterError(
                f"{SYSTEM}: experiment {entries[0].number} of {order.order_id} is locked",
                hint="whoever locked it can unlock it",
            )
        return entries[0]

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document with the experiment; another of ours of the same name is replaced.

        Raises:
            RetryableAdapterError: it may or may not be there; the same call is safe.
            AdapterError: eLabFTW refuses it, or has no such experiment.
        """
        self._client.upload(self._placed(order).number, name, media_type, content)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return a file.

        Raises:
            RetryableAdapterError: try later.
            AdapterError: it is not there, too large, or not what its digest says.
        """
        return self._client.download(attachment)

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every experiment with an order id of this campaign.

        Raises:
            RetryableAdapterError: try later.
        """
        known, held = {order.order_id: order for order in orders}, self._held()
        for order_id in known.keys() - held.keys():
            if entries := self._entries(order_id):
                held[order_id] = entries
        for order_id, (first, *rest) in sorted(held.items()):
            results: tuple[LabResult, ...] = ()
            if order := known.get(order_id):
                batch = self._snapshot(order, [first])
                results = self._with_files(batch, [first]).results
            yield RemoteOrder(
                **self._receipt(first).model_dump(),
                state=first.status,
                duplicates=tuple(str(entry.number) for entry in rest),
                results=results,
            )


def _with(result: LabResult, files: tuple[ResultAttachment, ...]) -> LabResult:
    return result.model_copy(update={"attachments": files}) if result.property else result
