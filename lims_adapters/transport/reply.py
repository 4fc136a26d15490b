"""What a server answered, and what it means for the request."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from loop.errors import AdapterError, LabAccessError, RetryableAdapterError

_SHOWN: Final = 300


@dataclass(frozen=True)
class Reply:
    """What the server answered, read to its end.

    Attributes:
        status: HTTP status.
        headers: Its headers.
        content: The body.
        where: Method and path with our request id, for messages.
        hidden: Secrets that a server may echo and that no message may hold.
    """

    status: int
    headers: httpx.Headers
    content: bytes
    where: str
    hidden: tuple[str, ...] = field(default=(), repr=False)

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            RetryableAdapterError: it is none; something on the way spoiled it.
        """
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise RetryableAdapterError(
                f"{self.where}: the answer is no JSON: {self.shown()!r}"
            ) from error

    def shown(self) -> str:
        """Return the beginning of the body, for messages."""
        text = self.content[: 4 * _SHOWN].decode("utf-8", errors="replace").strip()
        for secret in self.hidden:
            text = text.replace(secret, "…")
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


class NotTakenUpError(RetryableAdapterError):
    """The request certainly was not taken up, so that even a POST may be repeated.

    Attributes:
        after: Seconds the server asks us to wait, if it does.
    """

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


def judge(reply: Reply, allow: frozenset[int]) -> None:
    """Return if a reply is an answer.

    Args:
        reply: What the server said.
        allow: Statuses outside 2xx that are answers too.

    Raises:
        LabAccessError: 401 or 403.
        NotTakenUpError: 429.
        RetryableAdapterError: 408, or the server broke.
        AdapterError: it refuses the request for good.
    """
    status = reply.status
    if 200 <= status < 300 or status in allow:
        return
    text = f"{reply.where}: {status}: {reply.shown()}"
    if status in {401, 403}:
        raise LabAccessError(text, hint="look at the secret and at its rights in the system")
    if status == 429:
        raise NotTakenUpError(text, after=_retry_after(reply.headers))
    if status >= 500 or status == 408:
        raise RetryableAdapterError(text)
    raise AdapterError(text)


def _retry_after(headers: httpx.Headers) -> float | None:
    from email.utils import parsedate_to_datetime

    # The second is Benchling's, the seconds until its window of requests ends.
    text = headers.get("Retry-After", headers.get("x-rate-limit-reset", "")).strip()
    if text.isdigit():
        return float(text)
    try:
        due, sent = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        # Both stamps are the server's, so that a wrong clock on either side does not matter.
        return max(0.0, (due - sent).total_seconds())
    except (TypeError, ValueError):
        return None
