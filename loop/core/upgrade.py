"""Reading events of older releases.

A body whose format changed gets a new schema number and one pure function here that turns the
old JSON into the new one. Stored events are never rewritten.
"""

from collections.abc import Callable, Mapping
from typing import Any

from loop.core.events import EVENT_BODY, EventBody

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: Mapping[tuple[str, int], Upgrade] = {}


def read_body(data: dict[str, Any]) -> EventBody:
    """Return the event body that `data` stands for, upgraded to the current format.

    Args:
        data: The stored JSON object with its `kind` and `schema_version`.

    Raises:
        pydantic.ValidationError: it is not an event this release knows.
    """
    while (step := UPGRADES.get((data.get("kind", ""), data.get("schema_version", 1)))) is not None:
        data = step(data)
    return EVENT_BODY.validate_python(data)
