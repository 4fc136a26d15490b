"""A small lab system over real HTTP: samples, values, files, a change number, a token.

It has no unique ids, as many real ones: the same request twice makes two samples.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from urllib.parse import parse_qs, urlsplit

TOKEN = "correct-horse-battery-staple"


@dataclass
class Value:
    id: int
    property: str
    value: str
    unit: str
    file: str = ""


@dataclass
class Sample:
    id: int
    external_id: str
    request: dict
    change: int
    status: str = "requested"
    note: str = ""
    values: list[Value] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)
    annotation: str = ""


class LabServer:
    """What the people of the lab do are its methods. A context manager."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.samples: dict[int, Sample] = {}
        self.files: dict[str, bytes] = {}
        self._lock, self._change, self._number = RLock(), 0, 0
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"lab": self})
        )
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "LabServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, order_id: str) -> Sample:
        with self._lock:
            return next(s for s in self.samples.values() if s.external_id == order_id)

    def report(
        self,
        order_id: str,
        value: float | str,
        unit: str = "MPa",
        prop: str = "strength",
        file: tuple[str, bytes] | None = None,
    ) -> int:
        with self._lock:
            self._number += 1
            if file:
                self.files[file[0]] = file[1]
            given = Value(self._number, prop, str(value), unit, file[0] if file else "")
            self.of(order_id).values.append(given)
            self._touch(order_id)
            return self._number

    def edit(self, order_id: str, number: int, **changes: str) -> None:
        with self._lock:
            for value in self.of(order_id).values:
                if value.id == number:
                    vars(value).update(changes)
            self._touch(order_id)

    def withdraw(self, order_id: str, number: int) -> None:
        with self._lock:
            sample = self.of(order_id)
            sample.values = [v for v in sample.values if v.id != number]
            self._touch(order_id)

    def set_status(self, order_id: str, status: str, note: str = "") -> None:
        with self._lock:
            self.of(order_id).status, self.of(order_id).note = status, note
            self._touch(order_id)

    def add(self, request: dict) -> Sample:
        with self._lock:
            self._change += 1
            number = len(self.samples) + 1
            sample = Sample(number, request["external_id"], request, self._change)
            self.samples[number] = sample
            return sample

    def _touch(self, order_id: str) -> None:
        self._change += 1
        self.of(order_id).change = self._change

    def listed(self, external_id: str | None, after: int) -> list[dict]:
        with self._lock:
            return [
                {k: v for k, v in asdict(s).items() if k != "documents"}
                | {"documents": sorted(s.documents)}
                for s in self.samples.values()
                if s.change > after and external_id in {None, s.external_id}
            ]


class _Handler(BaseHTTPRequestHandler):
    lab: LabServer
    protocol_version = "HTTP/1.1"

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, content: object) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _may(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self.lab.token}":
            return True
        self._answer(401, {"error": "who are you?"})
        return False

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        if not self._may():
            return
        if parts.path == "/whoami":
            self._answer(200, {"name": "loop", "may": ["read", "write"]})
        elif parts.path.startswith("/files/"):
            content = self.lab.files.get(parts.path.removeprefix("/files/"))
            self._answer(200 if content is not None else 404, content or b"no such file")
        else:
            wanted = asked.get("external_id", [None])[0]
            self._answer(200, self.lab.listed(wanted, int(asked.get("after", ["0"])[0])))

    def do_POST(self) -> None:
        body = self._body()
        if self._may():
            self._answer(201, {"id": self.lab.add(json.loads(body)).id})

    def do_PUT(self) -> None:
        body = self._body()
        if not self._may():
            return
        number, what, name = re.match(r"/samples/(\d+)/(\w+)/?(.*)", self.path).groups()
        sample = self.lab.samples[int(number)]
        if what == "annotation":
            sample.annotation = body.decode()
        else:
            sample.documents[name] = body
        self._answer(200, {})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args
