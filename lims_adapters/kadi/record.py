"""A record of Kadi4Mat, its metadata and its files, as the HTTP API shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loop.errors import RetryableAdapterError

Extra = Mapping[str, Any]
Extras = Mapping[str, Extra]
NOTHING: Final[Extra] = {}


@dataclass(frozen=True)
class Record:
    """A record as it is now.

    Attributes:
        number: Kadi's own.
        identifier: The creator's, unique.
        type: In lower case, "" if it has none.
        description: Markdown.
        extras: Its metadata.
        last_modified: Stamp of the last change of the record itself; links do not move it.
    """

    number: int
    identifier: str
    type: str
    description: str
    extras: Sequence[Extra]
    last_modified: str

    @classmethod
    def read(cls, told: Any) -> "Record":
        """Return the record that an answer holds.

        Raises:
            RetryableAdapterError: it holds none.
        """
        try:
            return cls(
                int(told["id"]),
                str(told["identifier"]),
                str(told.get("type") or ""),
                str(told.get("description") or ""),
                list(told["extras"]),
                str(told["last_modified"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise RetryableAdapterError(
                f"Kadi4Mat: expected a record, got {told!r:.200}"
            ) from error

    def __str__(self) -> str:
        """Name it by both its names, for messages."""
        return f"record {self.identifier} ({self.number})"


@dataclass(frozen=True)
class RecordFile:
    """A file of a record.

    Attributes:
        file_id: Its UUID.
        name: As it was uploaded.
        media_type: As Kadi found or was told.
        md5: Checksum of the content.
    """

    file_id: str
    name: str
    media_type: str
    md5: str


def flat(extras: Sequence[Extra], before: str = "") -> dict[str, Extra]:
    """Return the metadata by key, those inside others as "outer.inner"."""
    found: dict[str, Extra] = {}
    for extra in extras:
        key = f"{before}{extra.get('key')}"
        found[key] = extra
        if extra.get("type") == "dict":
            found |= flat(extra.get("value") or (), f"{key}.")
    return found


def keys_of(extras: Sequence[Extra]) -> Iterator[str]:
    """Yield the keys of metadata, those inside others as "outer.inner"."""
    yield from flat(extras)


def words(extras: Extras, key: str) -> str:
    """Return a text, "" if it is not filled in."""
    value = extras.get(key, NOTHING).get("value") if key else None
    return str(value).strip() if value is not None else ""
