"""The access tokens that SampleDB grants for an API token (version 0.33, its documentation)."""

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Final

import httpx

API: Final = "api/v1"


@dataclass
class Tokens:
    """What SampleDB granted to this program for an API token; a repr shows none of it."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    lock: Lock = field(default_factory=Lock)


@lru_cache(maxsize=16)
def tokens(url: str, token: str) -> Tokens:
    """Return what was granted to this program for a token: an adapter is built for each step."""
    del url, token
    return Tokens()


class TokenExchange(httpx.Auth):
    """Trades the API token for an access token and renews it when it is refused.

    Checking an API token costs the server a bcrypt hash, about a second on a busy machine; an
    access token some 40 ms. Access tokens live for a day.
    """

    requires_response_body = True

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token, self._held = (
            f"{url}/{API}/access_tokens/",
            token,
            tokens(url, token),
        )

    def __repr__(self) -> str:
        """Show no token."""
        return f"TokenExchange({self._url!r})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with an access token, a fresh one if need be."""
        with self._held.lock:
            access = self._held.access
        if access:
            request.headers["Authorization"] = f"Bearer {access}"
            answer = yield request
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return
        granted = False
        for secret in (self._held.refresh, self._token):
            if secret and not granted:
                answer = yield self._exchange(secret)
                granted = self._keep(answer)
        if not granted:
            # The refusal of the exchange stands as the answer to the request.
            return
        request.headers["Authorization"] = f"Bearer {self._held.access}"
        yield request

    def _exchange(self, secret: str) -> httpx.Request:
        return httpx.Request(
            "POST",
            self._url,
            headers={"Authorization": f"Bearer {secret}", "User-Agent": "synthloop"},
            json={"description": "synthloop"},
        )

    def _keep(self, answer: httpx.Response) -> bool:
        if answer.status_code != httpx.codes.CREATED:
            return False
        try:
            told = answer.json()
            access, refresh = str(told["access_token"]), str(told["refresh_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise httpx.DecodingError("the exchange of the token gave no token") from error
        with self._held.lock:
            self._held.access, self._held.refresh = access, refresh
        return True
