"""An exchange folder: orders/ is ours to write, results/ the lab's.

orders/     one CSV per order, and one XLSX per round to print and fill in
results/    filled-in worksheets are put here
recorded/   where they go when everything in them was recorded
rejected/   where they go when nothing was, with the reasons beside them
"""

import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from lims_adapters.worksheet.config import WorksheetConfig
from lims_adapters.worksheet.parse import parse
from lims_adapters.worksheet.write import as_csv, as_xlsx
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultBatch
from loop.errors import AdapterError, Problem

_SHEETS = {".csv", ".xlsx", ".xlsm", ".txt", ".tsv"}


class WorksheetFolder:
    """The lab writes worksheets.

    An order's file carries its id, so a crash between writing it and recording the receipt is
    healed by `find`. A result file is moved only after its results are in the ledger.
    """

    Config: ClassVar[type[WorksheetConfig]] = WorksheetConfig

    def __init__(self, config: WorksheetConfig, context: LabContext) -> None:
        self._config = config
        self._context = context
        self._home = Path(config.folder) if config.folder else context.folder
        self._orders, self._results = self._home / "orders", self._home / "results"
        self._recorded, self._rejected = self._home / "recorded", self._home / "rejected"

    def capabilities(self) -> Capabilities:
        """Say what an exchange folder can do."""
        return Capabilities(cancel=True, idempotent_submit=True, pace="waits")

    def _make_folders(self) -> None:
        for folder in (self._orders, self._results, self._recorded, self._rejected):
            folder.mkdir(parents=True, exist_ok=True)

    def check(self) -> list[Problem]:
        """Return why the folder cannot be used."""
        try:
            self._make_folders()
            _write(self._orders / ".check", b"")
            (self._orders / ".check").unlink()
        except OSError as error:
            return [
                Problem("[lims]", "lims.folder", str(self._home), f"a writable folder: {error}")
            ]
        return []

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order file that exists, or None."""
        for folder in (self._orders, self._orders / "cancelled"):
            if (folder / f"{order_id}.csv").exists():
                return Receipt(order_id=order_id, external_id=f"orders/{order_id}.csv")
        return None

    def submit(self, order: WorkOrder) -> Receipt:
        """Write the order's file, and the round's worksheet anew with it.

        Raises:
            AdapterError: the folder cannot be written.
        """
        try:
            self._make_folders()
            _write(self._orders / f"{order.order_id}.json", order.model_dump_json().encode())
            _write(self._orders / f"round-{order.round_number:02d}.xlsx", self._round(order))
            # Last, because it is what `find` looks for.
            _write(self._orders / f"{order.order_id}.csv", as_csv([order]))
        except OSError as error:
            raise AdapterError(
                f"the exchange folder {self._home} cannot be written: {error}",
                hint="look at its rights and at the free space",
            ) from error
        return Receipt(order_id=order.order_id, external_id=f"orders/{order.order_id}.csv")

    def _round(self, order: WorkOrder) -> bytes:
        found = [
            WorkOrder.model_validate_json(path.read_bytes())
            for path in sorted(self._orders.glob("*.json"))
        ]
        same = [o for o in found if o.round_number == order.round_number]
        return as_xlsx(sorted(same, key=lambda o: o.position))

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return every complete file in results/, each as one batch."""
        self._make_folders()
        batches = [
            self.read_results(path.name, content, orders)
            for path in sorted(self._results.iterdir())
            if path.is_file() and (content := self._complete(path)) is not None
        ]
        return Poll(batches=tuple(batches), cursor=cursor)

    def _complete(self, path: Path) -> bytes | None:
        """Return the content of a file nobody is writing, else None: the next poll will see."""
        if path.name.startswith(("~", ".")) or path.suffix.lower() in {".part", ".tmp"}:
            return None
        before = path.stat()
        if time.time() - before.st_mtime < self._config.settle_seconds:
            return None
        content = path.read_bytes()
        after = path.stat()
        same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return content if same else None

    def read_results(self, name: str, content: bytes, orders: Sequence[WorkOrder]) -> ResultBatch:
        """Return what a worksheet says, with `problems` if it cannot be accepted."""
        if Path(name).suffix.lower() not in _SHEETS:
            known = ", ".join(sorted(_SHEETS))
            problems: tuple[Problem, ...] = (
                Problem(name, "file name", Path(name).suffix or "none", f"one of {known}"),
            )
            results: tuple[LabResult, ...] = ()
        else:
            results, problems = parse(name, content, orders, self._context.definition.decimal)
        return ResultBatch(
            token=name,
            source=name,
            content_digest=digest(content),
            results=results,
            problems=problems,
        )

    def write_template(self, orders: Sequence[WorkOrder]) -> bytes:
        """Return an XLSX worksheet for the orders, ready to be filled in."""
        return as_xlsx(orders)

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Move a file to recorded/ or rejected/; one that is gone was moved before."""
        path = self._results / batch.token
        if not path.exists():
            return
        target = self._rejected if problems else self._recorded
        if problems:
            reasons = "\n".join(f"- {problem}" for problem in problems)
            text = (
                f"{batch.source} was not accepted; nothing of it was recorded.\n\n{reasons}\n\n"
                "Mend these places and put the file into results/ again.\n"
            )
            _write(target / f"{batch.token}.reason.txt", text.encode())
            path.replace(target / batch.token)
            return
        path.replace(target / f"{batch.content_digest[:8]}-{batch.token}")

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Move the order's file away."""
        path = self._orders / f"{order.order_id}.csv"
        folder = self._orders / "cancelled"
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{order.order_id}.reason.txt", reason.encode())
        if path.exists():
            path.replace(folder / path.name)
        (self._orders / f"{order.order_id}.json").unlink(missing_ok=True)
        return True


def _write(path: Path, content: bytes) -> None:
    """Write a file so that its name never shows half of it."""
    draft = path.with_name(f".{uuid.uuid4().hex}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
