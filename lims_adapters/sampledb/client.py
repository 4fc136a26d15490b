"""The requests that SampleDB's HTTP API takes (version 0.33, documentation and source)."""

import base64
import hashlib
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import httpx

from lims_adapters.sampledb.config import SampleDBConfig
from lims_adapters.transport.client import LabHttp, Reply
from loop.errors import AdapterError, RetryableAdapterError

_API: Final = "api/v1"
_PAGE: Final = 100
_CREATED = re.compile(r"/objects/(\d+)/versions/(\d+)/?$")


@dataclass(frozen=True)
class StoredObject:
    """One version of an object.

    Attributes:
        object_id: Number of the object.
        version_id: From 0.
        action_id: The action it was made with.
        data: Its fields.
        referring: Numbers of the objects that refer to it, if they were asked for.
    """

    object_id: int
    version_id: int
    action_id: int | None
    data: Mapping[str, Any]
    referring: tuple[int, ...] = ()


@dataclass(frozen=True)
class LogEntry:
    """Something that happened to an object.

    Attributes:
        entry_id: Number; later ones are larger, but may become visible earlier.
        kind: CREATE_OBJECT, EDIT_OBJECT, …
        object_id: The object.
        version_id: The version it made, if it made one.
    """

    entry_id: int
    kind: str
    object_id: int
    version_id: int | None = None


@dataclass(frozen=True)
class StoredFile:
    """A file of an object.

    Attributes:
        file_id: Its number within the object.
        name: As it was uploaded.
        digest: SHA-256, if SampleDB keeps it.
    """

    file_id: int
    name: str
    digest: str


@dataclass
class _Tokens:
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    lock: Lock = field(default_factory=Lock)


@lru_cache(maxsize=16)
def _tokens(url: str, token: str) -> _Tokens:
    """Return what was granted to this program for a token: an adapter is built for each step."""
    del url, token
    return _Tokens()


class TokenExchange(httpx.Auth):
    """Trades the API token for an access token and renews it when it is refused.

    Checking an API token costs the server a bcrypt hash, about a second on a busy machine; an
    access token some 40 ms. Access tokens live for a day.
    """

    requires_response_body = True

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token, self._held = (
            f"{url}/{_API}/access_tokens/",
            token,
            _tokens(url, token),
        )

    def __repr__(self) -> str:
        """Show no token."""
        return f"TokenExchange({self._url!r})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with an access token, a fresh one if need be."""
        with self._held.lock:
            access = self._held.access
        if access:
            request.headers["Authorization"] = f"Bearer {access}"
            answer = yield request
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return
        granted = False
        for secret in (self._held.refresh, self._token):
            if secret and not granted:
                answer = yield self._exchange(secret)
                granted = self._keep(answer)
        if not granted:
            # The refusal of the exchange stands as the answer to the request.
            return
        request.headers["Authorization"] = f"Bearer {self._held.access}"
        yield request

    def _exchange(self, secret: str) -> httpx.Request:
        return httpx.Request(
            "POST",
            self._url,
            headers={"Authorization": f"Bearer {secret}", "User-Agent": "synthloop"},
            json={"description": "synthloop"},
        )

    def _keep(self, answer: httpx.Response) -> bool:
        if answer.status_code != httpx.codes.CREATED:
            return False
        try:
            told = answer.json()
            access, refresh = str(told["access_token"]), str(told["refresh_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise httpx.DecodingError("the exchange of the token gave no token") from error
        with self._held.lock:
            self._held.access, self._held.refresh = access, refresh
        return True


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
        told = self._http.get(f"{_API}/users/me").json()
        return f"{told['name']} (user {told['user_id']})"

    def user_name(self, user_id: int) -> str:
        """Return the name of a user, or "" if there is none."""
        reply = self._http.get(f"{_API}/users/{user_id}", allow={404})
        return str(reply.json()["name"] or "") if reply.status == 200 else ""

    def actions(self) -> list[Mapping[str, Any]]:
        """Return the actions that the account may use, with their schemas."""
        return _listed(self._http.get(f"{_API}/actions/"))

    def refusal_to_create(self, action_id: int) -> str:
        """Return why the account may not make objects with an action, or "".

        Asks with an object without a name, which SampleDB never takes.
        """
        body = {"action_id": action_id, "data": {}}
        reply = self._http.post(f"{_API}/objects/", json=body, allow={400}, repeatable=True)
        message = _message(reply)
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
            found = _listed(self._http.get(f"{_API}/objects/", params=params))
            for item in map(_stored, found):
                if item.object_id not in seen:
                    seen.add(item.object_id)
                    yield item
            if len(found) < _PAGE:
                return
            # New objects push the others back, so that a page may repeat some and skip none.
            offset += _PAGE

    def read(self, object_id: int, version_id: int | None = None) -> StoredObject | None:
        """Return an object, or None if we may not read it; the newest version if none is named."""
        path = f"{_API}/objects/{object_id}"
        path += "" if version_id is None else f"/versions/{version_id}"
        reply = self._http.get(path, allow={403, 404})
        if reply.status != 200:
            return None
        item = _stored(reply.json())
        if item.object_id != object_id:
            raise RetryableAdapterError(f"{reply.where}: the answer is object {item.object_id}")
        return item

    def referring(self, object_id: int) -> tuple[int, ...]:
        """Return the numbers of the objects that refer to one."""
        told = self._http.get(f"{_API}/objects/{object_id}/related_objects").json()
        return _references(told)

    def create(self, action_id: int, data: Mapping[str, Any]) -> int:
        """Make an object; return its number. SampleDB makes another one for each call.

        Raises:
            RetryableAdapterError: it may or may not exist now.
            AdapterError: the data are refused.
        """
        body = {"action_id": action_id, "data": data}
        reply = self._http.post(f"{_API}/objects/", json=body, allow={400})
        return _made(reply)[0]

    def write(self, item: StoredObject, data: Mapping[str, Any]) -> bool:
        """Write the next version; return False if somebody else wrote it first.

        Raises:
            RetryableAdapterError: it may or may not be written.
            AdapterError: the data are refused.
        """
        body = {"version_id": item.version_id + 1, "data": data}
        path = f"{_API}/objects/{item.object_id}/versions/"
        reply = self._http.post(path, json=body, allow={400})
        if reply.status == 400 and _message(reply).startswith("version_id must be"):
            return False
        _made(reply)
        return True

    def log(self, after: int) -> list[LogEntry]:
        """Return what happened to objects that we may read, oldest first."""
        told = _listed(self._http.get(f"{_API}/object_log_entries/", params={"after_id": after}))
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
        told = _listed(self._http.get(f"{_API}/objects/{object_id}/files/"))
        return [
            StoredFile(int(f["file_id"]), str(f.get("original_file_name", "")), _sha256(f))
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
        self._http.post(f"{_API}/objects/{object_id}/files/", json=body)

    def download(self, object_id: int, file_id: int) -> bytes:
        """Return a file."""
        reply = self._http.get(f"{_API}/objects/{object_id}/files/{file_id}")
        try:
            return base64.b64decode(reply.json()["base64_content"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise RetryableAdapterError(f"{reply.where}: the answer holds no file") from error


def _listed(reply: Reply) -> list[Mapping[str, Any]]:
    told = reply.json()
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise RetryableAdapterError(f"{reply.where}: expected a list, got {reply.shown()!r}")
    return told


def _stored(told: Any) -> StoredObject:
    try:
        return StoredObject(
            int(told["object_id"]),
            int(told["version_id"]),
            None if told["action_id"] is None else int(told["action_id"]),
            dict(told["data"] or {}),
            _references(told),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RetryableAdapterError(f"SampleDB: expected an object, got {told!r:.200}") from error


def _references(told: Mapping[str, Any]) -> tuple[int, ...]:
    # Objects of another SampleDB in a federation carry its id, and their own numbers.
    return tuple(
        sorted(
            int(item["object_id"])
            for item in told.get("referencing_objects") or ()
            if not item.get("component_uuid") and isinstance(item.get("object_id"), int)
        )
    )


def _sha256(told: Mapping[str, Any]) -> str:
    known = told.get("hash") or {}
    return str(known.get("hexdigest", "")) if known.get("algorithm") == "sha256" else ""


def _message(reply: Reply) -> str:
    told = reply.json()
    return str(told.get("message", "")) if isinstance(told, dict) else ""


def _made(reply: Reply) -> tuple[int, int]:
    if reply.status == 400:
        message = _message(reply)
        if message.startswith("failed to"):
            # What SampleDB says of its own trouble, such as a database that is away.
            raise RetryableAdapterError(f"{reply.where}: {message}")
        raise AdapterError(f"{reply.where}: SampleDB refuses: {message}")
    found = _CREATED.search(reply.headers.get("Location", ""))
    if reply.status != 201 or not found:
        raise RetryableAdapterError(f"{reply.where}: the answer does not say what was made")
    return int(found[1]), int(found[2])
