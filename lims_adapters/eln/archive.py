"""Opens an `.eln` archive that anybody may have made; a hostile one is refused whole.

Rules of the ELN file format (TheELNConsortium, SPECIFICATION.md): a ZIP archive, exactly one folder
at its root, `ro-crate-metadata.json` in it. Nothing is ever unpacked to disk.
"""

import hashlib
import io
import json
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from loop.errors import AdapterError, Problem

METADATA: Final = "ro-crate-metadata.json"
_MOST_FILES = 10_000
_MOST_METADATA = 30_000_000
_HIGHEST_RATIO = 200
_SMALL = 1_000_000
_ENCRYPTED = 0x1
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError, OverflowError,
)  # fmt: skip
Node = Mapping[str, Any]


@dataclass(frozen=True)
class Archive:
    """A sound archive.

    Attributes:
        root: Name of its folder.
        nodes: The graph of its metadata, by `@id`.
        files: Size of every file, by path in the folder.
        is_signed: A signature of the metadata lies beside it; it is not verified here.
    """

    root: str
    nodes: Mapping[str, Node]
    files: Mapping[str, int]
    is_signed: bool


class RefusedArchive(Exception):  # noqa: N818 - a finding on its way to a Problem
    """What is wrong: place, value, expectation."""

    def __init__(self, place: str, value: object, expected: str) -> None:
        super().__init__(place)
        self.place, self.value, self.expected = place, str(value), expected


def open_archive(name: str, content: bytes, largest: int) -> Archive | Problem:
    """Return what an archive holds, or why it is refused.

    Args:
        name: File name, for messages.
        content: The archive.
        largest: Bytes it may have, packed and unpacked.
    """
    if len(content) > largest:
        return Problem(name, "file", f"{len(content)} bytes", f"at most {largest} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root, files = _checked_names(archive.infolist(), largest)
            nodes = _graph(_member(archive, f"{root}/{METADATA}", _MOST_METADATA))
            _check_described_files(archive, root, files, nodes)
    except RefusedArchive as refusal:
        return Problem(name, refusal.place, refusal.value, refusal.expected)
    except _BROKEN as error:
        return Problem(name, "file", str(error)[:80] or type(error).__name__, "a sound ZIP archive")
    return Archive(root, nodes, files, f"{METADATA}.minisig" in files)


def read_member(content: bytes, path: str, largest: int) -> bytes:
    """Return one file of an archive that was opened before.

    Raises:
        AdapterError: it is not there, or larger than it says.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _member(archive, path, largest)
    except RefusedArchive as refusal:
        raise AdapterError(f"{path}: {refusal.value}; {refusal.expected}") from refusal
    except _BROKEN as error:
        raise AdapterError(f"{path} cannot be read: {error}") from error


def _checked_names(members: list[zipfile.ZipInfo], largest: int) -> tuple[str, dict[str, int]]:
    if len(members) > _MOST_FILES:
        raise RefusedArchive("files", len(members), f"at most {_MOST_FILES}")
    if sum(m.file_size for m in members) > largest:
        raise RefusedArchive("files", "a huge content", f"at most {largest} bytes unpacked")
    seen: set[str] = set()
    roots: set[str] = set()
    files = {}
    for member in members:
        _check_member(member)
        # Two names that differ in case are one file on many machines.
        folded = member.filename.rstrip("/").casefold()
        if folded in seen:
            raise RefusedArchive("files", member.filename, "each name once")
        seen.add(folded)
        root, _, path = member.filename.partition("/")
        if not path and not member.is_dir():
            raise RefusedArchive(
                "files", member.filename, "one folder at the root, all files in it"
            )
        roots.add(root)
        if not member.is_dir():
            files[path] = member.file_size
    if len(roots) != 1:
        shown = ", ".join(sorted(roots)[:5]) or "none"
        raise RefusedArchive("root", shown, "exactly one folder at the root")
    if METADATA not in files:
        raise RefusedArchive("root", roots.pop(), f"a file {METADATA} in it")
    return roots.pop(), files


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or "\x00" in name or ".." in parts or ":" in parts[0]:
        raise RefusedArchive("files", name, "a path inside the archive's folder")
    if any(ord(c) < 32 for c in name):
        raise RefusedArchive("files", repr(name), "a name without control characters")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise RefusedArchive("files", name, "a plain file or folder, no link")
    if member.flag_bits & _ENCRYPTED:
        raise RefusedArchive("files", name, "a file without a password")
    if member.file_size > _SMALL and member.file_size > _HIGHEST_RATIO * member.compress_size:
        raise RefusedArchive("files", name, f"packed by {_HIGHEST_RATIO} to 1 at most")


def _member(archive: zipfile.ZipFile, path: str, largest: int) -> bytes:
    try:
        info = archive.getinfo(path)
    except KeyError:
        raise RefusedArchive("files", path, "a file of this name") from None
    with archive.open(info) as file:
        # The sizes in the directory are what the archive says of itself.
        content = file.read(min(largest, info.file_size) + 1)
    if len(content) > largest or len(content) != info.file_size:
        raise RefusedArchive("files", path, "a file as long as the archive says, and no giant")
    return content


def _graph(content: bytes) -> dict[str, Node]:
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedArchive(METADATA, str(error)[:80], "JSON in UTF-8") from error
    listed = data.get("@graph") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise RefusedArchive(METADATA, type(data).__name__, "an object with a list @graph")
    nodes: dict[str, Node] = {}
    for node in listed:
        identity = node.get("@id") if isinstance(node, dict) else None
        if not isinstance(identity, str):
            raise RefusedArchive(METADATA, str(node)[:80], "an @id in every object of @graph")
        if identity in nodes:
            raise RefusedArchive(METADATA, identity, "each @id once")
        nodes[identity] = node
    if not any(identity in nodes for identity in ("./", ".")):
        raise RefusedArchive(
            METADATA, f"{len(nodes)} objects", "an object ./ for the archive itself"
        )
    return nodes


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _check_described_files(
    archive: zipfile.ZipFile, root: str, files: Mapping[str, int], nodes: Mapping[str, Node]
) -> None:
    for identity, node in nodes.items():
        path = path_of(identity)
        if not is_a(node, "File") or "://" in identity or path == METADATA:
            continue
        if path not in files:
            raise RefusedArchive(METADATA, identity, "a file that is in the archive")
        size = node.get("contentSize")
        # Some notebooks write sizes as "12 KB"; only plain numbers can be held to.
        if str(size).isdecimal() and int(str(size)) != files[path]:
            raise RefusedArchive(f"{identity} contentSize", size, f"{files[path]}, as it is")
        told = node.get("sha256")
        if told is None:
            continue
        found = hashlib.sha256(_member(archive, f"{root}/{path}", files[path])).hexdigest()
        if str(told).lower() != found:
            raise RefusedArchive(f"{identity} sha256", told, f"{found}, as it is")


def path_of(identity: str) -> str:
    """Return the path in the archive's folder that an `@id` means."""
    return identity.removeprefix("./").strip("/")


def is_a(node: Node, kind: str) -> bool:
    """Whether a node is of a type; RO-Crate allows several."""
    types = node.get("@type")
    return types == kind or (isinstance(types, list) and kind in types)
