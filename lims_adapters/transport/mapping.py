"""The words of a campaign in the words of a lab's system."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.result import Outcome
from loop.errors import DataError, Problem

Meaning = Literal[
    "open",
    "measured",
    "failed in synthesis",
    "failed in measurement",
    "cancelled",
    "needs follow-up",
]
"""What a status word of the system says of an order; "open": wait on."""


class ResultField(BaseModel):
    """Where the system keeps the values of one property.

    Attributes:
        field: Its name there: a field, an analysis service, a label.
        unit: What its numbers are in, where the system itself says none. A unit that comes with a
            value goes before.
        method: How it is measured, for the record, where the system does not say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: Annotated[str, Field(min_length=1)]
    unit: str = ""
    method: str = ""


def ended(word: str, meanings: Mapping[str, Meaning]) -> tuple[Outcome | None, str]:
    """Return what a status word means for an order, and a note for people.

    A word that the mapping does not know is shown to a person, never guessed.

    Args:
        word: The system's word.
        meanings: The mapping, its keys in any case.

    Returns:
        The outcome if the order has ended or needs a person, else None.
    """
    known = {key.casefold(): meaning for key, meaning in meanings.items()}
    meaning = known.get(word.strip().casefold())
    if meaning is None:
        listed = ", ".join(meanings)
        note = f"the lab's status {word!r} is not among those under [lims.status]: {listed}"
        return Outcome.NEEDS_FOLLOW_UP, note
    if meaning in {"open", "measured"}:
        return None, ""
    return Outcome(meaning), f"status {word!r} at the lab"


def unknown_name(place: str, name: str, known: Iterable[str], what: str) -> Problem:
    """Return the problem of a name in the mapping that the live system does not have.

    Args:
        place: Path in the campaign file.
        name: What stands there.
        known: What the system has.
        what: What such a name is, in words: "a field of the action".
    """
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    shown = f"did you mean {' or '.join(map(repr, near))}?" if near else _listing(names)
    return Problem("[lims]", place, name, f"{what}; {shown}")


def read_number(
    system: str, place: str, text: str, decimal: Decimal, problems: list[Problem]
) -> ParsedNumber | None:
    """Return the number that a field holds, or None and one problem more.

    Args:
        system: What people call it.
        place: Object and field.
        text: What stands there.
        decimal: The mark this campaign writes before the fraction.
        problems: Added to.
    """
    try:
        return parse_number(text, decimal)
    except DataError as error:
        problems.append(Problem(system, place, text, f"a number. {error.hint}"))
        return None


def _listing(names: list[str]) -> str:
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"the system has: {shown}" if names else "the system has none that we may see"
