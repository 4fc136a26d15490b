"""The exception tree, sorted by whose turn it is.

SynthloopError
├── ConfigError            the author of the campaign file
├── DataError              whoever made the table, the worksheet or the result
│   └── UnitError
├── NotFoundError          whoever named something that is not there
├── StateError             the person who clicked: the campaign is not in that state
│   └── ConflictError      somebody else was first
│       └── LeaseHeldError another worker is on this campaign
├── PermissionDeniedError  the person who may not
├── ModelError             the modeller
├── AdapterError           the other system, for good
│   └── RetryableAdapterError  the other system, for now
│       └── LabAccessError     whoever keeps the credentials
├── LedgerError            whoever keeps the database
│   └── SchemaVersionError     the database is older or newer than the program
└── MissingExtraError      whoever installs the software

Anything else is a defect of ours and shows its traceback.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input, said so that its owner can mend it.

    Attributes:
        source: File or system it came from.
        place: Where in it: a TOML path, a row and column, a cell.
        value: What stood there, as text.
        expected: What would have been right.
    """

    source: str
    place: str
    value: str
    expected: str

    def __str__(self) -> str:
        """One line naming source, place, value and expectation."""
        shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
        return f"{self.source}: {self.place}: got {shown!r}; expected {self.expected}"


class SynthloopError(Exception):
    """Base of every error this program raises on purpose.

    Attributes:
        message: Where, what came, what was expected, what was recorded.
        hint: The next thing to do, or an empty string.
        problems: The single findings, when there can be several.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)
        super().__init__(message)

    def __str__(self) -> str:
        """Message, then one line per problem, then the hint."""
        lines = [self.message, *(f"  - {problem}" for problem in self.problems)]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class ConfigError(SynthloopError):
    """The campaign file or the settings cannot be used."""

    exit_code = 3


class DataError(SynthloopError):
    """A table, a worksheet or a result cannot be used; nothing of it was recorded."""

    exit_code = 3


class UnitError(DataError):
    """A unit is unknown or of the wrong dimension."""


class NotFoundError(SynthloopError):
    """A campaign, order, candidate or measurement of that name does not exist."""

    exit_code = 4


class StateError(SynthloopError):
    """The campaign is not in a state in which this can be done."""

    exit_code = 5


class ConflictError(StateError):
    """Somebody else changed the campaign first; nothing was recorded."""


class LeaseHeldError(ConflictError):
    """Another worker is at work on this campaign."""


class PermissionDeniedError(SynthloopError):
    """This actor may not do that."""

    exit_code = 6


class AdapterError(SynthloopError):
    """The lab's system refused, and asking again will not help."""

    exit_code = 7


class RetryableAdapterError(AdapterError):
    """The lab's system did not answer; the same call may work later."""


class LabAccessError(RetryableAdapterError):
    """The lab's system does not let us in; a person must mend that, nothing is lost meanwhile."""


class ModelError(SynthloopError):
    """A surrogate could not be fitted, loaded or asked."""

    exit_code = 8


class LedgerError(SynthloopError):
    """The ledger is damaged or cannot be reached."""

    exit_code = 9


class SchemaVersionError(LedgerError):
    """The database and the program are of different releases."""


class MissingExtraError(SynthloopError):
    """An optional dependency is not installed."""

    exit_code = 3


_NAMED: Final = 3


def in_one_line(error: SynthloopError) -> str:
    """Return an error as one line for a record: message, the first problems, hint."""
    named = "; ".join(str(problem) for problem in error.problems[:_NAMED])
    more = len(error.problems) - _NAMED
    text = error.message
    if named:
        text += f": {named}" + (f"; and {more} more" if more > 0 else "")
    return f"{text} ({error.hint})" if error.hint else text
