"""Reading lists of parents or examples: every unread one is named, not only the first."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from loop.errors import DataError, ModelError, Problem

_T = TypeVar("_T")


def read_all(read: Callable[[str], _T], texts: Sequence[str], source: str) -> list[_T]:
    """Return what `read` makes of every text.

    Args:
        read: Raises `DataError` with "what is wrong; expected what".
        texts: Structures.
        source: What they are, for the message.

    Raises:
        DataError: some cannot be read; each is named by its place, counted from 1.
    """
    found, problems = [], []
    for place, text in enumerate(texts, start=1):
        try:
            found.append(read(text))
        except DataError as error:
            wrong, _, expected = error.message.partition("; expected ")
            problems.append(Problem(source, f"number {place}", text, f"{expected} ({wrong})"))
    if problems:
        raise DataError(
            f"{len(problems)} of {len(texts)} {source} cannot be read",
            hint="leave them out or correct them; nothing was generated",
            problems=problems,
        )
    return found


def read_examples(read: Callable[[str], _T], texts: Sequence[str]) -> list[_T]:
    """Return what `read` makes of every example, see `read_all`.

    Raises:
        ModelError: some cannot be read.
    """
    try:
        return read_all(read, texts, "examples")
    except DataError as error:
        raise ModelError(error.message, hint=error.hint, problems=error.problems) from error
