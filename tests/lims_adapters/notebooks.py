"""Archives as notebooks write them, made by their published examples."""

import hashlib
import io
import json
import zipfile

META = "ro-crate-metadata.json"


def packed(graph, files=(), root="export", *, raw=None, extra=()):
    """Zip a graph and files; `extra` are (name or ZipInfo, content) put in as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph})
        archive.writestr(f"{root}/{META}", text if raw is None else raw)
        for name, content in dict(files).items():
            archive.writestr(f"{root}/{name}", content)
        for name, content in extra:
            archive.writestr(name, content)
    return buffer.getvalue()


def frame(parts):
    return [
        {"@id": META, "@type": "CreativeWork", "about": {"@id": "./"}, "version": "1.0",
         "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}},
        {"@id": "./", "@type": ["Dataset"], "hasPart": [{"@id": p} for p in parts]},
    ]  # fmt: skip


def file_node(identity, content, **more):
    return {
        "@id": identity, "@type": "File", "name": identity.rsplit("/", 1)[-1],
        "contentSize": len(content), "sha256": hashlib.sha256(content).hexdigest(), **more,
    }  # fmt: skip


def elabftw(order_id, tg="371.2", unit="K", status="Success"):
    """Version 103 and later: fields by reference, the whole again as JSON in a text."""
    home = "./Demo - Film - b16abd04"
    curve = b"T,heat\n300,1\n"
    values = [("order_id", order_id, None), ("Tg", tg, unit), ("Raw data", "https://x.org", None)]
    nodes = [
        {"@type": "PropertyValue", "@id": f"pv://{i}", "propertyID": p, "valueReference": "text",
         "value": v, **({"unitText": u} if u else {})}
        for i, (p, v, u) in enumerate(values)
    ]  # fmt: skip
    meta = {
        "@id": "pv://all", "propertyID": "elabftw_metadata", "description": "eLabFTW metadata",
        "value": json.dumps({"extra_fields": {"Tg": {"type": "number", "value": "1"}}}),
    }  # fmt: skip
    entry = {
        "@id": f"{home}/", "@type": "Dataset", "author": {"@id": "person://1"}, "genre": "experiment",
        "name": "Film", "identifier": "20250805-b16abd046cd8", "creativeWorkStatus": status,
        "hasPart": [{"@id": f"{home}/curve.csv"}],
        "variableMeasured": [{"@id": "pv://all"}, *({"@id": n["@id"]} for n in nodes)],
        "url": "https://elab.local/experiments.php?mode=view&id=1", "mentions": [],
    }  # fmt: skip
    person = {"@id": "person://1", "@type": "Person", "givenName": "Ada", "familyName": "L."}
    graph = [*frame([f"{home}/"]), entry, meta, *nodes, person]
    graph.append(file_node(f"{home}/curve.csv", curve, encodingFormat="text/csv"))
    return packed(graph, {f"{home[2:]}/curve.csv": curve})


def kadi(order_id, tg=371.2, unit="K"):
    """A record whose identifier is ours; fields by reference, nested keys joined by dots."""
    home = f"./{order_id}/"
    nodes = [
        {"@id": "#1", "@type": "PropertyValue", "propertyID": "dsc.0.tg", "name": "tg", "value": tg,
         "unitText": unit},
        {"@id": "#2", "@type": "PropertyValue", "propertyID": "dsc.1.tg", "name": "tg",
         "value": tg + 1, "unitText": unit},
        {"@id": "#3", "@type": "PropertyValue", "propertyID": "done", "value": True},
    ]  # fmt: skip
    entry = {
        "@id": home, "@type": "Dataset", "identifier": order_id, "name": "A record",
        "hasPart": [{"@id": f"{home}{order_id}.json"}], "keywords": "film", "text": "",
        "variableMeasured": [{"@id": n["@id"]} for n in nodes],
    }  # fmt: skip
    record = {"@id": f"{home}{order_id}.json", "@type": "File", "contentSize": "2"}
    return packed([*frame([home]), entry, record, *nodes], {f"{order_id}/{order_id}.json": b"{}"})


def sampledb(order_id, tg=98.05):
    """A sample, a measurement that mentions it, and the measurement's former version."""

    def value(prop, written, **more):
        return {
            "@type": "PropertyValue",
            "propertyID": prop,
            "name": prop,
            "value": written,
            **more,
        }

    sample = {
        "@id": "./objects/1", "@type": "Dataset", "identifier": "1", "name": "OMBE-1",
        "variableMeasured": [value("order_id", order_id)], "mentions": [], "hasPart": [],
    }  # fmt: skip
    measurement = {
        "@id": "./objects/7", "@type": "Dataset", "identifier": "7", "name": "Measurement",
        "variableMeasured": [
            value("sample", "./objects/1"),
            value("tg", tg, unitText="degC", unitCode="CEL"),
        ],
        "mentions": [{"@id": "./objects/1"}], "hasPart": [{"@id": "./objects/7/version/0"}],
    }  # fmt: skip
    former = {
        "@id": "./objects/7/version/0", "@type": "Dataset", "name": "Measurement",
        "variableMeasured": [value("tg", 12.0, unitText="degC")], "hasPart": [],
    }  # fmt: skip
    return packed([*frame(["./objects/7", "./objects/1"]), sample, measurement, former])
