"""A Benchling in miniature: stateful, over HTTP, from the OpenAPI file of client 2.0.446.

It keeps to what the file says: API key as user of Basic, lists in pages with `nextToken`, filters
that also take aliases and registry ids, results that can be archived and never edited, limits with
their headers, unknown keys refused, files handed out by signed links of another host. Unregistered
names may stand twice; a registry refuses a name that it has.
"""

import base64
import hashlib
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

APP = "app_Yf2Kq0"
FOLDER, REGISTRY = "lib_R8KcsjhW", "src_NetYd96a"
WORDS = ("Requested", "In progress", "Done", "Synthesis failed", "Measurement failed", "Cancelled",
         "To discuss", "in quarantine")  # fmt: skip


def _definition(name: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {
        "id": f"tsf_{name[:8]}", "name": name, "type": kind, "isMulti": False,
        "isRequired": False, "archiveRecord": None, **more,
    }  # fmt: skip


def _schema(api_id: str, name: str, kind: str, *fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": api_id, "name": name, "type": kind, "fieldDefinitions": list(fields),
        "archiveRecord": None, "modifiedAt": "2026-01-05T08:00:00+00:00",
    }  # fmt: skip


def _result_schema(api_id: str, name: str, value: dict[str, Any]) -> dict[str, Any]:
    common = [
        _definition("sample", "custom_entity_link", isRequired=True),
        _definition("unit"), _definition("repeat", "integer"), _definition("measured_by"),
        _definition("instrument"), _definition("measured_at", "datetime"),
        _definition("curves", "blob_link", isMulti=True),
    ]  # fmt: skip
    return {**_schema(api_id, name, "assay_result", value, *common), "systemName": name.lower()}


def entity_schemas() -> list[dict[str, Any]]:
    fields = [
        _definition("Candidate"), _definition("Repeat unit"), _definition("To measure"),
        _definition("Remark", "long_text"), _definition("Reason"),
        _definition("Status", "dropdown", dropdownId="sfs_status01"),
        _definition("synthloop", "long_text"), _definition("Bath temperature", "float"),
        _definition("Documents", "blob_link", isMulti=True),
    ]  # fmt: skip
    return [
        _schema("ts_film0001", "Polymer film", "custom_entity", *fields),
        _schema("ts_strain01", "Strain", "custom_entity", _definition("Host")),
    ]


def result_schemas() -> list[dict[str, Any]]:
    return [
        _result_schema("assaysch_tg", "Glass transition", _definition("tg")),
        _result_schema("assaysch_rho", "Density", _definition("rho", "float")),
        _result_schema("assaysch_melt", "Melt flow", _definition("mfr", "float")),
    ]


class RefusedError(Exception):
    """A request that Benchling answers with 400 or 404."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class BenchlingTenant:
    """What a tenant holds, behind one lock."""

    key: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    entity_schemas: list[dict[str, Any]] = field(default_factory=entity_schemas)
    result_schemas: list[dict[str, Any]] = field(default_factory=result_schemas)
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    clock_skew: float = 0.0
    limit: int = 0
    window_seconds: float = 30.0
    spent: list[float] = field(default_factory=list)
    files_url: str = ""
    page: int = 100
    token: str = "none yet"
    ignores_filters: bool = False
    tokens: int = 0

    def new_token(self) -> str:
        self.tokens += 1
        self.token = f"tok-7c41d9-{self.tokens}"
        return self.token

    def stamp(self) -> str:
        now = datetime.now(UTC) + timedelta(seconds=self.clock_skew)
        return now.isoformat(timespec="microseconds")

    @property
    def options(self) -> dict[str, str]:
        return {f"sfso_{row}": word for row, word in enumerate(WORDS)}

    def create_entity(self, body: dict[str, Any]) -> dict[str, Any]:
        known = {
            "name", "schemaId", "fields", "folderId", "aliases", "authorIds", "customFields",
            "registryId", "namingStrategy", "entityRegistryId",
        }  # fmt: skip
        _refuse_keys(body, known, {"name", "schemaId"})
        schema = _one(self.entity_schemas, body["schemaId"])
        registry = body.get("registryId")
        if registry not in {None, REGISTRY} or body.get("folderId") not in {None, FOLDER}:
            raise RefusedError("no such registry or folder")
        if registry is None and "folderId" not in body:
            raise RefusedError("folderId is required")
        names = {name for e in self.entities.values() if e["registryId"] for name in e["_names"]}
        if registry and body["name"] in names:
            raise RefusedError(f"Name {body['name']} is already in use in this registry")
        number = len(self.entities) + 1
        api_id, now = f"bfi_{number:08d}", self.stamp()
        chosen = body["name"] if body.get("namingStrategy") == "IDS_FROM_NAMES" else f"PF{number}"
        entity = {
            "id": api_id, "name": body["name"], "aliases": body.get("aliases", []),
            "entityRegistryId": chosen if registry else None, "registryId": registry,
            "folderId": body.get("folderId"), "archiveRecord": None, "createdAt": now,
            "modifiedAt": now, "schema": {"id": schema["id"], "name": schema["name"]},
            "fields": self._fields(schema, {}, body.get("fields", {})),
            "customFields": {}, "authors": [], "creator": self._person("ent_a0SApq3z"),
            "webURL": f"https://tenant.benchling.com/films/f/{api_id}/edit",
            "apiURL": f"https://tenant.benchling.com/api/v2/custom-entities/{api_id}",
            "url": f"/films/f/{api_id}/edit", "registrationOrigin": None,
        }  # fmt: skip
        entity["_names"] = [n for n in (body["name"], entity["entityRegistryId"]) if n]
        self.entities[api_id] = entity
        return entity

    def update_entity(self, api_id: str, body: dict[str, Any]) -> dict[str, Any]:
        _refuse_keys(body, {"name", "fields", "folderId", "aliases", "customFields"}, set())
        entity = _held(self.entities, api_id)
        schema = _one(self.entity_schemas, entity["schema"]["id"])
        entity["fields"] = self._fields(schema, entity["fields"], body.get("fields", {}))
        entity["modifiedAt"] = self.stamp()
        return entity

    def archive(self, kind: str, ids: list[str], reason: str) -> None:
        held = self.entities if kind == "entities" else self.results
        for api_id in ids:
            item = _held(held, api_id)
            # Whether that moves `modifiedAt` the specification does not say; here it does not.
            item["archiveRecord"] = {"reason": reason}

    def create_results(self, asked: list[dict[str, Any]]) -> list[str]:
        made = []
        for body in asked:
            _refuse_keys(
                body, {"id", "schemaId", "fields", "fieldValidation", "projectId"},
                {"schemaId", "fields"},
            )  # fmt: skip
            schema = _one(self.result_schemas, body["schemaId"])
            api_id, now = str(body.get("id") or uuid.uuid4()), self.stamp()
            if api_id in self.results:
                raise RefusedError(f"There is a result with the id {api_id}")
            made.append(api_id)
            self.results[api_id] = {
                "id": api_id, "schema": {"id": schema["id"], "name": schema["name"]},
                "fields": self._fields(schema, {}, body["fields"]), "createdAt": now,
                "modifiedAt": now, "archiveRecord": None, "isReviewed": False, "entryId": None,
                "projectId": body.get("projectId"), "creator": self._person("ent_b4AApz9b"),
                "fieldValidation": body.get("fieldValidation", {}), "validationStatus": "VALID",
                "validationComment": "",
            }  # fmt: skip
        return made

    @staticmethod
    def _person(api_id: str) -> dict[str, Any]:
        return {"id": api_id, "name": "Rosalind Franklin", "handle": "rfranklin"}

    def _fields(
        self, schema: dict[str, Any], held: dict[str, Any], asked: dict[str, Any]
    ) -> dict[str, Any]:
        """Return fields as a schema lets them be; those that are not asked for stay."""
        definitions = {d["name"]: d for d in schema["fieldDefinitions"]}
        if unknown := asked.keys() - definitions.keys():
            raise RefusedError(f"Invalid fields: {sorted(unknown)}")
        found = {}
        for name, definition in definitions.items():
            if name in asked:
                found[name] = self._field(definition, asked[name].get("value"))
            else:
                found[name] = held.get(name) or self._field(definition, None)
            if definition["isRequired"] and found[name]["value"] is None:
                raise RefusedError(f"Field {name} is required")
        return found

    def _field(self, definition: dict[str, Any], value: Any) -> dict[str, Any]:
        kind, shown = definition["type"], value
        if kind in {"float", "integer"} and value is not None:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise RefusedError(f"{value!r} is no {kind}")
            shown = f"{value:g}"
        if kind in {"text", "long_text"} and not isinstance(value, str | None):
            raise RefusedError(f"{value!r} is no text")
        if kind == "dropdown" and value is not None:
            if value not in self.options:
                raise RefusedError(f"{value!r} is no option of the dropdown")
            shown = self.options[value]
        links = {"custom_entity_link": self.entities, "blob_link": self.blobs}.get(kind)
        if links is not None and value is not None:
            for link in value if isinstance(value, list) else [value]:
                _held(links, link)
            shown = None
        return {
            "value": value, "displayValue": shown, "textValue": shown, "type": kind,
            "isMulti": definition["isMulti"], "unit": definition.get("unit"),
        }  # fmt: skip

    def create_blob(self, body: dict[str, Any]) -> dict[str, Any]:
        _refuse_keys(
            body, {"name", "type", "data64", "md5", "mimeType"}, {"name", "type", "data64", "md5"}
        )
        # The vendor's client breaks the text into lines.
        content = base64.b64decode(body["data64"])
        if hashlib.md5(content).hexdigest() != body["md5"]:
            raise RefusedError("md5 does not match")
        api_id = str(uuid.uuid4())
        self.blobs[api_id] = {
            "id": api_id, "name": body["name"], "type": body["type"], "uploadStatus": "COMPLETE",
            "mimeType": body.get("mimeType", "application/octet-stream"), "_content": content,
        }  # fmt: skip
        return self.blobs[api_id]

    def listed_entities(self, query: dict[str, str]) -> dict[str, Any]:
        known = {"schemaId", "names.anyOf.caseSensitive", "nameIncludes", "archiveReason"}
        _refuse_keys(query, known | {"sort", "pageSize", "nextToken"}, set())
        asked = query.get("names.anyOf.caseSensitive", "").split(",")
        if len(asked) > 100:
            raise RefusedError("names.anyOf.caseSensitive: at most 100")
        part = query.get("nameIncludes", "").casefold()
        found = [
            entity
            for entity in self.entities.values()
            if query.get("schemaId") in {None, entity["schema"]["id"]}
            and _in_archive(entity, query)
            and (
                self.ignores_filters
                or "names.anyOf.caseSensitive" not in query
                or {*entity["_names"], *entity["aliases"]} & set(asked)
            )
            and any(part in name.casefold() for name in [*entity["_names"], *entity["aliases"]])
        ]
        return self._page("customEntities", found, query)

    def listed_results(self, query: dict[str, str]) -> dict[str, Any]:
        known = {"schemaId", "entityIds", "archiveReason", "sort", "pageSize", "nextToken"}
        _refuse_keys(query, known, {"schemaId"})
        asked = set(query["entityIds"].split(",")) if "entityIds" in query else set()
        if len(asked) > 20:
            raise RefusedError("entityIds: at most 20")
        found = [
            result
            for result in self.results.values()
            if result["schema"]["id"] == query["schemaId"]
            and _in_archive(result, query)
            and (self.ignores_filters or not asked or _links(result) & asked)
        ]
        return self._page("assayResults", found, query)

    def _page(self, key: str, found: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        size = min(int(query.get("pageSize", 50)), self.page)
        if not 0 < int(query.get("pageSize", 50)) <= 100:
            raise RefusedError("pageSize: 1 to 100")
        by, _, direction = query.get("sort", "modifiedAt:desc").partition(":")
        found.sort(key=lambda item: (item[by], item["id"]), reverse=direction == "desc")
        begin = int(query.get("nextToken") or 0)
        following = str(begin + size) if begin + size < len(found) else ""
        shown = [_shown(item) for item in found[begin : begin + size]]
        return {key: shown, "nextToken": following}

    def budget(self) -> tuple[int, int]:
        """Take one request from the window; return what remains, and the seconds to its end."""
        now = time.monotonic()
        self.spent = [when for when in self.spent if now - when < self.window_seconds]
        reset = self.window_seconds - (now - self.spent[0]) if self.spent else self.window_seconds
        if len(self.spent) >= self.limit > 0:
            return -1, int(reset) + 1
        self.spent.append(now)
        return self.limit - len(self.spent), int(reset) + 1


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if not key.startswith("_")}


def _refuse_keys(body: dict[str, Any], known: set[str], required: set[str]) -> None:
    if unknown := body.keys() - known:
        raise RefusedError(f"Unknown keys: {sorted(unknown)}")
    if missing := required - body.keys():
        raise RefusedError(f"Missing keys: {sorted(missing)}")


def _one(schemas: list[dict[str, Any]], api_id: str) -> dict[str, Any]:
    found = [schema for schema in schemas if schema["id"] == api_id]
    if not found:
        raise RefusedError(f"No schema {api_id}")
    return found[0]


def _held(held: dict[str, dict[str, Any]], api_id: str) -> dict[str, Any]:
    if api_id not in held:
        raise RefusedError(f"Invalid id {api_id}", 404)
    return held[api_id]


def _in_archive(item: dict[str, Any], query: dict[str, str]) -> bool:
    match query.get("archiveReason", "NOT_ARCHIVED"):
        case "NOT_ARCHIVED":
            return item["archiveRecord"] is None
        case "ANY_ARCHIVED":
            return item["archiveRecord"] is not None
        case _:
            return True


def _links(result: dict[str, Any]) -> set[str]:
    value = result["fields"]["sample"]["value"]
    return set(value) if isinstance(value, list) else {value}


class BenchlingServer:
    """Serves a tenant on loopback, and its files on another port."""

    def __init__(self, tenant: BenchlingTenant) -> None:
        self._servers = [
            ThreadingHTTPServer(("127.0.0.1", 0), handler)
            for handler in (_api_handler(tenant), _files_handler(tenant))
        ]
        self.url, self.files_url = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )
        tenant.files_url = self.files_url
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm, wbufsize = True, -1

    def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


def _api_handler(tenant: BenchlingTenant) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {"Content-Type": "application/json"}
            shown = self.headers.get("Authorization", "")
            if self.path == "/api/v2/token" and shown == _basic(APP, tenant.key):
                asked = parse_qs(content.decode())
                assert asked == {"grant_type": ["client_credentials"]}
                token = {"access_token": tenant.new_token(), "token_type": "Bearer"}
                self.answer(200, json.dumps({**token, "expires_in": 900}).encode(), headers)
                return
            if shown not in {_basic(tenant.key, ""), f"Bearer {tenant.token}"}:
                words = f"Invalid credentials: {self.headers.get('Authorization')}"
                self._error(401, words, headers)
                return
            with tenant.lock:
                left, reset = tenant.budget()
                if tenant.limit:
                    headers |= {
                        "x-rate-limit-limit": str(tenant.limit),
                        "x-rate-limit-remaining": str(max(left, 0)),
                        "x-rate-limit-reset": str(reset),
                    }
                if left < 0 and tenant.limit:
                    self._error(429, "Rate limit exceeded", headers)
                    return
                try:
                    body = json.loads(content) if content else {}
                    status, told = _route(tenant, self.command, self.path, body)
                except RefusedError as error:
                    self._error(error.status, str(error), headers)
                    return
                text = json.dumps(told).encode()
            self.answer(status, text, headers)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815

        def _error(self, status: int, words: str, headers: dict[str, str]) -> None:
            error = {"message": words, "type": "invalid_request_error", "userMessage": words}
            self.answer(status, json.dumps({"error": error}).encode(), headers)

    return Handler


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _files_handler(tenant: BenchlingTenant) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            blob = tenant.blobs.get(parts.path.strip("/"))
            signed = parse_qs(parts.query).get("Signature") == [_signature(parts.path.strip("/"))]
            # Storage refuses a request that is signed twice.
            if blob is None or not signed or "Authorization" in self.headers:
                self.answer(403, b"<Error/>", {"Content-Type": "application/xml"})
                return
            self.answer(200, blob["_content"], {"Content-Type": blob["mimeType"]})

    return Handler


def _signature(blob: str) -> str:
    return hashlib.sha256(f"signed {blob}".encode()).hexdigest()[:20]


def _route(
    tenant: BenchlingTenant, method: str, target: str, body: dict[str, Any]
) -> tuple[int, Any]:
    parts = urlsplit(target)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    path = unquote(parts.path)
    match [method, *path.removeprefix("/api/v2/").split("/")]:
        case ["GET", "entity-schemas"]:
            return 200, {"entitySchemas": tenant.entity_schemas, "nextToken": ""}
        case ["GET", "assay-result-schemas"]:
            return 200, {"assayResultSchemas": tenant.result_schemas, "nextToken": ""}
        case ["GET", "registries"]:
            return 200, {"registries": [{"id": REGISTRY, "name": "Films"}]}
        case ["GET", "folders", api_id]:
            if api_id != FOLDER:
                raise RefusedError(f"Invalid id {api_id}", 404)
            return 200, {"id": FOLDER, "name": "Films", "parentFolderId": None}
        case ["GET", "dropdowns", "sfs_status01"]:
            options = [
                {"id": api_id, "name": word, "archiveRecord": None}
                for api_id, word in tenant.options.items()
            ]
            return 200, {"id": "sfs_status01", "name": "Status", "options": options}
        case [_, head, *_] if head.startswith("blobs"):
            return _on_blobs(tenant, method, path, query, body)
        case [_, head, *_] if head.startswith("custom-entities"):
            return _on_entities(tenant, method, path, query, body)
        case _:
            return _on_results(tenant, method, path, query, body)


def _on_entities(
    tenant: BenchlingTenant, method: str, path: str, query: dict[str, str], body: dict[str, Any]
) -> tuple[int, Any]:
    match [method, *path.removeprefix("/api/v2/").split("/")]:
        case ["GET", "custom-entities"]:
            return 200, tenant.listed_entities(query)
        case ["POST", "custom-entities"]:
            return 201, _shown(tenant.create_entity(body))
        case ["GET", "custom-entities", api_id]:
            return 200, _shown(_held(tenant.entities, api_id))
        case ["PATCH", "custom-entities", api_id]:
            return 200, _shown(tenant.update_entity(api_id, body))
        case ["POST", "custom-entities:archive"]:
            tenant.archive("entities", body["customEntityIds"], body["reason"])
            return 200, {"customEntityIds": body["customEntityIds"]}
    raise RefusedError("no such endpoint", 404)


def _on_results(
    tenant: BenchlingTenant, method: str, path: str, query: dict[str, str], body: dict[str, Any]
) -> tuple[int, Any]:
    match [method, *path.removeprefix("/api/v2/").split("/")]:
        case ["GET", "assay-results"]:
            return 200, tenant.listed_results(query)
        case ["POST", "assay-results"]:
            _refuse_keys(body, {"assayResults"}, {"assayResults"})
            return 200, {
                "assayResults": tenant.create_results(body["assayResults"]),
                "errors": None,
            }
        case ["GET", "assay-results", api_id]:
            return 200, _shown(_held(tenant.results, api_id))
        case ["POST", "assay-results:archive"]:
            tenant.archive("results", body["assayResultIds"], body.get("reason", "Archived"))
            return 200, {"assayResultIds": body["assayResultIds"]}
    raise RefusedError("no such endpoint", 404)


def _on_blobs(
    tenant: BenchlingTenant, method: str, path: str, query: dict[str, str], body: dict[str, Any]
) -> tuple[int, Any]:
    match [method, *path.removeprefix("/api/v2/").split("/")]:
        case ["POST", "blobs"]:
            return 200, _shown(tenant.create_blob(body))
        case ["GET", "blobs:bulk-get"]:
            ids = query["blobIds"].split(",")
            return 200, {"blobs": [_shown(_held(tenant.blobs, api_id)) for api_id in ids]}
        case ["GET", "blobs", api_id]:
            return 200, _shown(_held(tenant.blobs, api_id))
        case ["GET", "blobs", api_id, "download-url"]:
            _held(tenant.blobs, api_id)
            link = f"{tenant.files_url}/{api_id}?Signature={_signature(api_id)}"
            return 200, {"downloadURL": link, "expiresAt": int(time.time()) + 300}
    raise RefusedError("no such endpoint", 404)
