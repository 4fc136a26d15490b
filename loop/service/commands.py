"""What all commands share: the append, the check of repetition, the reason."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from loop.core import events as e
from loop.core.state import CampaignState, CampaignStatus
from loop.errors import DataError, StateError
from loop.service.archive import Archive
from loop.service.ask import Ask

P = ParamSpec("P")
S = TypeVar("S", bound="Commands")


class Commands:
    """A set of commands over one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def known(self, ask: Ask) -> int | None:
        """Return the version that this very ask led to before, if it did."""
        return self._archive.ledger.find_command(ask.command_id)

    def _append(self, state: CampaignState, ask: Ask, *bodies: e.EventBody) -> int:
        """Write facts after the version the asker saw, or else the one that was checked."""
        expected = state.version if ask.expected_version is None else ask.expected_version
        return self._archive.ledger.append(
            state.slug, expected, ask.command_id, ask.actor, bodies
        ).version

    def _live(self, slug: str) -> CampaignState:
        state = self._archive.state(slug)
        if state.status is CampaignStatus.CLOSED:
            raise StateError(f"campaign {slug!r} is closed: {state.status_reason}")
        return state


def repeatable(command: Callable[Concatenate[S, P], int]) -> Callable[Concatenate[S, P], int]:
    """Answer the second click of one ask like the first, whatever happened in between."""

    @wraps(command)
    def once(self: S, /, *args: P.args, **kwargs: P.kwargs) -> int:
        ask = next(a for a in (*args, *kwargs.values()) if isinstance(a, Ask))
        before = self.known(ask)
        return command(self, *args, **kwargs) if before is None else before

    return once


def given_reason(text: str) -> str:
    """Return the reason a person gave.

    Raises:
        DataError: there is none.
    """
    if not text.strip():
        raise DataError("a reason is needed: somebody will ask in a year")
    return text.strip()
