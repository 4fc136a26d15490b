"""Bramble itself, in miniature: stateful, over HTTP, with the habits that make real systems hard.

It does not keep `client_ref` unique, its filter takes any beginning of a text, values are texts,
a comment has one author, lists come in pages, and changes are numbered.
"""

import hashlib
import json
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

PAGE = 100
TYPES = ("polymer", "film", "powder")
SERVICES = ("TG-DSC", "TG-DMA", "DENSITY", "YIELD")


@dataclass
class BrambleLab:
    """What the lab holds; its people work on it here, the adapter over HTTP."""

    token: str
    lock: RLock = field(default_factory=RLock)
    samples: dict[int, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    changes: int = 0
    values: int = 0
    clock_skew: float = 0.0

    def touch(self, sample: dict[str, Any]) -> None:
        self.changes += 1
        sample["changed"] = self.changes

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            sample = {
                **body, "number": len(self.samples) + 1, "status": "received", "results": [],
                "documents": {}, "comments": {}, "deleted": False,
            }  # fmt: skip
            self.touch(sample)
            self.samples[sample["number"]] = sample
            return sample

    def of(self, order_id: str) -> list[dict[str, Any]]:
        with self.lock:
            return [
                sample
                for sample in self.samples.values()
                if sample["client_ref"] == order_id and not sample["deleted"]
            ]

    def enter(self, order_id: str, entry: dict[str, Any], files: dict[str, bytes]) -> str:
        with self.lock:
            sample = self.of(order_id)[0]
            self.values += 1
            shown = []
            for name, content in files.items():
                key = f"{self.values}/{name}"
                self.files[key] = content
                sha = hashlib.sha256(content).hexdigest()
                shown.append({"name": name, "reference": key, "digest": sha})
            sample["results"].append({**entry, "id": self.values, "valid": True, "files": shown})
            self.touch(sample)
            return str(self.values)

    def change(self, number: str, **changes: Any) -> None:
        with self.lock:
            for sample in self.samples.values():
                for entry in sample["results"]:
                    if str(entry["id"]) == number:
                        entry.update(changes)
                        self.touch(sample)

    def set(self, order_id: str, **changes: Any) -> None:
        with self.lock:
            for sample in self.of(order_id):
                sample.update(changes)
                self.touch(sample)


class BrambleServer:
    """Serves a lab on loopback, on a port of the system's choice."""

    def __init__(self, lab: BrambleLab) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lab))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(lab: BrambleLab) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm, wbufsize = True, -1

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Bearer {lab.token}":
                # Servers in their debugging mode say back what they were told.
                said = f"no such token: {self.headers.get('Authorization')}"
                self._answer(401, said.encode())
                return
            with lab.lock:
                status, answer = _route(lab, self.command, self.path, body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self._answer(status, content, "" if isinstance(answer, bytes) else "application/json")

        do_GET = do_POST = do_PUT = _serve  # noqa: N815

        def _answer(self, status: int, content: bytes, media_type: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type or "application/octet-stream")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + lab.clock_skew)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _route(lab: BrambleLab, method: str, target: str, body: bytes) -> tuple[int, Any]:
    parts = urlsplit(target)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    match [method, *map(unquote, parts.path.strip("/").split("/"))]:
        case ["GET", "api", "me"]:
            return 200, {"user": "synthloop", "rights": ["read", "write"]}
        case ["GET", "api", ("types" | "services") as kind]:
            names = TYPES if kind == "types" else SERVICES
            return 200, {"items": [{"key": name} for name in names], "next": None}
        case ["GET", "api", "samples"]:
            return 200, _page(lab, query)
        case ["POST", "api", "samples"]:
            asked = json.loads(body)
            if asked["type"] not in TYPES or set(asked["services"]) - set(SERVICES):
                return 422, {"error": "no such type or service"}
            return 201, lab.create(asked)
        case ["GET", "api", "files", key] if key in lab.files:
            return 200, lab.files[key]
        case [_, "api", "samples", number, *rest] if int(number) in lab.samples:
            return _on_sample(lab, lab.samples[int(number)], rest, body)
    return 404, {"error": "no such thing"}


def _on_sample(
    lab: BrambleLab, sample: dict[str, Any], rest: list[str], body: bytes
) -> tuple[int, Any]:
    match rest:
        case ["cancel"]:
            if any(entry["valid"] for entry in sample["results"]):
                return 409, {"error": "there are results"}
            sample["status"] = "cancelled"
            lab.touch(sample)
        case ["documents", name]:
            sample["documents"][name] = body.hex()
        case ["comments", author]:
            sample["comments"][author] = json.loads(body)["text"]
        case _:
            return 404, {"error": "no such thing"}
    return 200, sample


def _page(lab: BrambleLab, query: dict[str, str]) -> dict[str, Any]:
    after = query.get("changed_after")
    found = sorted(
        (
            sample
            for sample in lab.samples.values()
            if sample["project"] == query["project"]
            and sample["client_ref"].startswith(query.get("client_ref", ""))
            # A list of changes names what was deleted; any other list does not.
            and (after is not None or not sample["deleted"])
            and sample["changed"] > int(after or 0)
        ),
        key=lambda sample: int(sample["changed"]),
    )
    # The next page begins after the last change of this one, so that a change meanwhile moves
    # nothing out of sight.
    page, rest = found[:PAGE], found[PAGE:]
    following = {**query, "changed_after": str(page[-1]["changed"])} if rest else None
    shown = [{k: v for k, v in s.items() if k not in {"documents", "comments"}} for s in page]
    return {"items": shown, "next": f"/api/samples?{urlencode(following)}" if following else None}
