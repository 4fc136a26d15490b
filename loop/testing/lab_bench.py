"""A lab to try an adapter on: real, in miniature or rehearsed; what its people do, as methods."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from loop.core.lab_ports import LimsAdapter
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy


class LabRefusedError(Exception):
    """The lab itself does not let its people enter that: a good lab, and nothing to read there."""


@dataclass(frozen=True)
class LabAnswer:
    """A value as the people of the lab enter it.

    Attributes:
        property: Of the campaign.
        value: As text, as it is typed: "371.2", "n.d.", "" for a forgotten field.
        unit: As it is typed; "" for a forgotten one.
        replicate: Number of the repeat, from 1.
        operator: Who measured.
        instrument: With what.
        measured_at: When, with zone.
        files: Content of the files that come with it, by name.
    """

    property: str
    value: str
    unit: str
    replicate: int = 1
    operator: str = ""
    instrument: str = ""
    measured_at: datetime | None = None
    files: Mapping[str, bytes] | None = None


class LabBench(ABC):
    """One fresh lab, without orders. A plug-in author subclasses it once per adapter.

    What a kind of lab cannot do at all (a folder has no token to expire) is named in
    `impossible`, with the reason; the suite prints it, and fails if it is possible after all.
    """

    impossible: ClassVar[Mapping[str, str]] = {}
    """Name of a method here to the reason why such a lab cannot do it."""

    @abstractmethod
    def adapter(self) -> LimsAdapter:
        """Return the adapter built anew on this lab, through the proxy, as after a crash."""

    @abstractmethod
    def orders(self, n: int) -> Sequence[WorkOrder]:
        """Return `n` orders that the lab can fulfil, the same ones every time.

        Each asks for the property "Tg" in K, plausible 50 to 1500, with two replicates, and for
        "density" in g/cm**3, with one. One name and one note hold letters outside ASCII.
        """

    @property
    @abstractmethod
    def proxy(self) -> FaultProxy:
        """The proxy between adapter and lab."""

    @abstractmethod
    def adapter_with_expired_token(self) -> LimsAdapter:
        """Return the adapter with a secret that the lab no longer takes."""

    @abstractmethod
    def adapter_with_wrong_mapping(self) -> LimsAdapter:
        """Return the adapter with a name in its mapping that the lab does not have: a typing
        error of one letter.
        """  # noqa: D205

    @abstractmethod
    def report(self, order_id: str, answer: LabAnswer) -> str:
        """Enter a value as the people of the lab do; return the lab's name for it."""

    @abstractmethod
    def edit(self, result: str, answer: LabAnswer) -> None:
        """Change a value that was entered."""

    @abstractmethod
    def withdraw(self, result: str) -> None:
        """Declare a value invalid, or delete it: what this lab does."""

    @abstractmethod
    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        """Let an order fail, be cancelled, or wait for a person."""

    @abstractmethod
    def set_status(self, order_id: str, word: str) -> None:
        """Write a status word that may be in no mapping."""

    @abstractmethod
    def samples(self, order_id: str) -> int:
        """Return how many samples of an order the lab holds, asked past the adapter."""

    @abstractmethod
    def place_by_hand(self, order: WorkOrder) -> None:
        """Make a sample with the order's id past the adapter: a second one, or one of a stranger
        that the campaign does not know.
        """  # noqa: D205

    @abstractmethod
    def delete(self, order_id: str) -> None:
        """Let the sample of an order disappear."""

    @abstractmethod
    def skew_clock(self, seconds: float) -> None:
        """Let the lab's clock differ from ours from now on; negative: it is behind."""

    @abstractmethod
    def documents(self, order_id: str) -> Mapping[str, bytes]:
        """Return the documents filed with an order, by name."""

    @abstractmethod
    def annotation(self, order_id: str) -> str:
        """Return what stands beside the sample in our name."""

    def close(self) -> None:
        """Stop what was started."""
        return
