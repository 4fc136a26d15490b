"""Models in one file, to carry them to another machine; nothing in it is trusted."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from loop.errors import DataError
from loop.sources.library import CARD, WEIGHTS, SourceLibrary
from loop.sources.reading import read_model
from loop.sources.recipe import NAME

_MANIFEST: Final = "manifest.json"
_SCHEMA: Final = "synthloop/source-parcel/1"
_LARGEST: Final = 256 * 2**20
_MOST: Final = 2001
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write_parcel(library: SourceLibrary, names: Sequence[str], out: Path) -> None:
    """Write models with their checksums to a ZIP file; equal models give equal bytes.

    Raises:
        NotFoundError: there is no model of a name.
        ModelError: one is damaged.
    """
    files: dict[str, bytes] = {}
    for name in sorted(names):
        files |= {f"{name}/{file}": content for file, content in library.files(name).items()}
    sums = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    manifest = json.dumps({"schema": _SCHEMA, "files": sums}, indent=1, sort_keys=True)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as parcel:
        for path, content in {_MANIFEST: manifest.encode(), **files}.items():
            parcel.writestr(zipfile.ZipInfo(path, _EPOCH), content, zipfile.ZIP_DEFLATED)
    draft = out.with_name(f".{out.name}.part")
    draft.write_bytes(written.getvalue())
    draft.replace(out)


def read_parcel(library: SourceLibrary, path: Path) -> list[str]:
    """Add the models of a ZIP file to a library; return their names.

    Every file is checked before the first one is added.

    Raises:
        DataError: it is no such file, holds anything but models, or a checksum is wrong.
        ModelError: a model is damaged.
    """
    files = _files(path)
    names = _checked(files, path)
    for name in names:
        library.put(name, {file: files[f"{name}/{file}"] for file in (CARD, WEIGHTS)})
    return names


def _files(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as parcel:
            entries = parcel.infolist()
            if len(entries) > _MOST or sum(entry.file_size for entry in entries) > _LARGEST:
                raise DataError(
                    f"{path} unpacks to more than {_MOST} files or {_LARGEST >> 20} MB; "
                    "nothing was imported"
                )
            for entry in entries:
                _refuse_hostile(path, entry)
            if len({entry.filename for entry in entries}) < len(entries):
                raise DataError(f"{path} holds a file twice; nothing was imported")
            # The stated size is not to be believed.
            return {entry.filename: _content(parcel, entry) for entry in entries}
    except FileNotFoundError as cause:
        raise DataError(f"there is no file {path}") from cause
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as cause:
        raise DataError(f"{path} cannot be read as a ZIP file: {cause}") from cause


def _refuse_hostile(path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.filename == _MANIFEST:
        return
    folder, slash, file = entry.filename.partition("/")
    if not slash or file not in {CARD, WEIGHTS} or not re.fullmatch(NAME, folder):
        raise DataError(
            f"{path} holds {entry.filename!r}; expected {_MANIFEST}, and <model>/{CARD} and "
            f"<model>/{WEIGHTS} of each model. Nothing was imported"
        )


def _content(parcel: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with parcel.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise DataError(f"{entry.filename!r} is longer than it says; nothing was imported")
    return content


def _checked(files: Mapping[str, bytes], path: Path) -> list[str]:
    """Return the names of the models, every one of which was read."""
    for name, expected in _sums(files, path).items():
        found = hashlib.sha256(files.get(name, b"")).hexdigest()
        if found != expected:
            raise DataError(
                f"{path}: {name} is missing or damaged (SHA-256 {found[:12]}…, expected "
                f"{str(expected)[:12]}…); nothing was imported"
            )
    names = sorted({entry.partition("/")[0] for entry in files if "/" in entry})
    for name in names:
        place = f"{path}, {name}"
        try:
            text = files[f"{name}/{CARD}"].decode()
            weights = files[f"{name}/{WEIGHTS}"]
        except (KeyError, UnicodeDecodeError) as cause:
            raise DataError(f"{place} lacks a readable card or its weights") from cause
        model = read_model(text, weights, place)
        if model.card.name != name:
            raise DataError(f"{place}: its card is that of {model.card.name!r}; nothing imported")
    return names


def _sums(files: Mapping[str, bytes], path: Path) -> dict[str, str]:
    try:
        manifest = json.loads(files[_MANIFEST])
        sums = dict(manifest["files"]) if manifest["schema"] == _SCHEMA else None
    except (KeyError, ValueError, TypeError):
        sums = None
    if sums is None or set(sums) != set(files) - {_MANIFEST}:
        raise DataError(
            f"{path} has no {_MANIFEST} with the checksums of its files; nothing was imported",
            hint="make it with: synthloop sources export",
        )
    return sums
