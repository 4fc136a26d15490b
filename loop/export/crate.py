"""A campaign as an RO-Crate: a ZIP that says in JSON-LD what is in it.

Process and vocabulary: RO-Crate 1.1 (https://w3id.org/ro/crate/1.1) and schema.org; for candidates
`ChemicalSubstance` of Bioschemas, whose terms the crate's own context brings.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loop.core.events import Event
from loop.export.entities import candidates, measurements, orders
from loop.service.export import measurement_rows
from loop.service.views import CampaignView

METADATA: Final = "ro-crate-metadata.json"
_CONTEXT: Final = [
    "https://w3id.org/ro/crate/1.1/context",
    {
        "ChemicalSubstance": "https://bioschemas.org/ChemicalSubstance",
        "chemicalComposition": "https://bioschemas.org/properties/chemicalComposition",
        "smiles": "https://bioschemas.org/properties/smiles",
        "sha256": "https://w3id.org/ro/terms/workflow-run#sha256",
    },
]
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class CrateFile:
    """A kept file that goes into the crate.

    Attributes:
        measurement_id: The value it came with.
        name: A bare file name.
        media_type: As the lab declared it.
        digest: SHA-256.
        content: The file.
    """

    measurement_id: str
    name: str
    media_type: str
    digest: str
    content: bytes

    @property
    def path(self) -> str:
        """Where it lies in the crate; the digest keeps two of one name apart."""
        return f"files/{self.digest[:8]}-{self.name}"


def as_crate(
    view: CampaignView, events: Sequence[Event], kept: Sequence[CrateFile], version: str
) -> bytes:
    """Return the crate; the same campaign at the same version gives the same bytes.

    Args:
        view: The campaign.
        events: All its events.
        kept: Files that came with results.
        version: Of this program.
    """
    contents = _documents(view, events)
    described = [_file(path, name, kind, contents[path]) for path, name, kind in _told(contents)]
    paths: dict[str, list[str]] = {}
    for file in kept:
        paths.setdefault(file.measurement_id, []).append(file.path)
        if file.path not in contents:
            contents[file.path] = file.content
            described.append(_file(file.path, file.name, file.media_type or _UNKNOWN, file.content))
    graph = _frame(view, described, version) + _entities(view, paths)
    metadata = {"@context": _CONTEXT, "@graph": graph}
    contents[METADATA] = json.dumps(metadata, ensure_ascii=False, indent=1).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(contents.items()):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


_UNKNOWN: Final = "application/octet-stream"
_FILES: Final = {
    "campaign.json": ("Definition of the campaign", "application/json"),
    "events.jsonl": ("Everything that happened, one event a line", "application/jsonl"),
    "measurements.csv": ("Measurements with prediction and history", "text/csv"),
}


def _told(contents: Mapping[str, bytes]) -> Iterator[tuple[str, str, str]]:
    for path in contents:
        if path in _FILES:
            yield (path, *_FILES[path])
        else:
            number = path.removeprefix("models/round-").removesuffix(".json")
            yield path, f"Card of the model of round {number}", "application/json"


def _documents(view: CampaignView, events: Sequence[Event]) -> dict[str, bytes]:
    rows = io.StringIO()
    csv.writer(rows).writerows(measurement_rows(view))
    lines = [event.model_dump_json() for event in events]
    found = {
        "campaign.json": view.definition.model_dump_json(indent=1, by_alias=True).encode(),
        "events.jsonl": ("\n".join(lines) + "\n").encode(),
        "measurements.csv": rows.getvalue().encode(),
    }
    for one in view.rounds:
        if one.report is not None:
            name = f"models/round-{one.number:02d}.json"
            found[name] = one.report.model_dump_json(indent=1).encode()
    return found


def _file(path: str, name: str, media_type: str, content: bytes) -> dict[str, Any]:
    return {
        "@id": path,
        "@type": "File",
        "name": name,
        "encodingFormat": media_type,
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _frame(
    view: CampaignView, files: Sequence[Mapping[str, Any]], version: str
) -> list[dict[str, Any]]:
    summary = view.summary
    published = summary.updated_at or view.opened_at
    software = {
        "@id": "#synthloop",
        "@type": "SoftwareApplication",
        "name": "synthloop",
        "softwareVersion": version,
    }
    licence = {
        "@id": "#licence",
        "@type": "CreativeWork",
        "name": "No licence is stated",
        "description": "The campaign names none; ask its authors before using the data.",
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "identifier": summary.slug,
        "name": summary.title,
        "description": f"{summary.objective} [{summary.unit}]; {summary.status}, "
        f"{summary.n_experiments} of {summary.budget} experiments, version {summary.version}.",
        "datePublished": published.isoformat(),
        "license": {"@id": "#licence"},
        "hasPart": [{"@id": file["@id"]} for file in files],
        "mentions": [{"@id": node["@id"]} for node in orders(view)],
    }
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "creator": {"@id": "#synthloop"},
    }
    return [descriptor, root, software, licence, *map(dict, files)]


def _entities(view: CampaignView, paths: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Return all entities, each once: one person acts often."""
    found: dict[str, dict[str, Any]] = {}
    for node in (*candidates(view), *orders(view), *measurements(view, paths)):
        found.setdefault(node["@id"], node)
    return list(found.values())
