"""A lab with an electronic notebook that exports archives into a folder."""

import os
from typing import ClassVar

from lims_adapters.eln.adapter import ElnFolder
from loop.core.result import Outcome
from loop.testing.lab_bench import LabBench
from tests.lims_adapters.film_orders import context, orders
from tests.lims_adapters.notebooks import file_node, frame, packed

OPTIONS = {
    "properties": {"Tg": {"field": "Tg/*"}, "density": {"field": "density/*"}},
    "lists_count_from": 1,
    "operator_field": "operator",
    "instrument_field": "instrument",
    "measured_at_field": "when",
    "note_field": "note",
    "status_field": "status",
    "status": {
        "open": "open",
        "synthesis failed": "failed in synthesis",
        "measurement failed": "failed in measurement",
        "cancelled": "cancelled",
        "ask us": "needs follow-up",
    },
}
_NO_WITHDRAWAL = "an export holds what somebody chose; what it lacks is not withdrawn"
_FOLDER = "a folder has one file per order by its name"


class ElnBench(LabBench):
    impossible: ClassVar[dict] = {
        "proxy": "a folder on this machine is not spoken to over HTTP",
        "adapter_with_expired_token": "a folder has no token",
        "withdraw": _NO_WITHDRAWAL,
        "place_by_hand": _FOLDER,
        "skew_clock": "times are those of the folder's own machine",
        "inventory": "a folder does not tell what became of an archive in the notebook",
    }

    def __init__(self, folder):
        self.folder = folder
        self.entries, self.number = {}, 0

    def adapter(self, **changes):
        config = ElnFolder.Config.model_validate({"settle_seconds": 0, **OPTIONS, **changes})
        return ElnFolder(config, context(self.folder, "eln"))

    def orders(self, n):
        return orders(n)

    def adapter_with_wrong_mapping(self):
        properties = {"Tgg": OPTIONS["properties"]["Tg"], "density": {"field": "density/*"}}
        return self.adapter(properties=properties)

    def report(self, order_id, answer):
        name = f"{order_id}/{answer.property}/{answer.replicate}"
        self.entries.setdefault(order_id, {})[name] = answer
        self._export(order_id)
        return name

    def edit(self, result, answer):
        order_id = result.split("/")[0]
        self.entries[order_id][result] = answer
        self._export(order_id)

    def _export(self, order_id, **fields):
        home, files, nodes, measured = f"./{order_id}/", {}, [], []
        for answer in self.entries.get(order_id, {}).values():
            key = f"{answer.property}/{answer.replicate}"
            measured.append({"propertyID": key, "value": answer.value, "unitText": answer.unit})
            when = answer.measured_at.isoformat() if answer.measured_at else ""
            fields |= {"operator": answer.operator, "instrument": answer.instrument, "when": when}
            for name, content in (answer.files or {}).items():
                files[f"{order_id}/{name}"] = content
                nodes.append(file_node(f"{home}{name}", content))
        measured += [
            {"propertyID": k, "value": v} for k, v in {"order_id": order_id, **fields}.items()
        ]
        entry = {
            "@id": home, "@type": "Dataset", "identifier": f"notebook-{order_id}",
            "hasPart": [{"@id": n["@id"]} for n in nodes],
            "variableMeasured": [{"@type": "PropertyValue", **m} for m in measured],
        }  # fmt: skip
        self.number += 1
        path = self.folder / "results" / f"export-{self.number:03d}.eln"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(packed([*frame([home]), entry, *nodes], files))
        os.utime(path, (1, 1))

    def end(self, order_id, outcome, reason):
        word = {
            Outcome.FAILED_SYNTHESIS: "synthesis failed", Outcome.CANCELLED: "cancelled",
            Outcome.FAILED_MEASUREMENT: "measurement failed", Outcome.NEEDS_FOLLOW_UP: "ask us",
        }[outcome]  # fmt: skip
        self._export(order_id, status=word, note=reason)

    def set_status(self, order_id, word):
        self._export(order_id, status=word)

    def samples(self, order_id):
        return len(list((self.folder / "orders").glob(f"{order_id}.placed")))

    def delete(self, order_id):
        (self.folder / "orders" / f"{order_id}.placed").unlink()

    def documents(self, order_id):
        home = self.folder / "orders" / order_id
        return {p.name: p.read_bytes() for p in home.iterdir()} if home.exists() else {}

    def annotation(self, order_id):
        path = self.folder / "orders" / f"{order_id}.prediction.txt"
        return path.read_text("utf-8") if path.exists() else ""
