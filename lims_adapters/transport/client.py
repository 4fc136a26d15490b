"""One line to one server: bounded, retried where that is safe, and honest about what is unknown."""

import base64
import logging
import ssl
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from threading import Lock
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from lims_adapters.transport.breaker import CircuitBreaker
from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.origin import encoded, trusted, within
from lims_adapters.transport.reply import NotTakenUpError, Reply, judge
from loop.errors import AdapterError, ConfigError, LabAccessError, RetryableAdapterError

__all__ = ["LabHttp", "Reply"]

_LOG: Final = logging.getLogger("synthloop.lims")
_ATTEMPTS: Final = 4
_LONGEST_WAIT: Final = 60.0
_REDIRECTS: Final = 3
_OPEN_HEADERS: Final = frozenset({"accept", "accept-encoding", "connection", "user-agent"})
T = TypeVar("T")


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
        secrets: Collection[str] = (),
    ) -> None:
        if not config.line_is_private():
            raise ConfigError(
                f"[lims] url: {config.url!r} would send the secret in the open",
                hint="use https, or set insecure_http = true if the network is trusted",
            )
        self._config, self._system = config, system
        self._breaker, self._lock, self._next = CircuitBreaker(), Lock(), 0.0
        # A token may also go in the body, or be exchanged anew: the collection is kept, not copied.
        self._secrets = secrets
        self._password = _secrets(auth) if isinstance(auth, tuple) else ()
        self._http = httpx.Client(
            base_url=config.url,
            headers=encoded(
                {"User-Agent": "synthloop", "Accept": "application/json", **(headers or {})}
            ),
            auth=auth,
            timeout=config.timeout_seconds,
            verify=trusted(config),
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

    def get_json(self, path: str, params: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """Return the JSON of an answer; one that was spoiled on the way is asked for again.

        Args:
            path: As for `request`.
            params: Query.
            **kwargs: As for `request`.

        Raises:
            LabAccessError: 401 or 403.
            RetryableAdapterError: the server did not answer, is busy, broke, or spoke no JSON.
            AdapterError: it refuses the request for good.
        """
        allow = frozenset(kwargs.pop("allow", ()))
        return self._repeated(
            "GET", path, allow, {"params": params, **kwargs}, safe=True, read=Reply.json
        )

    def pages(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        items: str = "items",
        following: str = "next",
    ) -> Iterator[Any]:
        """Yield the items of a list that comes in pages with a link to the next one.

        Args:
            path: Of the first page.
            params: Its query; the links carry their own.
            items: Key of a page's items.
            following: Key of the link; null or absent on the last page.

        Raises:
            LabAccessError: 401 or 403.
            RetryableAdapterError: a page could not be had; what came before is a part only.
            AdapterError: a page is no such list, or links lead elsewhere or in a circle.
        """
        seen: set[str] = set()
        page = self.get_json(path, params)
        while True:
            if not isinstance(page, dict) or not isinstance(page.get(items), list):
                raise AdapterError(f"{self._system}: {path}: not a page with a list {items!r}")
            yield from page[items]
            link = page.get(following)
            if not link:
                return
            if link in seen:
                raise AdapterError(f"{self._system}: {path}: the page {link!r} links to itself")
            seen.add(link)
            page = self.get_json(link)

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
        return self._repeated(method, path, frozenset(allow), kwargs, safe=safe, read=_whole)

    def _repeated(
        self,
        method: str,
        path: str,
        allow: frozenset[int],
        kwargs: Mapping[str, Any],
        *,
        safe: bool,
        read: Callable[[Reply], T],
    ) -> T:
        policy = Retrying(
            retry=retry_if_exception(lambda e: _is_passing(e, safe=safe)),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_wait,
            reraise=True,
        )
        answer: T = policy(self._once, method, path, allow, kwargs, read)
        return answer

    def _once(
        self,
        method: str,
        path: str,
        allow: frozenset[int],
        kwargs: Mapping[str, Any],
        read: Callable[[Reply], T],
    ) -> T:
        self._breaker.before(self._system)
        self._keep_pace()
        try:
            reply = self._exchange(method, path, kwargs)
            judge(reply, allow)
            answer = read(reply)
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
            return answer

    def _exchange(self, method: str, path: str, kwargs: Mapping[str, Any]) -> Reply:
        url = within(path, self._config, self._system)
        for _ in range(_REDIRECTS + 1):
            reply = self._send(method, url, kwargs)
            if method != "GET" or reply.status not in {301, 302, 303, 307, 308}:
                return reply
            url = within(
                reply.headers.get("Location", ""), self._config, self._system, seen_from=url
            )
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
            raise NotTakenUpError(f"{where}: no connection: {error}") from error
        except httpx.InvalidURL as error:
            raise AdapterError(f"{where}: not an address: {error}") from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            reason = str(error) or type(error).__name__
            raise RetryableAdapterError(f"{where}: no whole answer: {reason}") from error
        _LOG.info("%s: %d in %.2f s", where, answer.status_code, time.monotonic() - began)
        return Reply(answer.status_code, answer.headers, content, where, self._hidden())

    def _hidden(self) -> tuple[str, ...]:
        """What must not be repeated from an answer: the values of headers, word by word."""
        values = [v for k, v in self._http.headers.items() if k.lower() not in _OPEN_HEADERS]
        words = [
            word for value in [*values, *self._password, *self._secrets] for word in value.split()
        ]
        return tuple(word for word in words if len(word) > len("Bearer"))

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

    def _keep_pace(self) -> None:
        with self._lock:
            now = time.monotonic()
            wait = max(0.0, self._next - now)
            self._next = max(now, self._next) + 1 / self._config.requests_per_second
        if wait:
            time.sleep(wait)


def _secrets(auth: tuple[str, str]) -> tuple[str, ...]:
    user, password = auth
    header = base64.b64encode(f"{user}:{password}".encode()).decode()
    # Some systems take an API key for the user, without a password.
    return (password or user, header)


def _whole(reply: Reply) -> Reply:
    return reply


def _is_passing(error: BaseException, *, safe: bool) -> bool:
    if isinstance(error, LabAccessError) or not isinstance(error, RetryableAdapterError):
        return False
    if isinstance(error, NotTakenUpError):
        return error.after is None or error.after <= _LONGEST_WAIT
    return safe


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, NotTakenUpError) and error.after is not None:
        return error.after
    return wait_random_exponential(multiplier=0.1, max=10)(state)
