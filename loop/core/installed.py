"""Plug-ins as the installed packages list them, and parts of plug-ins built by name."""

import difflib
import sys
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

from pydantic import ValidationError

from loop.errors import ConfigError, MissingExtraError


def installed(group: str) -> EntryPoints:
    """Return the entry points of a group."""
    return _listed(group, tuple(sys.path))


@lru_cache(maxsize=256)
def _listed(group: str, path: tuple[str, ...]) -> EntryPoints:
    # Reads a file of every installed package, which a campaign would do hundreds of times; `path`
    # is where packages are looked for.
    del path
    return entry_points(group=group)


def nearest(name: str, known: Collection[str]) -> str:
    """Return a hint for a name that is not known."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "install the plug-in that brings it"


def loaded(point: EntryPoint, what: str) -> Any:
    """Return what an entry point names.

    Args:
        point: The entry point.
        what: What it is, for the message: "block".

    Raises:
        MissingExtraError: a package that it needs is not installed.
    """
    try:
        return point.load()
    except ModuleNotFoundError as cause:
        raise MissingExtraError(
            f"{what} {point.name!r} needs the package {cause.name!r}",
            hint=f"pip install {cause.name}",
        ) from cause


def built(group: str, what: str, kind: str, options: Mapping[str, Any], without: str = "") -> Any:
    """Return a part that another plug-in names, with options that the part's `Config` checks.

    Args:
        group: Entry-point group.
        what: What it is, for the message: "block".
        kind: Its name.
        options: Its options.
        without: A name that the message does not offer.

    Raises:
        ConfigError: the kind is unknown, or an option is refused.
        MissingExtraError: a package that it needs is not installed.
    """
    for point in installed(group).select(name=kind):
        cls = loaded(point, what)
        try:
            config = cls.Config.model_validate(dict(options))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(step) for step in first["loc"])
            raise ConfigError(f"{what} {kind!r}: {place}: {first['msg']}") from error
        return cls(config)
    known = sorted(name for name in installed(group).names if name != without)
    raise ConfigError(f"{what} {kind!r} is none of: {', '.join(known)}", hint=nearest(kind, known))
