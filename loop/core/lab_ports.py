"""What the loop asks of the way to a lab: one required Protocol, and what a way may offer beside.

`LimsAdapter` is all that a campaign needs. The other Protocols are looked for with `isinstance`:
an adapter offers one by having its method, and says so to people in `Capabilities`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from loop.core.base import Frozen
from loop.core.candidate import CandidatePool
from loop.core.definition import CampaignDefinition
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import Problem


class Capabilities(Frozen):
    """What a lab system can do.

    Attributes:
        cancel: Orders can be taken back.
        idempotent_submit: Submitting the same order id twice makes one order there.
        cursor: `poll` goes on from a cursor.
        pace: "instant" if polling again at once can bring news, else "waits" for people.
        snapshots: A poll shows all that the lab holds of an order, so that what was withdrawn
            there is seen here.
        compare_and_set: A write that rests on an old state is refused by the system.
        checks_units: The system refuses a value in a unit of another dimension.
    """

    cancel: bool = False
    idempotent_submit: bool = False
    cursor: bool = False
    pace: str = "waits"
    snapshots: bool = False
    compare_and_set: bool = False
    checks_units: bool = False


@dataclass(frozen=True)
class LabContext:
    """What an adapter is given beside its own configuration.

    Attributes:
        slug: Campaign.
        definition: Its definition.
        folder: A folder of its own, for files and state; it exists.
        pool: The candidates, for simulated labs.
    """

    slug: str
    definition: CampaignDefinition
    folder: Path
    pool: CandidatePool


@runtime_checkable
class LimsAdapter(Protocol):
    """The way to one lab. Built as `Cls(config, context)`; safe to build again after a crash.

    `RetryableAdapterError` means: nothing is known about what happened; ask again, and before a
    second `submit` always `find`. `LabAccessError` is one that no repetition will heal: a person
    must mend the credentials; orders stay queued meanwhile.
    """

    Config: ClassVar[type[BaseModel]]

    def capabilities(self) -> Capabilities:
        """Say what the lab system can do."""

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working: connection, rights, mapping.

        It asks the live system who we are: one that answers the unauthorised with an empty list
        must not pass for an empty lab. It changes nothing there.
        """

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order the lab has, or None if it certainly has not.

        Where the lab holds several samples of one order, the oldest one is the order.

        Raises:
            RetryableAdapterError: it cannot be known now.
            AdapterError: it can never be known.
        """

    def submit(self, order: WorkOrder) -> Receipt:
        """Place an order. The caller has asked `find` first.

        Raises:
            RetryableAdapterError: the lab may or may not have it.
            AdapterError: the lab refuses it.
        """

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return what is new since `cursor`, at least once.

        Args:
            cursor: Of the last poll that was recorded.
            orders: All orders of the campaign ever placed, to know the ids and units.

        Raises:
            RetryableAdapterError: try later.
        """

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Take note that a batch is recorded, or refused for `problems`. May come twice.

        Raises:
            RetryableAdapterError: try later; until then the batch comes again.
        """

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Ask the lab to drop an order; return whether it did."""


class RemoteOrder(Frozen):
    """An order as the lab's system holds it.

    Attributes:
        order_id: Ours, as written there; empty if the sample carries none.
        external_id: The system's name for it.
        url: Where a person finds it, if anywhere.
        state: The system's own word for where it stands.
        duplicates: Names of further samples there with the same order id.
        results: All valid results it holds, as `poll` would give them.
    """

    order_id: str
    external_id: str
    url: str = ""
    state: str = ""
    duplicates: tuple[str, ...] = ()
    results: tuple[LabResult, ...] = ()


@runtime_checkable
class KeepsInventory(Protocol):
    """An adapter that can list what the lab holds, for the reconciliation."""

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield everything the lab holds for this campaign, also what is not in `orders`.

        Raises:
            RetryableAdapterError: try later; nothing may be concluded from a part.
        """


@runtime_checkable
class PreviewsOrders(Protocol):
    """An adapter that shows what `submit` would send."""

    def preview(self, order: WorkOrder) -> str:
        """Return what would be written, as a person reads it; asks nothing of the system."""


@runtime_checkable
class TakesAttachments(Protocol):
    """An adapter that files documents with an order: a report, a structure drawing."""

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document; the same name with the same content is there once.

        Raises:
            RetryableAdapterError: the lab may or may not have it; the same call is safe.
            AdapterError: the lab refuses it.
        """


@runtime_checkable
class TakesAnnotations(Protocol):
    """An adapter that writes words of ours beside the sample: prediction and reason."""

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write the text; it replaces what we wrote before, and nothing a person wrote."""


@runtime_checkable
class GivesAttachments(Protocol):
    """An adapter that hands out the files that come with results."""

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return the file.

        Raises:
            RetryableAdapterError: try later.
            AdapterError: it is not there, too large, or not what its digest says.
        """


@runtime_checkable
class HoldsConnections(Protocol):
    """An adapter that has something to give back.

    One instance serves a campaign for as long as the program runs, from several threads.
    """

    def close(self) -> None:
        """Give connections back; nothing is asked of it afterwards."""


@runtime_checkable
class NamesAccount(Protocol):
    """An adapter that says as whom it is known to the system."""

    def account(self) -> str:
        """Return who we are there and what we may do, in words.

        Raises:
            RetryableAdapterError: try later.
        """


@runtime_checkable
class ResultFileReader(Protocol):
    """An adapter that also reads a result file somebody hands over."""

    def read_results(self, name: str, content: bytes, orders: Sequence[WorkOrder]) -> ResultBatch:
        """Return what the file says, with `problems` if it cannot be accepted."""

    def write_template(self, orders: Sequence[WorkOrder]) -> bytes:
        """Return an XLSX worksheet for the orders, ready to be filled in."""
