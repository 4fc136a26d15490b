"""What SampleDB's answers say (version 0.33): objects, files, entries of its log, refusals."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lims_adapters.transport.client import Reply
from loop.errors import AdapterError, RetryableAdapterError

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


def listed(reply: Reply) -> list[Mapping[str, Any]]:
    """Return the list that an answer is.

    Raises:
        RetryableAdapterError: it is none.
    """
    told = reply.json()
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise RetryableAdapterError(f"{reply.where}: expected a list, got {reply.shown()!r}")
    return told


def stored(told: Any) -> StoredObject:
    """Return the object that SampleDB describes.

    Raises:
        RetryableAdapterError: it describes none.
    """
    try:
        return StoredObject(
            int(told["object_id"]),
            int(told["version_id"]),
            None if told["action_id"] is None else int(told["action_id"]),
            dict(told["data"] or {}),
            references(told),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RetryableAdapterError(f"SampleDB: expected an object, got {told!r:.200}") from error


def references(told: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the numbers of the objects that refer to one."""
    # Objects of another SampleDB in a federation carry its id, and their own numbers.
    return tuple(
        sorted(
            int(item["object_id"])
            for item in told.get("referencing_objects") or ()
            if not item.get("component_uuid") and isinstance(item.get("object_id"), int)
        )
    )


def sha256(told: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a file, "" if SampleDB keeps another digest or none."""
    known = told.get("hash") or {}
    return str(known.get("hexdigest", "")) if known.get("algorithm") == "sha256" else ""


def said(reply: Reply) -> str:
    """Return the message of a refusal."""
    told = reply.json()
    return str(told.get("message", "")) if isinstance(told, dict) else ""


def made(reply: Reply) -> tuple[int, int]:
    """Return object and version that a write has made.

    Raises:
        RetryableAdapterError: it is not known whether anything was made.
        AdapterError: SampleDB refuses the data.
    """
    if reply.status == 400:
        message = said(reply)
        if message.startswith("failed to"):
            # What SampleDB says of its own trouble, such as a database that is away.
            raise RetryableAdapterError(f"{reply.where}: {message}")
        raise AdapterError(f"{reply.where}: SampleDB refuses: {message}")
    found = _CREATED.search(reply.headers.get("Location", ""))
    if reply.status != 201 or not found:
        raise RetryableAdapterError(f"{reply.where}: the answer does not say what was made")
    return int(found[1]), int(found[2])
