"""An eLabFTW over HTTP: API v2 in miniature, with the habits that surprise a client.

From its source (Apiv2Controller, AbstractEntity, DisplayParams, QueryBuilderVisitor, Uploads) and
its OpenAPI specification: lists hold 15 and show what the user's own scope says; a search is one for
a part, in any case, with SQL's wildcards; metadata are a text; PATCH turns every value into a text;
a made object is named in `Location` only; what is deleted vanishes from the lists; what is locked
cannot be written.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]
NORMAL, ARCHIVED, DELETED = 1, 2, 3
ROBOT, CHEMIST = 2, 3


@dataclass
class ElabSite:
    """One team with its experiments; its people work on it here, the adapter over HTTP."""

    key: str
    can_write: int = 1
    scope: int = 1
    lock: RLock = field(default_factory=RLock)
    experiments: dict[int, Object] = field(default_factory=dict)
    uploads: dict[int, Object] = field(default_factory=dict)
    statuses: dict[int, str] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    clock_skew: float = 0.0

    def now(self) -> str:
        """A stamp without zone and without fractions."""
        stamp = datetime.now(UTC) + timedelta(seconds=self.clock_skew)
        return stamp.strftime("%Y-%m-%d %H:%M:%S")

    def create(self, body: Object, user: int) -> int:
        number = len(self.experiments) + 1
        metadata = body.get("metadata")
        self.experiments[number] = {
            "id": number, "title": body.get("title") or "Untitled", "body": body.get("body"),
            "category": body.get("category"), "status": body.get("status"), "userid": user,
            "metadata": json.dumps(metadata) if metadata else None, "state": NORMAL, "locked": 0,
            "tags": "|".join(body.get("tags") or ()) or None, "custom_id": None,
            "created_at": self.now(), "modified_at": self.now(),
        }  # fmt: skip
        return number

    def shown(self, entry: Object) -> Object:
        return {
            **entry,
            "status_title": self.statuses.get(entry["status"]),
            "category_title": self.categories.get(entry["category"]),
            "type": "experiments",
        }

    def fields(self, number: int) -> Object:
        entry = self.experiments[number]
        return json.loads(entry["metadata"])["extra_fields"] if entry["metadata"] else {}

    def set_field(self, number: int, name: str, **changes: Any) -> None:
        """Change a field as people do in the browser."""
        entry = self.experiments[number]
        metadata = json.loads(entry["metadata"])
        metadata["extra_fields"].setdefault(name, {"type": "text"}).update(changes)
        entry.update(metadata=json.dumps(metadata), modified_at=self.now())

    def add_upload(self, number: int, name: str, comment: str | None, content: bytes) -> int:
        upload = len(self.uploads) + 1
        self.uploads[upload] = {
            "id": upload, "item_id": number, "real_name": name, "comment": comment,
            "hash": hashlib.sha256(content).hexdigest(), "hash_algorithm": "sha256",
            "state": NORMAL, "filesize": len(content), "content": content, "type": "experiments",
            "long_name": f"{upload:02x}/{upload}", "userid": ROBOT, "storage": 1, "immutable": 0,
            "created_at": self.now(), "fullname": "Synth Loop",
        }  # fmt: skip
        self.experiments[number]["modified_at"] = self.now()
        return upload


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ElabServer:
    """Serves a site on loopback, on a port of the system's choice."""

    def __init__(self, site: ElabSite) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(site: ElabSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm, wbufsize = True, -1

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = _form(self.headers.get("Content-Type", ""), body)
            with site.lock:
                try:
                    api = _Api(site, self.headers.get("Authorization", ""))
                    answer = api.answer(self.command, self.path, sent)
                except ApiError as error:
                    said = {"code": error.status, "message": str(error), "description": ""}
                    self._send(error.status, json.dumps(said).encode())
                    return
            if isinstance(answer, str):
                self._send(201, b"", Location=f"https://elab.example.org/{answer}")
            elif isinstance(answer, bytes):
                self._send(200, answer)
            else:
                self._send(200 if answer is not None else 204, json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def _send(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            for name, value in headers.items():
                self.send_header(name, value)
            content = b"" if status == 204 else content
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + site.clock_skew)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _form(content_type: str, body: bytes) -> Object:
    """What was sent: JSON, or the parts of a form with the file under `file`."""
    if not content_type.startswith("multipart/form-data"):
        return json.loads(body) if body else {}
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    found: Object = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        found[name] = (part.get_filename(), content) if part.get_filename() else content.decode()
    return found


class _Api:
    def __init__(self, site: ElabSite, key: str) -> None:
        if key != site.key:
            raise ApiError(401, "No corresponding API key found!")
        self.site = site

    def answer(self, method: str, target: str, sent: Object) -> Any:
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if method != "GET" and not self.site.can_write:
            raise ApiError(400, "You are using a read-only key to execute a write action.")
        match [method, *parts.path.removeprefix("/api/v2").strip("/").split("/")]:
            case ["GET", "users", "me"]:
                return {"userid": ROBOT, "fullname": "Synth Loop", "email": "s@example.org"}
            case ["GET", "apikeys"]:
                number = int(self.site.key.partition("-")[0])
                return [{"id": number, "name": "loop", "can_write": self.site.can_write}]
            case [
                "GET",
                "teams",
                "current",
                ("experiments_status" | "experiments_categories") as k,
            ]:
                known = self.site.statuses if k == "experiments_status" else self.site.categories
                return [{"id": n, "title": title, "color": "29aeb9"} for n, title in known.items()]
            case ["GET", "experiments"]:
                return self._listed(query)
            case ["POST", "experiments"]:
                return f"api/v2/experiments/{self.site.create(sent, ROBOT)}"
            case [_, "experiments", number, *rest] if int(number) in self.site.experiments:
                return self._on_entry(method, int(number), rest, query, sent)
        raise ApiError(404, "Nothing to show with this id")

    def _listed(self, query: dict[str, str]) -> list[Object]:
        states = {int(state) for state in query.get("state", "1").split(",")}
        found = [e for e in self.site.experiments.values() if e["state"] in states]
        scope = int(query.get("scope") or self.site.scope)
        if scope == 1 and not query.get("extended"):
            found = [e for e in found if e["userid"] == ROBOT]
        if query.get("q"):
            found = [e for e in found if _like(query["q"], f"{e['title']} {e['body']}")]
        if query.get("extended"):
            found = [e for e in found if self._fits(e, query["extended"])]
        if query.get("category"):
            found = [e for e in found if str(e["category"]) == query["category"]]
        key = {"id": "id", "title": "title"}.get(query.get("order", ""), "modified_at")
        found.sort(key=lambda e: (e[key], e["id"]), reverse=query.get("sort", "desc") == "desc")
        start, size = int(query.get("offset") or 0), int(query.get("limit") or 15)
        return [self.site.shown(e) for e in found[start : start + size]]

    def _fits(self, entry: Object, extended: str) -> bool:
        asked = re.fullmatch(r'extrafield:"([^"]+)":"([^"]+)"', extended)
        if asked is None:
            raise ApiError(400, f"Error in the query {extended}")
        lowered = {k.lower(): v for k, v in self.site.fields(entry["id"]).items()}
        held = lowered.get(asked[1].lower(), {}).get("value")
        return held is not None and _like(asked[2], str(held))

    def _on_entry(
        self, method: str, number: int, rest: list[str], query: dict[str, str], sent: Object
    ) -> Any:
        entry = self.site.experiments[number]
        if method != "GET":
            self._may_write(entry)
        match [method, *rest]:
            case ["GET"]:
                return self._one(entry)
            case ["PATCH"]:
                self._patch(entry, dict(sent))
                return self._one(entry)
            case ["DELETE"]:
                entry.update(state=DELETED, modified_at=self.site.now())
                return None
            case [_, "uploads", *which]:
                return self._uploads(method, number, which, query, sent)
        raise ApiError(404, "Nothing to show with this id")

    def _may_write(self, entry: Object) -> None:
        if entry["state"] == DELETED:
            raise ApiError(422, "Only the Restore action is allowed on a deleted entity.")
        if entry["locked"]:
            raise ApiError(403, "Sorry, you don't have the permission to do that.")

    def _one(self, entry: Object) -> Object:
        uploads = [_plain(u) for u in self._of(entry["id"])]
        return {**self.site.shown(entry), "uploads": uploads, "comments": [], "steps": []}

    def _patch(self, entry: Object, sent: Object) -> None:
        action = sent.pop("action", "update")
        for name, value in sent.items():
            if action == "updatemetadatafield":
                # JSON_SET below a path that is not there changes nothing.
                if name in self.site.fields(entry["id"]):
                    self.site.set_field(entry["id"], name, value=value)
            elif name in {"status", "category"}:
                entry[name] = int(str(value)) or None
            elif name == "metadata":
                # PHP casts every value to a string, an array to "Array".
                text = value if isinstance(value, str) else "Array"
                if not text.startswith("{"):
                    raise ApiError(400, "Error decoding json payload")
                entry["metadata"] = text
            else:
                entry[name] = str(value)
        entry["modified_at"] = self.site.now()

    def _of(self, number: int) -> list[Object]:
        held = self.site.uploads.values()
        return [u for u in held if u["item_id"] == number and u["state"] == NORMAL]

    def _uploads(
        self, method: str, number: int, which: list[str], query: dict[str, str], sent: Object
    ) -> Any:
        if not which:
            if method == "GET":
                return [_plain(u) for u in reversed(self._of(number))]
            upload = self.site.add_upload(
                number, sent["file"][0], sent.get("comment"), _bytes(sent)
            )
            return f"api/v2/experiments/{number}/uploads/{upload}"
        known = self.site.uploads.get(int(which[0]))
        if known is None or known["item_id"] != number:
            raise ApiError(404, "Nothing to show with this id")
        if method == "GET":
            return known["content"] if query.get("format") == "binary" else _plain(known)
        if sent.get("action") != "replace":
            raise ApiError(400, "Invalid action for upload creation.")
        known["state"] = ARCHIVED
        fresh = self.site.add_upload(number, sent["file"][0], known["comment"], _bytes(sent))
        return f"api/v2/experiments/{number}/uploads/{fresh}"


def _plain(upload: Object) -> Object:
    return {key: value for key, value in upload.items() if key != "content"}


def _bytes(sent: Object) -> bytes:
    content: bytes = sent["file"][1]
    return content


def _like(wanted: str, held: str) -> bool:
    """SQL's LIKE with a part: % and _ are wildcards, upper and lower case are the same."""
    pattern = re.escape(wanted.lower()).replace("%", ".*").replace("_", ".")
    return re.search(pattern, held.lower(), re.DOTALL) is not None
