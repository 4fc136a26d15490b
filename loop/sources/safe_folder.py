"""Replaces a folder of files so that a kill at any moment leaves the old one or the new one.

POSIX replaces a file in one step, but no folder that holds something. So the old folder is put
aside under a hidden name, the new one takes its place, and only then the old one goes. Whoever
reads between these steps finds the one that was put aside.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_ASIDE: Final = ".aside"
_DRAFT: Final = ".part"
_GONE: Final = ".gone"


def aside(folder: Path, name: str) -> Path:
    """Return where the old one waits while the new one takes its place."""
    return folder / f".{name}{_ASIDE}"


def asides(folder: Path) -> list[str]:
    """Return the names of those whose write was cut off between old and new, sorted."""
    found = [p.name[1 : -len(_ASIDE)] for p in folder.glob(f".*{_ASIDE}")]
    return sorted(name for name in found if not (folder / name).exists())


def replace_folder(folder: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder of a name, in place of all that it held; return it.

    Args:
        folder: Parent; made as needed.
        name: Of the folder; it must not begin with a dot.
        files: Content by file name.
    """
    place, old = folder / name, aside(folder, name)
    draft = folder / f".{name}.{os.getpid()}{_DRAFT}"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    for file, content in files.items():
        _write(draft / file, content)
    _sync(draft)
    if place.exists():
        # A leftover: the one in place is whole.
        if old.exists():
            shutil.rmtree(old)
        place.rename(old)
    draft.rename(place)
    _sync(folder)
    if old.exists():
        shutil.rmtree(old)
    return place


def remove_folder(folder: Path, name: str) -> None:
    """Remove the folder of a name; a kill leaves it whole, or gone."""
    place, old = folder / name, aside(folder, name)
    gone = folder / f".{name}.{os.getpid()}{_GONE}"
    if gone.exists():
        shutil.rmtree(gone)
    if place.exists() and old.exists():
        # Left of an earlier write: it would stand up again.
        shutil.rmtree(old)
    (place if place.exists() else old).rename(gone)
    _sync(folder)
    shutil.rmtree(gone)


def leftovers(folder: Path) -> list[Path]:
    """Return what interrupted writes left and nothing needs, sorted."""
    needed = {aside(folder, name) for name in asides(folder)}
    found = {p for end in (_ASIDE, _DRAFT, _GONE) for p in folder.glob(f".*{end}")}
    return sorted(found - needed)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
