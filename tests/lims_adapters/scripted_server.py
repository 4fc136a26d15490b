"""A server on loopback that answers as a test says, request by request."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: Iterator[bytes] | None = None
    silent: bool = False


class ScriptedServer:
    def __init__(self, script: Callable[[int, Asked], Answer], tls: ssl.SSLContext | None = None):
        self.asked: list[Asked] = []
        self.script = script
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        # A refused certificate is the test, not an error to print.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm, wbufsize = True, -1

        def _serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            answer = server.script(len(server.asked) - 1, server.asked[-1])
            if answer.silent:
                self.close_connection = True
                return
            # The plain one would add a Date of its own.
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = 10**6 if answer.drip else len(answer.body)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(answer.body if answer.drip is None else b"")
            for piece in answer.drip or ():
                self.wfile.write(piece)
                self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

        def log_message(self, *args):
            pass

    return Handler
