"""One round of orders as an `.eln` archive: an entry per order, its fields ready to be filled in.

RO-Crate 1.1 in the ELN file format; checked against what the importers of eLabFTW (extra fields as
JSON in `elabftw_metadata`, references from version 103 on) and SampleDB (typed fields with
propertyID, sizes and SHA-256) are known to ask for.
"""

import hashlib
import html
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lims_adapters.eln.archive import METADATA
from lims_adapters.transport.crystal_file import cif, shown_structure
from loop.core.order import WorkOrder

_CONTEXT: Final = "https://w3id.org/ro/crate/1.1/context"
_PUBLISHER: Final = "#synthloop"
_ELABFTW_VERSION: Final = "103"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def as_eln(orders: Sequence[WorkOrder], root: str, order_field: str, created: datetime) -> bytes:
    """Return the archive.

    Args:
        orders: Of one round.
        root: Name of the folder in the archive.
        order_field: Field that carries the order id and must stay as it is.
        created: Time with zone, for the archive's metadata.
    """
    files: dict[str, bytes] = {}
    nodes: list[dict[str, Any]] = []
    for order in orders:
        own = _files(order)
        files |= {f"{order.order_id}/{name}": content for name, content in own.items()}
        nodes += _entry(order, order_field, own, created)
    graph = [*_frame(orders, root, created), *nodes]
    metadata = {"@context": _CONTEXT, "@graph": graph}
    files[METADATA] = json.dumps(metadata, ensure_ascii=False, indent=1).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"{root}/{path}", _EPOCH), content)
    return buffer.getvalue()


def _frame(orders: Sequence[WorkOrder], root: str, created: datetime) -> list[dict[str, Any]]:
    return [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "dateCreated": created.isoformat(),
            "sdPublisher": {"@id": _PUBLISHER},
            "version": "1.0",
        },
        {
            "@id": "./",
            "@type": ["Dataset"],
            "name": root,
            "description": "Orders of a closed-loop campaign",
            "datePublished": created.isoformat(),
            "version": _ELABFTW_VERSION,
            "hasPart": [{"@id": f"./{order.order_id}/"} for order in orders],
        },
        {"@id": _PUBLISHER, "@type": "Organization", "name": "synthloop"},
    ]


def _files(order: WorkOrder) -> dict[str, bytes]:
    found = {"order.json": order.model_dump_json(indent=1).encode()}
    crystal = cif(order.candidate)
    if crystal:
        found["structure.cif"] = crystal
    return found


def _entry(
    order: WorkOrder, order_field: str, files: Mapping[str, bytes], created: datetime
) -> list[dict[str, Any]]:
    identity = f"./{order.order_id}/"
    fields = _fields(order, order_field)
    values = [
        {"@id": f"#{order.order_id}-{number}", "@type": "PropertyValue", **shown}
        for number, shown in enumerate(fields, start=1)
    ]
    # eLabFTW takes its fields from this text alone.
    extra = {
        "@id": f"#{order.order_id}-fields",
        "propertyID": "elabftw_metadata",
        "description": "eLabFTW metadata JSON as string",
        "value": json.dumps(_extra_fields(order, order_field), ensure_ascii=False),
    }
    entry = {
        "@id": identity,
        "@type": "Dataset",
        "identifier": order.order_id,
        "name": f"{order.candidate.label} ({order.order_id})",
        "dateCreated": created.isoformat(),
        "dateModified": created.isoformat(),
        "author": {"@id": _PUBLISHER},
        "keywords": order.campaign,
        "genre": "experiment",
        "text": _text(order),
        "hasPart": [{"@id": f"{identity}{name}"} for name in files],
        "variableMeasured": [{"@id": v["@id"]} for v in (*values, extra)],
    }
    described = [
        {
            "@id": f"{identity}{name}",
            "@type": "File",
            "name": name,
            "encodingFormat": "application/json" if name.endswith(".json") else "chemical/x-cif",
            "contentSize": str(len(content)),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in files.items()
    ]
    return [entry, *values, extra, *described]


def _fields(order: WorkOrder, order_field: str) -> list[dict[str, str]]:
    fixed = {
        order_field: order.order_id,
        "candidate": order.candidate.label,
        "structure": shown_structure(order.candidate),
        "measure": ", ".join(f"{r.property} [{r.unit}] x{r.replicates}" for r in order.requests),
    }
    shown = [{"propertyID": key, "name": key, "value": value} for key, value in fixed.items()]
    if order.note:
        shown.append({"propertyID": "order_note", "name": "order_note", "value": order.note})
    return shown


def _extra_fields(order: WorkOrder, order_field: str) -> dict[str, Any]:
    extra: dict[str, Any] = {
        shown["propertyID"]: {"type": "text", "value": shown["value"], "readonly": True}
        for shown in _fields(order, order_field)
    }
    extra |= {
        r.property: {"type": "number", "value": "", "unit": r.unit, "units": [r.unit]}
        for r in order.requests
    }
    return {"extra_fields": extra}


def _text(order: WorkOrder) -> str:
    asked = "".join(
        f"<li>{html.escape(r.property)} in {html.escape(r.unit)}, {r.replicates} times</li>"
        for r in order.requests
    )
    note = f"<p>{html.escape(order.note)}</p>" if order.note else ""
    return (
        f"<p>Make {html.escape(order.candidate.label)}: "
        f"{html.escape(shown_structure(order.candidate))}</p>{note}<ul>{asked}</ul>"
    )
