"""The entries of a notebook's archive and their fields, however the notebook writes them.

Seen in published examples: fields inline in `variableMeasured` (SampleDB), as references to nodes
(eLabFTW from version 103, Kadi4Mat), lists of one given as the object itself, entries in entries
(PASTA), former versions of an entry below it (SampleDB).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lims_adapters.eln.archive import Archive, Node, is_a, path_of


@dataclass(frozen=True)
class Field:
    """One field of an entry.

    Attributes:
        identity: Its propertyID, else its name.
        name: Its name for people.
        node: As it stands in the archive.
    """

    identity: str
    name: str
    node: Node


@dataclass(frozen=True)
class Entry:
    """One entry of a notebook: an experiment, a sample, a measurement.

    Attributes:
        node: As it stands in the archive.
        fields: In the order of the archive.
        files: Nodes of the files that come with it.
    """

    node: Node
    fields: tuple[Field, ...]
    files: tuple[Node, ...]

    @property
    def stable_name(self) -> str:
        """Return what names this entry for ever: its identifier, its address, its path."""
        identifier = self.node.get("identifier")
        for name in (identifier, self.node.get("url"), self.node.get("@id")):
            if isinstance(name, str) and name.strip():
                return name.strip()
        return ""

    def text(self, field: str) -> str:
        """Return the text of a field, or an empty one."""
        for found in self.fields:
            if field and field in {found.identity, found.name}:
                value = found.node.get("value")
                return "" if value is None else str(value).strip()
        return ""


def entries(archive: Archive) -> Iterator[Entry]:
    """Yield every entry, parents first, each once."""
    root = archive.nodes.get("./") or archive.nodes["."]
    waiting = list(_parts(root))
    seen = {"./", "."}
    while waiting:
        identity = waiting.pop(0)
        node = _resolved(archive, identity)
        if identity in seen or node is None or not is_a(node, "Dataset"):
            continue
        seen.add(identity)
        parts = [_resolved(archive, p) for p in _parts(node)]
        files = tuple(p for p in parts if p is not None and is_a(p, "File"))
        yield Entry(node, tuple(_fields(archive, node)), files)
        waiting += _parts(node)


def _parts(node: Node) -> list[str]:
    return [i for part in _listed(node.get("hasPart")) if (i := _identity(part))]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _identity(part: Any) -> str:
    # Older examples list plain texts.
    found = part.get("@id") if isinstance(part, Mapping) else part
    return found if isinstance(found, str) else ""


def _resolved(archive: Archive, identity: str) -> Node | None:
    found = archive.nodes.get(identity)
    if found is not None:
        return found
    # With or without the slash at the end, and the "./" before: notebooks mix them.
    plain = path_of(identity)
    for spelling in (f"./{plain}", f"./{plain}/", plain, f"{plain}/"):
        if plain and spelling in archive.nodes:
            return archive.nodes[spelling]
    return None


def _fields(archive: Archive, node: Node) -> Iterator[Field]:
    for key in ("variableMeasured", "additionalProperty"):
        for part in _listed(node.get(key)):
            if not isinstance(part, Mapping):
                continue
            found: Node = part if "value" in part else archive.nodes.get(str(part.get("@id")), part)
            identity, name = _plain(found.get("propertyID")), _plain(found.get("name"))
            # The whole of eLabFTW's fields again, as JSON in a text.
            if (identity or name) and identity != "elabftw_metadata":
                yield Field(identity or name, name, found)


def _plain(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def mentioned(node: Node) -> list[str]:
    """Return the `@id`s of entries that an entry refers to."""
    return [i for part in _listed(node.get("mentions")) if (i := _identity(part))]


def author(archive: Archive, node: Node) -> str:
    """Return the name of an entry's author, or an empty text."""
    for part in _listed(node.get("author")):
        person = archive.nodes.get(_identity(part), part)
        if isinstance(person, Mapping):
            spelled = [_plain(person.get("givenName")), _plain(person.get("familyName"))]
            return _plain(person.get("name")) or " ".join(s for s in spelled if s)
    return ""
