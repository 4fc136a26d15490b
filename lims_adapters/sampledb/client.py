"""The requests that SampleDB's HTTP API takes (version 0.33, documentation and source)."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lims_adapters.sampledb.config import SampleDBConfig
from lims_adapters.sampledb.stored import (
    LogEntry,
    StoredFile,
    StoredObject,
    listed,
    made,
    references,
    said,
    sha256,
    stored,
)
from lims_adapters.sampledb.tokens import API, TokenExchange
from lims_adapters.transport.client import LabHttp
from loop.errors import RetryableAdapterError

_PAGE: Final = 100


class SampleDBClient:
    """One account at one SampleDB. Objects that it may not read do not exist for it."""

    def __init__(self, config: SampleDBConfig) -> None:
        token = config.secret.read().get_secret_value()
        self._url = config.url
        self._http = LabHttp(config, "SampleDB", auth=TokenExchange(config.url, token))

    def page(self, object_id: int) -> str:
        """Return where a person finds an object."""
        return f"{self._url}/objects/{object_id}"

    def account(self) -> str:
        """Return the name of the account.

        Raises:
            LabAccessError: SampleDB does not know us.
        """
        told = self._http.get(f"{API}/users/me").json()
        return f"{told['name']} (user {told['user_id']})"

    def user_name(self, user_id: int) -> str:
        """Return the name of a user, or "" if there is none."""
        reply = self._http.get(f"{API}/users/{user_id}", allow={404})
        return str(reply.json()["name"] or "") if reply.status == 200 else ""

    def actions(self) -> list[Mapping[str, Any]]:
        """Return the actions that the account may use, with their schemas."""
        return listed(self._http.get(f"{API}/actions/"))

    def refusal_to_create(self, action_id: int) -> str:
        """Return why the account may not make objects with an action, or "".

        Asks with an object without a name, which SampleDB never takes.
        """
        body = {"action_id": action_id, "data": {}}
        reply = self._http.post(f"{API}/objects/", json=body, allow={400}, repeatable=True)
        message = said(reply)
        return "" if message.startswith("validation failed") else message

    def search(self, query: str, action_id: int) -> Iterator[StoredObject]:
        """Yield the objects of an action that a search finds, newest first, each once."""
        seen: set[int] = set()
        offset = 0
        while True:
            params = {
                "q": query, "action_id": action_id, "limit": _PAGE, "offset": offset,
                "get_referencing_objects": 1,
            }  # fmt: skip
            found = listed(self._http.get(f"{API}/objects/", params=params))
            for item in map(stored, found):
                if item.object_id not in seen:
                    seen.add(item.object_id)
                    yield item
            if len(found) < _PAGE:
                return
            # New objects push the others back, so that a page may repeat some and skip none.
            offset += _PAGE

    def read(self, object_id: int, version_id: int | None = None) -> StoredObject | None:
        """Return an object, or None if we may not read it; the newest version if none is named."""
        path = f"{API}/objects/{object_id}"
        path += "" if version_id is None else f"/versions/{version_id}"
        reply = self._http.get(path, allow={403, 404})
        if reply.status != 200:
            return None
        item = stored(reply.json())
        if item.object_id != object_id:
            raise RetryableAdapterError(f"{reply.where}: the answer is object {item.object_id}")
        return item

    def referring(self, object_id: int) -> tuple[int, ...]:
        """Return the numbers of the objects that refer to one."""
        told = self._http.get(f"{API}/objects/{object_id}/related_objects").json()
        return references(told)

    def create(self, action_id: int, data: Mapping[str, Any]) -> int:
        """Make an object; return its number. SampleDB makes another one for each call.

        Raises:
            RetryableAdapterError: it may or may not exist now.
            AdapterError: the data are refused.
        """
        body = {"action_id": action_id, "data": data}
        reply = self._http.post(f"{API}/objects/", json=body, allow={400})
        return made(reply)[0]

    def write(self, item: StoredObject, data: Mapping[str, Any]) -> bool:
        """Write the next version; return False if somebody else wrote it first.

        Raises:
            RetryableAdapterError: it may or may not be written.
            AdapterError: the data are refused.
        """
        body = {"version_id": item.version_id + 1, "data": data}
        path = f"{API}/objects/{item.object_id}/versions/"
        reply = self._http.post(path, json=body, allow={400})
        if reply.status == 400 and said(reply).startswith("version_id must be"):
            return False
        made(reply)
        return True

    def log(self, after: int) -> list[LogEntry]:
        """Return what happened to objects that we may read, oldest first."""
        told = listed(self._http.get(f"{API}/object_log_entries/", params={"after_id": after}))
        entries = [
            LogEntry(
                int(entry["log_entry_id"]),
                str(entry["type"]),
                int(entry["object_id"]),
                (entry.get("data") or {}).get("version_id"),
            )
            for entry in told
        ]
        # A server that ignores the parameter must not lead us backwards.
        return sorted((e for e in entries if e.entry_id > after), key=lambda e: e.entry_id)

    def files(self, object_id: int) -> list[StoredFile]:
        """Return the files that are kept in SampleDB itself, without links."""
        told = listed(self._http.get(f"{API}/objects/{object_id}/files/"))
        return [
            StoredFile(int(f["file_id"]), str(f.get("original_file_name", "")), sha256(f))
            for f in told
            if f.get("storage") == "database"
        ]

    def upload(self, object_id: int, name: str, content: bytes) -> None:
        """Add a file; SampleDB refuses it if the bytes arrive damaged."""
        body = {
            "storage": "database",
            "original_file_name": name,
            "base64_content": base64.b64encode(content).decode("ascii"),
            "hash": {"algorithm": "sha256", "hexdigest": hashlib.sha256(content).hexdigest()},
        }
        self._http.post(f"{API}/objects/{object_id}/files/", json=body)

    def download(self, object_id: int, file_id: int) -> bytes:
        """Return a file."""
        reply = self._http.get(f"{API}/objects/{object_id}/files/{file_id}")
        try:
            return base64.b64decode(reply.json()["base64_content"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise RetryableAdapterError(f"{reply.where}: the answer holds no file") from error
