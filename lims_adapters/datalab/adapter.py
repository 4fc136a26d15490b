"""datalab: a sample per order, results from tables attached to it or typed beside it.

Run against datalab-server 0.7.12.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from lims_adapters.datalab.changes import Changes
from lims_adapters.datalab.client import DatalabClient, taken
from lims_adapters.datalab.config import DatalabConfig
from lims_adapters.datalab.documents import file_document, own_item, write_note
from lims_adapters.datalab.names import is_order, item_id, order_of
from lims_adapters.datalab.parse import SYSTEM, SampleReader, is_results_file
from lims_adapters.datalab.people import one_account, people_problems
from lims_adapters.datalab.sample import new_sample, shown
from lims_adapters.transport.ending import missing
from lims_adapters.transport.mapping_check import check_results, check_words
from lims_adapters.transport.reading import Translator
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem

Item = dict[str, Any]


class Datalab:
    """The way to a lab that keeps its samples in datalab."""

    Config: ClassVar[type[DatalabConfig]] = DatalabConfig

    def __init__(self, config: DatalabConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        self._connected: DatalabClient | None = None
        translator = Translator(SYSTEM, config.results, context.definition.decimal)
        self._reader = SampleReader(config, translator, self._file)

    @property
    def _lab(self) -> DatalabClient:
        # The secret is read when it is first needed, so that a preview needs none.
        if self._connected is None:
            self._connected = DatalabClient(self._config)
        return self._connected

    def _file(self, file_id: str, name: str) -> bytes:
        return self._lab.file(file_id, name)

    def capabilities(self) -> Capabilities:
        """Say what datalab can do: it refuses a second item of an id, and locks nothing."""
        return Capabilities(cancel=True, idempotent_submit=True, cursor=True, snapshots=True)

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working: account, status words, mapping."""
        problems = check_results(self._context.definition, self._config.results)
        try:
            account = self._lab.whoami()
            state = str(account.get("account_status"))
            if state != "active":
                who = f"account {account.get('display_name')!r}"
                expected = "an active account: others may read, not write"
                problems.append(Problem("datalab", who, state, expected))
            problems += check_words(self._config.status, self._lab.status_words())
            problems += people_problems(self._lab, self._config.people)
        except AdapterError as error:
            place = "secret" if isinstance(error, LabAccessError) else "connection"
            expected = error.hint or "an answer"
            problems.append(Problem("datalab", place, error.message, expected))
        return problems

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order whose sample is there.

        Raises:
            AdapterError: its item id belongs to somebody else's sample.
        """
        item = self._lab.item(item_id(order_id))
        if item is None:
            return None
        if not is_order(item, order_id):
            raise taken(item_id(order_id))
        return self._receipt(order_id, str(item.get("refcode", "")))

    def submit(self, order: WorkOrder) -> Receipt:
        """Make the sample; where the id is taken, by us or another worker, look again."""
        people = [one_account(self._lab, name) for name in self._config.people]
        sample = new_sample(order, self._config.status_when_placed, people)
        refcode = self._lab.create(sample)
        if refcode is not None:
            return self._receipt(order.order_id, refcode)
        known = self.find(order.order_id)
        if known is None:
            raise taken(item_id(order.order_id))
        return known

    def preview(self, order: WorkOrder) -> str:
        """Return what would be written, as a person reads it."""
        return shown(order, self._config.status_when_placed)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return the orders of which something changed, each whole."""
        return Changes(self._config, self._reader).since(cursor, self._lab, orders)

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Nothing is kept there about what was read."""
        del batch, problems

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Set the sample's status, unless the lab has ended it; say why beside it."""
        name = item_id(order.order_id)
        item = self._lab.item(name)
        if item is None or not is_order(item, order.order_id):
            return False
        wanted = self._config.status_when_cancelled
        if item.get("status") != wanted:
            if self._is_settled(order, item):
                return False
            if not self._lab.save(name, {"status": wanted}):
                return False
            item = self._lab.item(name)
            if item is None or item.get("status") != wanted:
                return False
        write_note(self._lab, order, item, f"Cancelled by the campaign: {reason}")
        return True

    def _is_settled(self, order: WorkOrder, item: Item) -> bool:
        """Whether the lab has ended an order or has all its values, readable or not."""
        if self._config.status.get(str(item.get("status")), "open") != "open":
            return True
        told = self._reader.read(order, item)
        return bool(told.problems) or not missing(order, told.results)

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write into the comment block of ours; every other block stays as it is."""
        write_note(self._lab, order, own_item(self._lab, order), text)

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document with the sample; it replaces ours of the same name only.

        Raises:
            AdapterError: its name is that of a results file, or the sample is not there.
        """
        if is_results_file(name, self._config):
            raise AdapterError(
                f"a document called {name!r} would be read as results of the lab",
                hint="give it a name that matches none of `files` under [lims]",
            )
        file_document(self._lab, own_item(self._lab, order), name, media_type, content)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return an attached file.

        Raises:
            AdapterError: it is not there, too large, or not what its digest says.
        """
        content = self._lab.file(*attachment.reference.split("/", 1))
        if attachment.digest and digest(content) != attachment.digest:
            raise AdapterError(f"datalab: file {attachment.name!r} is not what its digest says")
        return content

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every sample of this campaign, known by its item id or by its name."""
        by_item = {item_id(order.order_id): order for order in orders}
        by_order: dict[str, list[Item]] = {}
        for entry in self._lab.samples():
            known = by_item.get(str(entry["item_id"]))
            carried = known.order_id if known else order_of(entry)
            if known or carried.startswith(f"{self._context.slug}-r"):
                by_order.setdefault(carried, []).append(entry)
        for order_id, entries in sorted(by_order.items()):
            entries.sort(key=lambda e: (e["item_id"] != item_id(order_id), str(e.get("date"))))
            yield self._remote(order_id, entries, by_item.get(item_id(order_id)))

    def _remote(self, order_id: str, entries: list[Item], order: WorkOrder | None) -> RemoteOrder:
        first, *others = entries
        results: tuple[LabResult, ...] = ()
        if order is not None:
            item = self._lab.item(str(first["item_id"]))
            results = () if item is None else self._reader.read(order, item).results
        return RemoteOrder(
            order_id=order_id,
            external_id=str(first["item_id"]),
            url=self._lab.address(str(first.get("refcode", ""))),
            state=str(first.get("status", "")),
            duplicates=tuple(str(entry["item_id"]) for entry in others),
            results=results,
        )

    def _receipt(self, order_id: str, refcode: str) -> Receipt:
        url = self._lab.address(refcode)
        return Receipt(order_id=order_id, external_id=item_id(order_id), url=url)
