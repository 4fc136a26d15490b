"""A bad line on purpose: an HTTP proxy on loopback that breaks requests by plan or by chance."""

import http.client
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final
from urllib.parse import urlsplit

_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host"})


class Fault(StrEnum):
    """What can go wrong with one exchange."""

    NONE = "none"
    SERVER_ERROR = "500 before the lab saw it"
    UNAVAILABLE = "503 before the lab saw it"
    TOO_MANY = "429 with Retry-After before the lab saw it"
    REFUSED = "connection closed before the lab saw it"
    LOST_REPLY = "the lab did it, the reply is lost"
    HALF_REPLY = "the lab did it, half of the reply arrives"
    GARBAGE = "the lab did it, the reply is garbage"
    LATE_ERROR = "the lab did it, the reply is 502"
    STALLED = "the lab did it, the reply never comes"


LOSING: Final = tuple(f for f in Fault if f is not Fault.NONE)


@dataclass(frozen=True)
class Exchange:
    """One request as it passed.

    Attributes:
        number: From 0.
        method: HTTP method.
        path: With query.
        fault: What was done to it.
    """

    number: int
    method: str
    path: str
    fault: Fault


Plan = Callable[[int, str, str], Fault]
"""Number, method and path of a request to what is done to it."""


def flawless(number: int, method: str, path: str) -> Fault:
    """Let every request pass."""
    del number, method, path
    return Fault.NONE


def by_chance(rate: float, seed: int, faults: tuple[Fault, ...] = LOSING) -> Plan:
    """Return a plan that breaks a share of the requests, with any fault alike."""
    luck = random.Random(seed)
    lock = Lock()

    def plan(number: int, method: str, path: str) -> Fault:
        del number, method, path
        with lock:
            return luck.choice(faults) if luck.random() < rate else Fault.NONE

    return plan


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that hung up is what a time-out looks like from here.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class FaultProxy:
    """Stands between an adapter and an HTTP server. A context manager.

    Args:
        upstream: Address of the server.
        stall_seconds: How long a stalled reply keeps the client waiting.
    """

    def __init__(self, upstream: str, stall_seconds: float = 5.0) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._upstream, self._stall = upstream.rstrip("/"), stall_seconds
        self._lock = Lock()
        self.plan: Plan = flawless
        self.exchanges: list[Exchange] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Address for the adapter."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "FaultProxy":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.close()

    def _decide(self, method: str, path: str) -> Fault:
        with self._lock:
            number = len(self.exchanges)
            fault = self.plan(number, method, path)
            self.exchanges.append(Exchange(number, method, path, fault))
            return fault

    def _handler(proxy: "FaultProxy") -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in two small packets wait 40 ms for the client's acknowledgement.
            disable_nagle_algorithm, wbufsize = True, -1

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                proxy._relay(self, body, proxy._decide(self.command, self.path))

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return self._serve
                raise AttributeError(name)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        return Handler

    def _relay(self, client: BaseHTTPRequestHandler, body: bytes, fault: Fault) -> None:
        early = {Fault.SERVER_ERROR: 500, Fault.UNAVAILABLE: 503, Fault.TOO_MANY: 429}
        if fault in early:
            _answer(client, early[fault], [("Retry-After", "0")], b"the line is bad")
            return
        if fault is Fault.REFUSED:
            client.close_connection = True
            return
        try:
            status, headers, content = self._ask(client, body)
        except (OSError, http.client.HTTPException) as error:
            _answer(client, 502, [], f"the lab does not answer: {error}".encode())
            return
        if fault in {Fault.LOST_REPLY, Fault.STALLED}:
            if fault is Fault.STALLED:
                time.sleep(self._stall)
            client.close_connection = True
        elif fault is Fault.HALF_REPLY:
            _answer(client, status, headers, content, cut=True)
        elif fault is Fault.GARBAGE:
            _answer(client, status, headers, b"\x00<html>{]not what you asked for")
        elif fault is Fault.LATE_ERROR:
            _answer(client, 502, [], b"bad gateway")
        else:
            _answer(client, status, headers, content)

    def _ask(
        self, client: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        line = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            headers = {k: v for k, v in client.headers.items() if k.lower() not in _HOP}
            headers["Accept-Encoding"] = "identity"
            line.request(client.command, client.path, body=body or None, headers=headers)
            answer = line.getresponse()
            kept = [
                (k, v.replace(self._upstream, self.url))
                for k, v in answer.getheaders()
                if k.lower() not in _HOP
            ]
            content = answer.read()
            # The lab writes its own address into links; to the adapter it is this one.
            if "json" in (answer.getheader("Content-Type") or ""):
                content = content.replace(self._upstream.encode(), self.url.encode())
            return answer.status, kept, content
        finally:
            line.close()


def _answer(
    client: BaseHTTPRequestHandler,
    status: int,
    headers: list[tuple[str, str]],
    content: bytes,
    *,
    cut: bool = False,
) -> None:
    client.send_response_only(status)
    for name, value in headers:
        if name.lower() != "content-length":
            client.send_header(name, value)
    client.send_header("Content-Length", str(len(content)))
    client.end_headers()
    if client.command != "HEAD":
        client.wfile.write(content[: len(content) // 2] if cut else content)
    if cut:
        client.close_connection = True
