"""A lab that writes worksheets into an exchange folder.

orders/     one CSV per order, one XLSX per round to print and fill in; for crystals a CIF each;
            on request an SD file and plate maps per round
results/    filled-in worksheets, SD files, plate readings and instruments' files are put here
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from lims_adapters.instruments.config import instrument_problems
from lims_adapters.instruments.reading import read_instrument_file, takes
from lims_adapters.transport.crystal_file import cif
from lims_adapters.transport.exchange import FileExchange
from lims_adapters.transport.folder import ExchangeFolder
from lims_adapters.worksheet.config import WorksheetConfig
from lims_adapters.worksheet.parse import parse
from lims_adapters.worksheet.plate import Plate, plate_maps
from lims_adapters.worksheet.sdf import as_sdf
from lims_adapters.worksheet.write import as_csv, as_xlsx
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, Problem

_SHEETS = {".csv", ".xlsx", ".xlsm", ".txt", ".tsv", ".sdf", ".sd"}


class WorksheetFolder:
    """The lab writes worksheets.

    An order's file carries its id, so a crash between writing it and recording the receipt is
    healed by `find`. A result file is moved only after its results are in the ledger.
    """

    Config: ClassVar[type[WorksheetConfig]] = WorksheetConfig

    def __init__(self, config: WorksheetConfig, context: LabContext) -> None:
        self._config = config
        self._context = context
        self._folder = ExchangeFolder(config, context.folder)
        self._exchange = FileExchange(self._folder, config.settle_seconds)

    def capabilities(self) -> Capabilities:
        """Say what an exchange folder can do."""
        return Capabilities(cancel=True, idempotent_submit=True, pace="waits")

    def check(self) -> list[Problem]:
        """Return why the folder cannot be used, or does not fit the plates."""
        problems = self._exchange.check()
        plate = self._config.plate
        if plate and plate.first + plate.replicates - 1 > plate.wells:
            expected = f"room for {plate.replicates} wells on a plate of {plate.wells}"
            problems.append(Problem("[lims]", "lims.plate.first", str(plate.first), expected))
        return problems + instrument_problems(self._config.instruments, self._context.definition)

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order file that exists, or None."""
        for folder in ("orders", "orders/cancelled"):
            if self._folder.exists(f"{folder}/{order_id}.csv"):
                return Receipt(order_id=order_id, external_id=f"orders/{order_id}.csv")
        return None

    def submit(self, order: WorkOrder) -> Receipt:
        """Write the order's file, and the round's worksheet anew with it.

        Raises:
            AdapterError: the folder cannot be written.
            RetryableAdapterError: the server that keeps it does not answer.
        """
        self._exchange.make()
        self._exchange.keep(order)
        for name, content in self._round(order).items():
            self._folder.write(f"orders/{name}", content)
        crystal = cif(order.candidate)
        if crystal:
            self._folder.write(f"orders/{order.order_id}.cif", crystal)
        # Last, because it is what `find` looks for.
        self._folder.write(f"orders/{order.order_id}.csv", as_csv([order]))
        return Receipt(order_id=order.order_id, external_id=f"orders/{order.order_id}.csv")

    def _round(self, order: WorkOrder) -> dict[str, bytes]:
        """Return the files of an order's round, by name."""
        same = self._exchange.placed(order.round_number)
        name = f"round-{order.round_number:02d}"
        files = {f"{name}.xlsx": as_xlsx(same)}
        if self._config.sdf:
            files[f"{name}.sdf"] = as_sdf(same)
        if self._config.plate:
            maps = plate_maps(Plate(self._config.plate), same)
            files |= {f"{name}-plate-{number}.csv": content for number, content in maps.items()}
        return files

    def preview(self, order: WorkOrder) -> str:
        """Return the order's worksheet as text."""
        return as_csv([order]).decode("utf-8-sig")

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return every complete file in results/, each as one batch."""
        batches = [
            self.read_results(name, content, orders) for name, content in self._exchange.complete()
        ]
        return Poll(batches=tuple(batches), cursor=cursor)

    def read_results(self, name: str, content: bytes, orders: Sequence[WorkOrder]) -> ResultBatch:
        """Return what a worksheet or an instrument's file says, or why it is not accepted."""
        decimal = self._context.definition.decimal
        results: tuple[LabResult, ...]
        problems: tuple[Problem, ...]
        if takes(name, self._config.instruments):
            results, problems = read_instrument_file(
                name, content, orders, self._config.instruments, decimal
            )
        elif Path(name).suffix.lower() not in _SHEETS:
            known = ", ".join(sorted(_SHEETS))
            problems = (Problem(name, "file name", Path(name).suffix or "none", f"one of {known}"),)
            results = ()
        else:
            results, problems = parse(name, content, orders, decimal, self._config.plate)
        return ResultBatch(
            token=name,
            source=name,
            content_digest=digest(content),
            results=results,
            problems=problems,
        )

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return an instrument's file that was handed in.

        Raises:
            AdapterError: it is gone from recorded/ and results/.
            RetryableAdapterError: the server that keeps the folder does not answer.
        """
        content, _ = self._exchange.archived(attachment)
        if attachment.digest and digest(content) != attachment.digest:
            raise AdapterError(f"{attachment.name} is not what its digest says")
        return content

    def write_template(self, orders: Sequence[WorkOrder]) -> bytes:
        """Return an XLSX worksheet for the orders, ready to be filled in."""
        return as_xlsx(orders)

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Move a file to recorded/ or rejected/; one that is gone was moved before."""
        self._exchange.settle(batch, problems)

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Move the order's file away."""
        self._exchange.cancel(order, reason, f"{order.order_id}.csv")
        return True

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document in orders/<order id>/."""
        del media_type
        self._exchange.attach(order, name, content)

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write prediction and reason into a file beside the order."""
        self._exchange.annotate(order, text)
