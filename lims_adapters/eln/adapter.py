"""A lab that works with an electronic notebook: orders out and results in as `.eln` archives.

orders/     one archive per round, to be imported into the notebook
results/    archives that the notebook exported are put here
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import ClassVar

from lims_adapters.eln.archive import read_member
from lims_adapters.eln.config import ElnConfig
from lims_adapters.eln.parse import NAMESPACE, parse
from lims_adapters.eln.write import as_eln
from lims_adapters.transport.crystal_file import shown_structure
from lims_adapters.transport.exchange import FileExchange
from lims_adapters.transport.folder import ExchangeFolder
from lims_adapters.transport.mapping import unknown_name
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext
from loop.core.order import Receipt, WorkOrder
from loop.core.result import Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, Problem


class ElnFolder:
    """The lab exports its notebook into an exchange folder.

    An archive holds the entries that somebody chose to export, so it is no snapshot: a changed
    value is a correction, a missing one is not a withdrawal.
    """

    Config: ClassVar[type[ElnConfig]] = ElnConfig

    def __init__(self, config: ElnConfig, context: LabContext) -> None:
        self._config = config
        self._context = context
        self._folder = ExchangeFolder(config, context.folder)
        self._exchange = FileExchange(self._folder, config.settle_seconds)

    def capabilities(self) -> Capabilities:
        """Say what an exchange of archives can do."""
        return Capabilities(cancel=True, idempotent_submit=True, pace="waits")

    def check(self) -> list[Problem]:
        """Return why the folder cannot be used, or what the mapping lacks."""
        properties = self._context.definition.properties
        problems = self._exchange.check()
        problems += [
            Problem("[lims]", f"lims.properties.{n}", "nothing", "the notebook's field for it")
            for n in properties
            if n not in self._config.properties
        ]
        return problems + [
            unknown_name(f"lims.properties.{n}", n, properties, "a property of the campaign")
            for n in self._config.properties
            if n not in properties
        ]

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order that was written, or None."""
        for folder in ("orders", "orders/cancelled"):
            if self._folder.exists(f"{folder}/{order_id}.placed"):
                return Receipt(order_id=order_id, external_id=f"orders/{order_id}")
        return None

    def submit(self, order: WorkOrder) -> Receipt:
        """Write the round's archive anew with the order in it.

        Raises:
            AdapterError: the folder cannot be written.
            RetryableAdapterError: the server that keeps it does not answer.
        """
        self._exchange.make()
        self._exchange.keep(order)
        self._write_round(order)
        # Last, because it is what `find` looks for.
        self._folder.write(f"orders/{order.order_id}.placed", b"")
        return Receipt(order_id=order.order_id, external_id=f"orders/{order.order_id}")

    def _write_round(self, order: WorkOrder) -> None:
        same = self._exchange.placed(order.round_number)
        root = f"{order.campaign}-round-{order.round_number:02d}"
        path = f"orders/round-{order.round_number:02d}.eln"
        if not same:
            self._folder.remove(path)
            return
        content = as_eln(same, root, self._config.order_id, datetime.now(UTC))
        self._folder.write(path, content)

    def preview(self, order: WorkOrder) -> str:
        """Return the fields of the entry that would be written, one a line."""
        asked = ", ".join(f"{r.property} [{r.unit}] x{r.replicates}" for r in order.requests)
        return (
            f"{self._config.order_id}: {order.order_id}\ncandidate: {order.candidate.label}\n"
            f"structure: {shown_structure(order.candidate)}\nmeasure: {asked}\nnote: {order.note}\n"
        )

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return every complete file in results/, each as one batch."""
        batches = [self._batch(name, c, orders) for name, c in self._exchange.complete()]
        return Poll(batches=tuple(batches), cursor=cursor)

    def _batch(self, name: str, content: bytes, orders: Sequence[WorkOrder]) -> ResultBatch:
        if PurePosixPath(name).suffix.lower() not in {".eln", ".zip"}:
            shown = PurePosixPath(name).suffix or "none"
            problems: tuple[Problem, ...] = (Problem(name, "file name", shown, ".eln"),)
            return ResultBatch(
                token=name, source=name, content_digest=digest(content), problems=problems
            )
        decimal = self._context.definition.decimal
        results, problems = parse(name, content, orders, self._config, decimal)
        return ResultBatch(
            token=name,
            source=name,
            content_digest=digest(content),
            results=results,
            problems=problems,
            namespace=NAMESPACE,
        )

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Move a file to recorded/ or rejected/; one that is gone was moved before."""
        self._exchange.settle(batch, problems)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return a file of an archive that was handed in.

        Raises:
            AdapterError: the archive is gone, or the file is not what its digest says.
            RetryableAdapterError: the server that keeps the folder does not answer.
        """
        archive, path = self._exchange.archived(attachment)
        content = read_member(archive, path, int(self._config.largest_mb * 1_000_000))
        if attachment.digest and digest(content) != attachment.digest:
            raise AdapterError(f"{attachment.name} is not what its digest says")
        return content

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Take the order out of its round's archive."""
        self._exchange.cancel(order, reason, f"{order.order_id}.placed")
        self._write_round(order)
        return True

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document in orders/<order id>/."""
        del media_type
        self._exchange.attach(order, name, content)

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write prediction and reason into a file beside the order."""
        self._exchange.annotate(order, text)
