"""A laboratory with a Benchling in miniature; its chemist works through the API as well."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx

from lims_adapters.benchling.adapter import BenchlingLab
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench, LabRefusedError
from tests.lims_adapters import lab_orders
from tests.lims_doubles.benchling import FOLDER, WORDS, BenchlingServer, BenchlingTenant

KEY = "sk_Ry2pT7wQ0c5xN8vB4mZ1"
EXPIRED = "sk_0000000000expired000"
STATUS = {
    "Requested": "open",
    "In progress": "open",
    "Done": "measured",
    "Synthesis failed": "failed in synthesis",
    "Measurement failed": "failed in measurement",
    "Cancelled": "cancelled",
    "To discuss": "needs follow-up",
}
SCHEMAS = {"Tg": ("assaysch_tg", "tg"), "density": ("assaysch_rho", "rho")}
SAMPLE = {
    "entity_schema": "Polymer film",
    "folder": FOLDER,
    "label": "Candidate",
    "structure": "Repeat unit",
    "status": "Status",
    "requested": "Requested",
    "cancelled": "Cancelled",
    "reason": "Reason",
    "requests": "To measure",
    "note": "Remark",
    "annotation": "synthloop",
    "documents": "Documents",
    "columns": {"truth": "Bath temperature"},
}
MEASUREMENT = {
    "sample": "sample",
    "unit": "unit",
    "replicate": "repeat",
    "operator": "measured_by",
    "instrument": "instrument",
    "measured_at": "measured_at",
    "files": ["curves"],
}


class BenchlingBench(LabBench):
    impossible: ClassVar[Mapping[str, str]] = {
        "edit": "results are never edited: they are archived and entered anew, under another id",
    }

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tenant = BenchlingTenant(KEY)
        self._server = BenchlingServer(self.tenant)
        self._proxy = FaultProxy(self._server.url, stall_seconds=0.6)
        self.chemist = httpx.Client(base_url=self._server.url, auth=(KEY, ""), trust_env=False)
        for name, key in (("good", KEY), ("expired", EXPIRED)):
            place = folder / name
            place.touch(mode=0o600)
            place.write_text(key)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (KEY, EXPIRED)

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    @property
    def address(self) -> str:
        """Return where the double is, past the proxy."""
        return self._server.url

    def options(self, **changes: Any) -> dict[str, Any]:
        """Return [lims] without its kind."""
        results = {
            "Tg": {"result_schema": "Glass transition", "field": "tg", "method": "DSC"},
            "density": {"result_schema": "Density", "field": "rho"},
        }
        return {
            "url": self._proxy.url, "secret": {"file": str(self.folder / "good")},
            "timeout_seconds": 0.3, "requests_per_second": 1000, "sample": SAMPLE,
            "files_url": self._server.files_url, "measurement": MEASUREMENT, "status": STATUS,
            "results": results, **changes,
        }  # fmt: skip

    def build(self, **changes: Any) -> BenchlingLab:
        """Return the adapter with other options."""
        options = self.options(**changes)
        definition = lab_orders.definition({"kind": "benchling", **options})
        # The campaign asks for one property; the orders of a bench ask for more.
        definition = definition.model_copy(
            update={"properties": {"Tg": definition.properties["tg"]}}
        )
        context = LabContext(lab_orders.SLUG, definition, self.folder, lab_orders.pool(0))
        return BenchlingLab(BenchlingLab.Config.model_validate(options), context)

    def adapter(self) -> BenchlingLab:
        return self.build()

    def adapter_with_expired_token(self) -> BenchlingLab:
        return self.build(secret={"file": str(self.folder / "expired")})

    def adapter_with_wrong_mapping(self) -> BenchlingLab:
        return self.build(sample={**SAMPLE, "structure": "Repeat unti"})

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n)

    # What the chemist does

    def ask(self, method: str, path: str, **kwargs: Any) -> Any:
        """Return what Benchling answers the chemist."""
        answer = self.chemist.request(method, f"/api/v2/{path}", **kwargs)
        if answer.status_code == 400:
            raise LabRefusedError(answer.json()["error"]["message"])
        assert answer.is_success, answer.text
        return answer.json()

    def entities(self, order_id: str) -> list[dict[str, Any]]:
        query = {"names.anyOf.caseSensitive": order_id, "sort": "createdAt:asc"}
        return self.ask("GET", "custom-entities", params=query)["customEntities"]

    def report(self, order_id: str, answer: LabAnswer) -> str:
        (result,) = self.enter([self.fields(order_id, answer)], answer.property)
        return result

    def fields(self, order_id: str, answer: LabAnswer) -> dict[str, Any]:
        """Return what the chemist fills in."""
        _, field = SCHEMAS[answer.property]
        value: Any = answer.value or None
        if answer.property == "density":
            value = float(answer.value)
        curves = [self.upload(name, content) for name, content in (answer.files or {}).items()]
        filled = {
            "sample": self.entities(order_id)[0]["id"], field: value, "unit": answer.unit or None,
            "repeat": answer.replicate, "measured_by": answer.operator or None,
            "instrument": answer.instrument or None, "curves": curves or None,
            "measured_at": answer.measured_at.isoformat() if answer.measured_at else None,
        }  # fmt: skip
        return {name: {"value": value} for name, value in filled.items()}

    def enter(self, rows: Sequence[dict[str, Any]], name: str, **more: Any) -> list[str]:
        schema, _ = SCHEMAS[name]
        asked = [{"schemaId": schema, "fields": fields, **more} for fields in rows]
        return self.ask("POST", "assay-results", json={"assayResults": asked})["assayResults"]

    def upload(self, name: str, content: bytes) -> str:
        import base64
        import hashlib

        body = {
            "name": name, "type": "RAW_FILE", "data64": base64.b64encode(content).decode(),
            "md5": hashlib.md5(content).hexdigest(),
        }  # fmt: skip
        return self.ask("POST", "blobs", json=body)["id"]

    def withdraw(self, result: str) -> None:
        body = {"assayResultIds": [result], "reason": "Made in error"}
        self.ask("POST", "assay-results:archive", json=body)

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        word = next(word for word, meaning in STATUS.items() if meaning == outcome.value)
        self._write(order_id, word, reason)

    def set_status(self, order_id: str, word: str) -> None:
        self._write(order_id, word, "")

    def _write(self, order_id: str, word: str, reason: str) -> None:
        fields = {
            "Status": {"value": f"sfso_{WORDS.index(word)}"},
            "Reason": {"value": reason or None},
        }
        entity = self.entities(order_id)[0]["id"]
        self.ask("PATCH", f"custom-entities/{entity}", json={"fields": fields})

    def samples(self, order_id: str) -> int:
        return len(self.entities(order_id))

    def place_by_hand(self, order: WorkOrder) -> None:
        body = {"name": order.order_id, "schemaId": "ts_film0001", "folderId": FOLDER}
        self.ask("POST", "custom-entities", json=body)

    def delete(self, order_id: str) -> None:
        ids = [entity["id"] for entity in self.entities(order_id)]
        body = {"customEntityIds": ids, "reason": "Made in error"}
        self.ask("POST", "custom-entities:archive", json=body)

    def skew_clock(self, seconds: float) -> None:
        self.tenant.clock_skew = seconds

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        ids = self.entities(order_id)[0]["fields"]["Documents"]["value"] or []
        return {self.tenant.blobs[i]["name"]: self.tenant.blobs[i]["_content"] for i in ids}

    def annotation(self, order_id: str) -> str:
        return self.entities(order_id)[0]["fields"]["synthloop"]["value"] or ""

    def close(self) -> None:
        self._proxy.close()
        self.chemist.close()
        self._server.close()
