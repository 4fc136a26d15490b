"""What adapters that exchange files do alike: orders/ is ours to write, results/ the lab's.

orders/     what we ask, and under orders/cancelled what we took back; under orders/round-NN each
            order of that round as data, for whoever writes the round's files anew
results/    filled-in files are put here
recorded/   where they go when everything in them was recorded
rejected/   where they go when nothing was, with the reasons beside them
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from lims_adapters.transport.folder import ExchangeFolder
from loop.core.canonical import digest
from loop.core.order import WorkOrder
from loop.core.result import ResultAttachment, ResultBatch
from loop.errors import AdapterError, Problem, RetryableAdapterError

_FOLDERS = ("orders", "orders/cancelled", "results", "recorded", "rejected")


def _of_round(number: int) -> str:
    return f"orders/round-{number:02d}"


def _kept(order: WorkOrder) -> str:
    return f"{_of_round(order.round_number)}/{order.order_id}.json"


class FileExchange:
    """The four folders and what is moved between them."""

    def __init__(self, folder: ExchangeFolder, settle_seconds: float) -> None:
        self.folder = folder
        self._settle_seconds = settle_seconds
        self._read: dict[str, WorkOrder] = {}

    def make(self) -> None:
        """Make the folders that are not there."""
        self.folder.make(*_FOLDERS)

    def check(self) -> list[Problem]:
        """Return why the folder cannot be used."""
        try:
            self.make()
            self.folder.write("orders/.check", b"")
            self.folder.remove("orders/.check")
        except AdapterError as error:
            expected = f"a writable folder: {error.message}"
            return [Problem("[lims]", "lims.folder", self.folder.address, expected)]
        return []

    def complete(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of every result file that nobody is writing."""
        self.make()
        waiting = [s for s in self.folder.files("results") if not _is_draft(s.name)]
        if not waiting:
            return
        now = self.folder.now("results") if self._settle_seconds else None
        settled = [s for s in waiting if now is None or now - s.changed >= self._settle_seconds]
        contents = [self.folder.read(f"results/{state.name}") for state in settled]
        after = {s.name: s for s in self.folder.files("results")}
        for state, content in zip(settled, contents, strict=True):
            if after.get(state.name) != state:
                continue
            if len(content) != state.size:
                # Nobody wrote meanwhile: it was damaged on the way to us.
                raise RetryableAdapterError(f"{state.name} arrived with another length than it has")
            yield state.name, content

    def keep(self, order: WorkOrder) -> None:
        """Keep an order, for the files of its round."""
        self.folder.make(_of_round(order.round_number))
        self.folder.write(_kept(order), order.model_dump_json().encode())

    def placed(self, round_number: int) -> list[WorkOrder]:
        """Return the orders of a round that were placed and not cancelled, by position."""
        folder = _of_round(round_number)
        self.folder.make(folder)
        paths = [f"{folder}/{s.name}" for s in self.folder.files(folder)]
        for path in paths:
            # An order never changes once it is written.
            if path not in self._read:
                self._read[path] = WorkOrder.model_validate_json(self.folder.read(path))
        return sorted((self._read[path] for path in paths), key=lambda order: order.position)

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Move a file to recorded/ or rejected/; one that is gone was moved before."""
        source = f"results/{batch.token}"
        if not self.folder.exists(source):
            return
        if not problems:
            self.folder.move(source, f"recorded/{batch.content_digest[:8]}-{batch.token}")
            return
        reasons = "\n".join(f"- {problem}" for problem in problems)
        text = (
            f"{batch.source} was not accepted; nothing of it was recorded.\n\n{reasons}\n\n"
            "Mend these places and put the file into results/ again.\n"
        )
        self.folder.write(f"rejected/{batch.token}.reason.txt", text.encode())
        self.folder.move(source, f"rejected/{batch.token}")

    def cancel(self, order: WorkOrder, reason: str, name: str) -> None:
        """Move the file `name` of an order away, and forget the order."""
        self.make()
        self.folder.write(f"orders/cancelled/{order.order_id}.reason.txt", reason.encode())
        if self.folder.exists(f"orders/{name}"):
            self.folder.move(f"orders/{name}", f"orders/cancelled/{name}")
        self.folder.remove(_kept(order))

    def attach(self, order: WorkOrder, name: str, content: bytes) -> None:
        """File a document with an order, in a folder of the order's name."""
        plain = PurePosixPath(name.replace("\\", "/")).name
        if plain in {"", ".", ".."} or plain.startswith("."):
            raise AdapterError(f"{name!r} is no name for a document")
        self.folder.make(f"orders/{order.order_id}")
        self.folder.write(f"orders/{order.order_id}/{plain}", content)

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write our words into a file of our own, so that they replace nobody else's."""
        self.make()
        self.folder.write(f"orders/{order.order_id}.prediction.txt", text.encode())

    def archived(self, attachment: ResultAttachment) -> tuple[bytes, str]:
        """Return the archive that holds an attachment, and the attachment's path in it.

        Raises:
            AdapterError: no file with that content is in results/ or recorded/ any more.
            RetryableAdapterError: try later.
        """
        wanted, _, path = attachment.reference.partition("/")
        for home in ("recorded", "results"):
            for state in self.folder.files(home):
                if home == "recorded" and not state.name.startswith(wanted[:8]):
                    continue
                content = self.folder.read(f"{home}/{state.name}")
                if digest(content) == wanted:
                    return content, path
        raise AdapterError(f"the file with {attachment.name} is neither in recorded/ nor results/")


def _is_draft(name: str) -> bool:
    return name.startswith(("~", ".")) or name.lower().endswith((".part", ".tmp"))
