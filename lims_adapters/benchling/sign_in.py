"""How a Benchling app signs in: its secret is exchanged for a token that lives some minutes."""

import base64
import json
from collections.abc import Generator
from threading import Lock
from typing import Final

import httpx

from loop.errors import RetryableAdapterError

_TOKEN: Final = "/api/v2/token"  # noqa: S105


class AppSignIn(httpx.Auth):
    """OAuth 2 client credentials, as Benchling's specification names them for apps. Thread-safe.

    Attributes:
        secrets: All that must not be told: the secret, and every token it was exchanged for.

    Args:
        url: Of the Benchling.
        client_id: Of the app.
        secret: Its client secret.
    """

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._url, self._basic, self._token = f"{url}{_TOKEN}", basic, ""
        self._lock = Lock()
        self.secrets = [secret, basic]

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request with a token, with a new one if there is none or it has run out.

        Raises:
            RetryableAdapterError: the exchange came to nothing that could be read.
        """
        token = self._token
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
            answer = yield request
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return
            answer.read()
        exchange = self._exchange()
        told = yield exchange
        told.read()
        # A refusal is passed on as the answer to the request itself, which then is not let in.
        request.headers["Authorization"] = f"Bearer {self._taken(told)}"
        yield request

    def _exchange(self) -> httpx.Request:
        headers = {"Authorization": f"Basic {self._basic}", "User-Agent": "synthloop"}
        form = {"grant_type": "client_credentials"}
        return httpx.Request("POST", self._url, headers=headers, data=form)

    def _taken(self, told: httpx.Response) -> str:
        if told.status_code in {400, 401, 403}:
            return "none"
        try:
            token = str(json.loads(told.content)["access_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise RetryableAdapterError(
                f"Benchling: POST {_TOKEN}: {told.status_code}: no token in the answer"
            ) from error
        with self._lock:
            self._token = token
            self.secrets.append(token)
        return token
