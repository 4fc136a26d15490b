"""The requests that Kadi4Mat's HTTP API takes (version 1.13, its specification and source)."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from lims_adapters.kadi.config import KadiConfig
from lims_adapters.kadi.record import Record, RecordFile, keys_of
from lims_adapters.transport.client import LabHttp, Reply
from loop.errors import AdapterError, RetryableAdapterError

_PAGE: Final = 100
_IDENTIFIER = re.compile(r"[a-z0-9_-]{1,50}")


class KadiClient:
    """One account at one Kadi4Mat."""

    def __init__(self, config: KadiConfig) -> None:
        token = config.secret.read().get_secret_value()
        self._url = config.url
        self._http = LabHttp(config, "Kadi4Mat", {"Authorization": f"Bearer {token}"})

    def page(self, number: int) -> str:
        """Return where a person finds a record."""
        return f"{self._url}/records/{number}"

    def account(self) -> str:
        """Return the name of the account.

        Raises:
            LabAccessError: Kadi does not know us, or the token lacks the scope.
        """
        told = self._http.get("api/users/me").json()
        return f"{told['displayname']} (user {told['id']})"

    def try_rights(self) -> None:
        """Return if the token may read and create records.

        Asks for a record without a title, which Kadi never makes.

        Raises:
            LabAccessError: it may not.
        """
        self._http.get("api/records", {"per_page": 1})
        self._http.post("api/records", json={}, allow={400}, repeatable=True)

    def templates(self) -> dict[str, list[str]]:
        """Return the keys of the record templates that we may see, by identifier."""
        found = {}
        for item in self._pages("api/templates", {"type": "record"}):
            data = item.get("data") or {}
            found[str(item["identifier"])] = list(keys_of(data.get("extras") or ()))
        return found

    def find(self, identifier: str) -> Record | None:
        """Return the record with an identifier, or None; one in the trash is not found."""
        if not _IDENTIFIER.fullmatch(identifier):
            return None
        reply = self._http.get(f"api/records/identifier/{quote(identifier)}", allow={404})
        told = reply.json()
        if reply.status == 404:
            if not isinstance(told, dict) or told.get("code") != 404:
                raise RetryableAdapterError(f"{reply.where}: this 404 is not Kadi's")
            return None
        record = Record.read(told)
        if record.identifier != identifier:
            raise RetryableAdapterError(f"{reply.where}: the answer is {record.identifier!r}")
        return record

    def tagged(self, tag: str, kind: str) -> Iterator[Record]:
        """Yield the records with a tag and a type, each once."""
        seen: set[int] = set()
        for item in self._pages("api/records", {"tag": tag, "type": kind}):
            record = Record.read(item)
            if record.number not in seen:
                seen.add(record.number)
                yield record

    def linked_to(self, number: int) -> list[tuple[str, Record]]:
        """Return the records that link to one, with the name of the link, the oldest first."""
        found = {
            int(item["id"]): (str(item["name"]), Record.read(item["record_from"]))
            for item in self._pages(f"api/records/{number}/records", {"direction": "in"})
        }
        return [found[key] for key in sorted(found)]

    def create(self, body: Mapping[str, Any]) -> Record | None:
        """Make a record; None if its identifier is taken.

        Raises:
            RetryableAdapterError: it may or may not exist now.
            AdapterError: Kadi refuses it.
        """
        reply = self._http.post("api/records", json=body, allow={400, 409})
        if reply.status == 201:
            return Record.read(reply.json())
        if reply.status == 409 or "identifier" in _errors(reply):
            return None
        raise AdapterError(f"{reply.where}: Kadi4Mat refuses the record: {reply.shown()}")

    def update(self, number: int, body: Mapping[str, Any]) -> None:
        """Change a record. Kadi compares nothing: the last write wins."""
        self._http.request("PATCH", f"api/records/{number}", json=body, repeatable=False)

    def changes_since(self, number: int, stamp: str) -> int:
        """Return how often a record itself was changed after a time of the server's."""
        path = f"api/records/{number}/revisions"
        told = self._http.get(path, {"per_page": _PAGE, "sort": "-timestamp"}).json()
        return sum(str(item["timestamp"]) > stamp for item in told["items"])

    def share(self, number: int, kind: str, whom: int) -> None:
        """Let a user or a group edit a record; once is enough."""
        body = {kind: {"id": whom}, "role": {"name": "editor"}}
        path = f"api/records/{number}/roles/{kind}s"
        self._http.post(path, json=body, allow={409}, repeatable=True)

    def files(self, number: int) -> list[RecordFile]:
        """Return the files of a record, by name."""
        found = [
            RecordFile(
                str(item["id"]),
                str(item["name"]),
                str(item.get("mimetype") or ""),
                str(item.get("checksum") or ""),
            )
            for item in self._pages(f"api/records/{number}/files", {})
        ]
        return sorted(found, key=lambda file: (file.name, file.file_id))

    def upload(self, number: int, name: str, media_type: str, content: bytes) -> None:
        """Add a file or replace the one of this name; Kadi keeps the former one's history.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: it is too large for one request, or refused.
        """
        body = {"name": name, "size": len(content), "mimetype": media_type}
        path = f"api/records/{number}/uploads"
        reply = self._http.post(path, json=body, allow={409}, repeatable=True)
        begun = reply.json()
        if reply.status == 409:
            held = begun["file"]
            if held["checksum"] == _md5(content):
                return
            about = {"size": len(content), "mimetype": media_type}
            path = f"api/records/{number}/files/{held['id']}"
            begun = self._http.request("PUT", path, json=about, repeatable=True).json()
        if begun["upload_type"] != "direct":
            raise AdapterError(f"Kadi4Mat takes {name!r} of {len(content)} bytes in pieces only")
        headers = {"Kadi-MD5-Checksum": _md5(content), "Content-Type": "application/octet-stream"}
        path = f"api/records/{number}/uploads/{begun['id']}"
        self._http.request("PUT", path, content=content, headers=headers)

    def download(self, number: int, file_id: str, md5: str) -> bytes:
        """Return a file whose checksum is right.

        Raises:
            AdapterError: it is not there any more, or another one.
        """
        path = f"api/records/{number}/files/{quote(file_id)}/download"
        content = self._http.get(path).content
        if md5 and _md5(content) != md5:
            raise AdapterError(f"Kadi4Mat: file {file_id} of record {number} is not {md5} (MD5)")
        return content

    def _pages(self, path: str, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        page = 1
        while True:
            reply = self._http.get(path, {**params, "page": page, "per_page": _PAGE})
            told = reply.json()
            try:
                items, total = told["items"], int(told["_pagination"]["total_pages"])
            except (KeyError, TypeError, ValueError) as error:
                raise RetryableAdapterError(
                    f"{reply.where}: expected a page, got {reply.shown()!r}"
                ) from error
            yield from items
            if page >= total:
                return
            page += 1


def _errors(reply: Reply) -> Mapping[str, Any]:
    told = reply.json()
    errors = told.get("errors") if isinstance(told, dict) else None
    return errors if isinstance(errors, dict) else {}


def _md5(content: bytes) -> str:
    # Kadi's checksum; against damage on the way, not against people.
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
