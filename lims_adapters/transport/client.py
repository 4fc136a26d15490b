"""One line to one server: bounded, retried where that is safe, and honest about what is unknown."""

import json
import logging
import ssl
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from lims_adapters.transport.breaker import CircuitBreaker
from lims_adapters.transport.config import HttpConfig
from loop.errors import AdapterError, ConfigError, LabAccessError, RetryableAdapterError

_LOG: Final = logging.getLogger("synthloop.lims")
_ATTEMPTS: Final = 4
_LONGEST_WAIT: Final = 60.0
_BUSY: Final = frozenset({429, 502, 503, 504})
_REDIRECTS: Final = 3
_SHOWN: Final = 300


@dataclass(frozen=True)
class Reply:
    """What the server answered, read to its end.

    Attributes:
        status: HTTP status.
        headers: Its headers.
        content: The body.
        where: Method and path with our request id, for messages.
    """

    status: int
    headers: httpx.Headers
    content: bytes
    where: str

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
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


class _NotTakenUpError(RetryableAdapterError):
    """The request certainly was not taken up, so that even a POST may be repeated.

    Attributes:
        after: Seconds the server asks us to wait, if it does.
    """

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class LabHttp:
    """Requests to one server. Thread-safe.

    A GET is repeated after any passing trouble. Anything else is repeated only where the server
    certainly did nothing (no connection, 429); else `RetryableAdapterError` leaves it to the
    caller to look before asking again.
    """

    def __init__(
        self,
        config: HttpConfig,
        system: str,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | tuple[str, str] | None = None,
    ) -> None:
        if not config.line_is_private():
            raise ConfigError(
                f"[lims] url: {config.url!r} would send the secret in the open",
                hint="use https, or set insecure_http = true if the network is trusted",
            )
        self._config, self._system = config, system
        self._origin = _origin(config.url)
        self._breaker, self._lock, self._next = CircuitBreaker(), Lock(), 0.0
        self._http = httpx.Client(
            base_url=config.url,
            headers={"User-Agent": "synthloop", "Accept": "application/json", **(headers or {})},
            auth=auth,
            timeout=config.timeout_seconds,
            verify=_trust(config.ca_file),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    @property
    def headers(self) -> httpx.Headers:
        """Headers that go with every request; set a token here when it is exchanged."""
        return self._http.headers

    def get(self, path: str, params: Mapping[str, Any] | None = None, **kwargs: Any) -> Reply:
        """Ask; see `request`."""
        return self.request("GET", path, params=params, **kwargs)

    def post(self, path: str, **kwargs: Any) -> Reply:
        """Send; see `request`."""
        return self.request("POST", path, **kwargs)

    def request(
        self,
        method: str,
        path: str,
        *,
        allow: Collection[int] = (),
        repeatable: bool | None = None,
        **kwargs: Any,
    ) -> Reply:
        """Return the answer to one request.

        Args:
            method: HTTP method.
            path: Below the configured address, or a full address on the same origin.
            allow: Statuses outside 2xx that are answers, not errors.
            repeatable: Doing it twice is the same as once; GET is when absent.
            **kwargs: As httpx takes them: params, json, data, files, content, headers.

        Raises:
            LabAccessError: 401 or 403.
            RetryableAdapterError: the server did not answer, is busy, broke, or was cut off.
            AdapterError: it refuses the request for good.
        """
        safe = method == "GET" if repeatable is None else repeatable
        policy = Retrying(
            retry=retry_if_exception(lambda e: _is_passing(e, safe=safe)),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_wait,
            reraise=True,
        )
        reply: Reply = policy(self._once, method, path, frozenset(allow), kwargs)
        return reply

    def _once(
        self, method: str, path: str, allow: frozenset[int], kwargs: Mapping[str, Any]
    ) -> Reply:
        self._breaker.before(self._system)
        self._keep_pace()
        try:
            reply = self._exchange(method, path, kwargs)
            self._judge(reply, allow)
        except LabAccessError:
            self._breaker.answered()
            raise
        except RetryableAdapterError as error:
            self._breaker.failed(error.message)
            raise
        except AdapterError:
            self._breaker.answered()
            raise
        else:
            self._breaker.answered()
            return reply

    def _exchange(self, method: str, path: str, kwargs: Mapping[str, Any]) -> Reply:
        url = self._within(path)
        for _ in range(_REDIRECTS + 1):
            reply = self._send(method, url, kwargs)
            if method != "GET" or reply.status not in {301, 302, 303, 307, 308}:
                return reply
            url = self._within(urljoin(str(url), reply.headers.get("Location", "")))
        raise AdapterError(f"{self._system}: {path!r}: more than {_REDIRECTS} redirects")

    def _send(self, method: str, url: str, kwargs: Mapping[str, Any]) -> Reply:
        request_id = uuid.uuid4().hex[:12]
        shown = urlsplit(url).path
        where = f"{self._system}: {method} {shown} (request {request_id})"
        headers = {**kwargs.get("headers", {}), "X-Request-ID": request_id}
        rest = {k: v for k, v in kwargs.items() if k != "headers"}
        began = time.monotonic()
        try:
            with self._http.stream(method, url, headers=headers, **rest) as answer:
                content = self._read(answer, where, began)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise _NotTakenUpError(f"{where}: no connection: {error}") from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            reason = str(error) or type(error).__name__
            raise RetryableAdapterError(f"{where}: no whole answer: {reason}") from error
        _LOG.info("%s: %d in %.2f s", where, answer.status_code, time.monotonic() - began)
        return Reply(answer.status_code, answer.headers, content, where)

    def _read(self, answer: httpx.Response, where: str, began: float) -> bytes:
        limit = int(self._config.max_body_mb * 1e6)
        content = bytearray()
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > limit:
                raise AdapterError(f"{where}: the answer is larger than max_body_mb allows")
            # A server that drips bytes never runs into the time-out of a single read.
            if time.monotonic() - began > 4 * self._config.timeout_seconds:
                raise RetryableAdapterError(f"{where}: the answer does not come to an end")
        return bytes(content)

    def _within(self, path: str) -> str:
        url = path if "://" in path else f"{self._config.url}/{path.lstrip('/')}"
        if _origin(url) != self._origin:
            raise AdapterError(
                f"{self._system} points to {url!r}, which is not at {self._config.url}",
                hint="if the system has moved, change `url` under [lims]",
            )
        return url

    def _judge(self, reply: Reply, allow: frozenset[int]) -> None:
        status = reply.status
        if 200 <= status < 300 or status in allow:
            return
        text = f"{reply.where}: {status}: {reply.shown()}"
        if status in {401, 403}:
            raise LabAccessError(text, hint="look at the secret and at its rights in the system")
        if status == 429:
            raise _NotTakenUpError(text, after=_retry_after(reply.headers))
        if status >= 500 or status == 408:
            raise RetryableAdapterError(text)
        raise AdapterError(text)

    def _keep_pace(self) -> None:
        with self._lock:
            now = time.monotonic()
            wait = max(0.0, self._next - now)
            self._next = max(now, self._next) + 1 / self._config.requests_per_second
        if wait:
            time.sleep(wait)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return (
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def _trust(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"[lims] ca_file: {ca_file!r} cannot be used: {error}") from error


def _retry_after(headers: httpx.Headers) -> float | None:
    from email.utils import parsedate_to_datetime

    text = headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        due, sent = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    # Both stamps are the server's, so that a wrong clock on either side does not matter.
    return max(0.0, (due - sent).total_seconds())


def _is_passing(error: BaseException, *, safe: bool) -> bool:
    if isinstance(error, LabAccessError) or not isinstance(error, RetryableAdapterError):
        return False
    if isinstance(error, _NotTakenUpError):
        return error.after is None or error.after <= _LONGEST_WAIT
    return safe


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _NotTakenUpError) and error.after is not None:
        return error.after
    return wait_random_exponential(multiplier=0.1, max=10)(state)
