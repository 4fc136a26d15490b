"""An experiment of eLabFTW as its API gives it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from loop.errors import RetryableAdapterError

SYSTEM: Final = "eLabFTW"
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True)
class Entry:
    """An experiment.

    Attributes:
        number: eLabFTW's id.
        order_id: What stands in the extra field for it.
        status: Title of its status, "" if it has none.
        locked: Nobody but the one who locked it can change it.
        fields: Its extra fields by name, each with type, value and perhaps unit.
    """

    number: int
    order_id: str
    status: str
    locked: bool
    fields: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @classmethod
    def read(cls, item: Any, order_field: str) -> "Entry":
        """Return the experiment of an item of a list or of a whole answer.

        Raises:
            RetryableAdapterError: it is no experiment; something on the way spoiled it.
        """
        if not isinstance(item, dict) or not isinstance(item.get("id"), int):
            raise RetryableAdapterError(f"{SYSTEM}: an answer that is no experiment")
        fields = _extra_fields(item)
        return cls(
            number=item["id"],
            order_id=_text(fields.get(order_field, _NOTHING).get("value")),
            status=str(item.get("status_title") or ""),
            locked=bool(item.get("locked")),
            fields=fields,
        )

    def value(self, name: str) -> str:
        """Return the text in an extra field, "" if it is empty or not there."""
        return _text(self.fields.get(name, _NOTHING).get("value")) if name else ""

    def unit(self, name: str) -> str:
        """Return the unit that is chosen in an extra field."""
        return _text(self.fields.get(name, _NOTHING).get("unit"))


def _extra_fields(item: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Metadata are a text with JSON in it; people may edit that by hand."""
    held = item.get("metadata")
    try:
        metadata = json.loads(held) if isinstance(held, str) and held else held
    except ValueError as error:
        raise RetryableAdapterError(
            f"{SYSTEM}: the metadata of experiment {item['id']} are no JSON"
        ) from error
    fields = metadata.get("extra_fields") if isinstance(metadata, dict) else None
    if not isinstance(fields, dict):
        return {}
    return {k: v if isinstance(v, dict) else {"value": v} for k, v in fields.items()}


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    return json.dumps(value) if isinstance(value, list | dict) else str(value).strip()
