"""What a lab that is only rehearsed can tell beside results: its calendar, and where it lied."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, runtime_checkable

from loop.core.base import Frozen
from loop.core.candidate import Candidate


class MistakeKind(StrEnum):
    """What went wrong at the bench or at the keyboard."""

    UNIT_SLIP = "number of another scale"
    WRONG_UNIT = "unit of another kind"
    COMMA_SLIP = "lost decimal point"
    SWAPPED = "swapped samples"
    MISCALIBRATED = "wrong first value"
    WITHDRAWN = "withdrawn value"


class PlantedMistake(Frozen):
    """One mistake of a rehearsed lab.

    Attributes:
        kind: What went wrong.
        order_id: The order whose value is wrong.
        property: Which value.
        replicate: Number of the repeat, from 1.
        right: What should have been entered, in `unit`.
        entered: What was entered.
        unit: The property's unit in the campaign.
        written_unit: The unit that was entered.
        tick: When it was entered.
    """

    kind: MistakeKind
    order_id: str
    property: str
    replicate: int
    right: float
    entered: float
    unit: str
    written_unit: str
    tick: int


class LabTimes(Frozen):
    """One order's way through a rehearsed lab.

    Attributes:
        order_id: Ours.
        arrived: Tick at which it came.
        due: Tick at which its first answer was there.
        plate: Number of its plate; None without plates.
    """

    order_id: str
    arrived: int
    due: int
    plate: int | None = None


class LabAccount(Frozen):
    """What a rehearsed lab did.

    Attributes:
        hours_per_tick: Length of a tick of its clock.
        times: Of every order, as they came.
        mistakes: Of what is entered so far, by time.
    """

    hours_per_tick: int
    times: tuple[LabTimes, ...]
    mistakes: tuple[PlantedMistake, ...]


@runtime_checkable
class Rehearses(Protocol):
    """An adapter whose lab is simulated, and says afterwards what it did."""

    def account(self) -> LabAccount:
        """Return the calendar and the mistakes so far."""

    def true_values(self, name: str, candidates: Iterable[Candidate]) -> list[float]:
        """Return the true values of a property, in its unit, one per candidate.

        Raises:
            AdapterError: the lab cannot answer for one of them.
        """
