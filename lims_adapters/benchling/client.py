"""The requests that Benchling's REST API v2 takes (its OpenAPI file of client 2.0.446)."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from lims_adapters.benchling.config import BenchlingConfig
from lims_adapters.benchling.sign_in import AppSignIn
from lims_adapters.transport.client import LabHttp, Reply
from loop.errors import AdapterError, RetryableAdapterError

SYSTEM: Final = "Benchling"
_API: Final = "/api/v2"
_PAGE: Final = 100
_NAMES: Final = 100
_ENTITIES: Final = 20
_LARGEST_BLOB: Final = 10_000_000

Fields = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Stored:
    """An entity or a result as it is now.

    Attributes:
        api_id: Benchling's own.
        names: Name, registry id and aliases of an entity.
        fields: Field name to value, text and unit.
        created: Stamp of its creation, for the order among several.
        url: Page for people, "" for a result.
        told: All that Benchling said.
    """

    api_id: str
    names: tuple[str, ...]
    fields: Fields
    created: str
    url: str
    told: Mapping[str, Any]


@dataclass(frozen=True)
class Schema:
    """A schema of entities or results.

    Attributes:
        api_id: Benchling's own.
        name: As people see it.
        fields: Its field definitions by name, without archived ones.
    """

    api_id: str
    name: str
    fields: Mapping[str, Mapping[str, Any]]


class BenchlingClient:
    """One API key, or one app, at one Benchling."""

    def __init__(self, config: BenchlingConfig) -> None:
        self._config = config
        secret = config.secret.read().get_secret_value()
        if config.client_id:
            app = AppSignIn(config.url, config.client_id, secret)
            self._http = LabHttp(config, SYSTEM, auth=app, secrets=app.secrets)
        else:
            self._http = LabHttp(config, SYSTEM, auth=(secret, ""))

    def schemas(self, kind: str) -> list[Schema]:
        """Return the schemas that we may see.

        Args:
            kind: "entity" or "assay-result".
        """
        key = {"entity": "entitySchemas", "assay-result": "assayResultSchemas"}[kind]
        found = []
        for item in self._pages(f"{kind}-schemas", key, {}):
            held = [d for d in item.get("fieldDefinitions") or () if not d.get("archiveRecord")]
            if not item.get("archiveRecord"):
                fields = {str(definition["name"]): definition for definition in held}
                found.append(Schema(str(item["id"]), str(item["name"]), fields))
        return found

    def registries(self) -> dict[str, str]:
        """Return the registries that we may see, id by name."""
        told = self._http.get_json(f"{_API}/registries")
        return {str(item["name"]): str(item["id"]) for item in _listed(told, "registries")}

    def has_folder(self, api_id: str) -> bool:
        """Whether we may see a folder."""
        reply = self._http.get(f"{_API}/folders/{quote(api_id, safe='')}", allow={400, 404})
        return reply.status == 200 and bool(reply.json()["id"])

    def options(self, dropdown: str) -> dict[str, str]:
        """Return the options of a dropdown, id by name."""
        told = self._http.get_json(f"{_API}/dropdowns/{quote(dropdown, safe='')}")
        options = [o for o in _listed(told, "options") if not o.get("archiveRecord")]
        return {str(option["name"]): str(option["id"]) for option in options}

    def named(self, schema: str, names: Iterable[str]) -> Iterator[Stored]:
        """Yield the entities of a schema with one of the names, the oldest first."""
        for part in _parts(sorted(names), _NAMES):
            query = {"names.anyOf.caseSensitive": ",".join(part)}
            yield from self._entities(schema, query)

    def beginning(self, schema: str, text: str) -> Iterator[Stored]:
        """Yield the entities of a schema one of whose names begins with a text."""
        for entity in self._entities(schema, {"nameIncludes": text}):
            if any(name.startswith(text) for name in entity.names):
                yield entity

    def _entities(self, schema: str, query: Mapping[str, str]) -> Iterator[Stored]:
        asked = {"schemaId": schema, "sort": "createdAt:asc", **query}
        for item in self._pages("custom-entities", "customEntities", asked):
            if not item.get("archiveRecord"):
                yield _stored(item)

    def create(self, body: Mapping[str, Any]) -> tuple[Stored | None, str]:
        """Make an entity; None and Benchling's words if it refuses.

        Raises:
            RetryableAdapterError: it may or may not exist now.
        """
        reply = self._http.post(f"{_API}/custom-entities", json=body, allow={400})
        if reply.status == 400:
            return None, _message(reply)
        return _stored(reply.json()), ""

    def update(self, entity: str, fields: Mapping[str, Any]) -> None:
        """Set fields of an entity; the others stay. Benchling compares nothing."""
        body = {"fields": {name: {"value": value} for name, value in fields.items()}}
        path = f"{_API}/custom-entities/{quote(entity, safe='')}"
        # Not repeated blindly: what a person wrote meanwhile would be written over.
        self._http.request("PATCH", path, json=body, repeatable=False)

    def results(self, schema: str, entities: Sequence[str]) -> Iterator[Stored]:
        """Yield the results of a schema about any of the entities that are not archived."""
        for part in _parts(entities, _ENTITIES):
            query = {
                "schemaId": schema,
                "entityIds": ",".join(part),
                "archiveReason": "NOT_ARCHIVED",
                "sort": "createdAt:asc",
            }
            for item in self._pages("assay-results", "assayResults", query):
                if not item.get("archiveRecord"):
                    yield _stored(item)

    def blobs(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return name and media type of files by id; one that is gone is left out."""
        found: dict[str, tuple[str, str]] = {}
        for part in _parts(ids, _PAGE):
            for item in self._blobs(part):
                found[str(item["id"])] = (str(item["name"]), str(item.get("mimeType") or ""))
        return found

    def _blobs(self, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        query = {"blobIds": ",".join(ids)}
        reply = self._http.get(f"{_API}/blobs:bulk-get", query, allow={400, 404})
        if reply.status == 200:
            return _listed(reply.json(), "blobs")
        if len(ids) == 1:
            return []
        # One that is gone spoils the list: the others must not go with it.
        return [item for blob in ids for item in self._blobs([blob])]

    def upload(self, name: str, media_type: str, content: bytes) -> str:
        """File a content and return its id; nothing links to it yet.

        Raises:
            AdapterError: it is too large for one request.
        """
        if len(content) > _LARGEST_BLOB:
            expected = f"at most {_LARGEST_BLOB} bytes: larger files go in parts, which we do not"
            raise AdapterError(f"Benchling: {name!r} has {len(content)} bytes; expected {expected}")
        body = {
            "name": name,
            "mimeType": media_type,
            "type": "RAW_FILE",
            "data64": base64.b64encode(content).decode(),
            # Against damage on the way, not against people; Benchling asks for it.
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        # One more that nothing links to does no harm.
        return str(self._http.post(f"{_API}/blobs", json=body, repeatable=True).json()["id"])

    def download(self, blob: str) -> bytes:
        """Return the content of a file, from the host that the configuration names for it.

        Raises:
            AdapterError: Benchling keeps it at another host, or has no such file.
        """
        path = f"{_API}/blobs/{quote(blob, safe='')}/download-url"
        link = str(self._http.get_json(path)["downloadURL"])
        parts = urlsplit(link)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin != self._config.files_url.rstrip("/"):
            named = f"{self._config.files_url!r} under `files_url`"
            raise AdapterError(
                f"Benchling keeps file {blob} at {origin}, and the configuration names {named}",
                hint=f'if that is where its files are: files_url = "{origin}" under [lims]',
            )
        line = self._config.model_copy(update={"url": origin})
        # The signature in the link lets us in; the key is for Benchling only.
        return LabHttp(line, f"{SYSTEM}'s files").get(link).content

    def _pages(self, path: str, key: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        token, passed, seen = "", set[str](), set[str]()
        while True:
            asked = {**query, "pageSize": str(_PAGE), **({"nextToken": token} if token else {})}
            told = self._http.get_json(f"{_API}/{path}", asked)
            for item in _listed(told, key):
                # A page may shift while we read, and then shows an item twice.
                if item["id"] not in seen:
                    seen.add(item["id"])
                    yield item
            passed.add(token)
            token = str(told.get("nextToken") or "")
            if not token:
                return
            if token in passed:
                raise AdapterError(f"Benchling: {path}: the page {token!r} leads to itself")


def _parts(items: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    listed = list(dict.fromkeys(items))
    for begin in range(0, len(listed), size):
        yield listed[begin : begin + size]


def _listed(told: Any, key: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(told, dict) or not isinstance(told.get(key), list):
        raise RetryableAdapterError(f"Benchling: expected a list {key!r}, got {told!r:.200}")
    return list(told[key])


def _stored(told: Any) -> Stored:
    try:
        names = (told.get("name"), told.get("entityRegistryId"), *(told.get("aliases") or ()))
        return Stored(
            str(told["id"]),
            tuple(str(name) for name in names if name),
            dict(told["fields"]),
            str(told.get("createdAt") or ""),
            str(told.get("webURL") or ""),
            told,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RetryableAdapterError(
            f"Benchling: expected an entity or a result, got {told!r:.200}"
        ) from error


def _message(reply: Reply) -> str:
    told = reply.json()
    error = told.get("error") if isinstance(told, dict) else None
    words = error.get("message") if isinstance(error, dict) else None
    return f"{reply.where}: {words or reply.shown()}"
