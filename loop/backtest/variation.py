"""A campaign file with some keys set to other values, the rest left as its author wrote it."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from loop.errors import ConfigError

Changes = Mapping[tuple[str, ...], int | str]
"""Path of a key, at most one table deep, to its new value."""


def varied(text: str, changes: Changes, source: str) -> str:
    """Return a TOML text with other values; keys and tables that it lacks are added.

    Args:
        text: The campaign file.
        changes: What to set.
        source: File, for messages.

    Raises:
        ConfigError: the text is no TOML, or is written in a way that a line-wise change would
            spoil (a value over several lines, a table as a dotted key).
    """
    wanted = parsed(text, source)
    for path, value in changes.items():
        wanted = _set(wanted, path, value)
    lines = text.splitlines()
    for path, value in changes.items():
        lines = _replaced(lines, path, json.dumps(value, ensure_ascii=False))
    made = "\n".join(lines) + "\n"
    try:
        spoiled = tomllib.loads(made) != wanted
    except tomllib.TOMLDecodeError:
        spoiled = True
    if spoiled:
        keys = ", ".join(".".join(path) for path in changes)
        raise ConfigError(
            f"{source}: the keys {keys} cannot be set line by line",
            hint="write each of them as `key = value` on one line, under its [table]",
        )
    return made


def parsed(text: str, source: str) -> dict[str, Any]:
    """Return what a TOML text says.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is no TOML: {error}") from error


def _set(data: dict[str, Any], path: tuple[str, ...], value: int | str) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return data | {first: value}
    inner = data.get(first, {})
    return data | {first: _set(inner if isinstance(inner, dict) else {}, tuple(rest), value)}


def _replaced(lines: list[str], path: tuple[str, ...], value: str) -> list[str]:
    *table, key = path
    header = f"[{table[0]}]" if table else ""
    start = next((i + 1 for i, line in enumerate(lines) if line.strip() == header), None)
    if not table:
        start = 0
    if start is None:
        return [*lines, "", header, f"{key} = {value}"]
    after = (i for i in range(start, len(lines)) if lines[i].lstrip().startswith("["))
    end = next(after, len(lines))
    for i in range(start, end):
        if lines[i].partition("=")[0].strip() == key and "=" in lines[i]:
            return [*lines[:i], f"{key} = {value}", *lines[i + 1 :]]
    return [*lines[:start], f"{key} = {value}", *lines[start:]]
