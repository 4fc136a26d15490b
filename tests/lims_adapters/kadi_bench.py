"""A laboratory with a real Kadi4Mat, as its chemist works in it: measurements are linked records."""

import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx

from lims_adapters.kadi.adapter import KadiLab
from loop.core.candidate import CandidatePool, Material
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench
from tests.lims_adapters import lab_orders
from tests.lims_servers.server import Access

WORDS = {
    Outcome.FAILED_SYNTHESIS: "failed",
    Outcome.FAILED_MEASUREMENT: "broken",
    Outcome.CANCELLED: "cancelled",
    Outcome.NEEDS_FOLLOW_UP: "to be discussed",
}
PROPERTY = {"Tg": "glass transition", "density": "density"}
MEASUREMENT = {
    "link": "measures",
    "type": "measurement",
    "property": "property",
    "value": "value",
    "unit": "unit",
    "replicate": "replicate",
    "operator": "measured by",
    "instrument": "instrument",
    "measured_at": "measured at",
    "validity": "outcome",
    "words": {"valid": "valid", "invalid": "invalid"},
}


def sample_mapping(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return [lims.sample] of the laboratory."""
    return {
        "type": "sample",
        "template": "polymer-sample",
        "structure": "repeat unit",
        "status": "status",
        "cancelled": "cancelled",
        "reason": "reason",
        "requests": "to measure",
        "note": "remark",
        "columns": {"bath": {"key": "conditions.temperature", "unit": "degC"}},
        "users": [facts["chemist_id"]],
    }


class KadiBench(LabBench):
    """A campaign of its own in a Kadi4Mat that others share."""

    impossible: ClassVar[Mapping[str, str]] = {
        "place_by_hand": "an identifier is unique: there is no second record of an order",
        "skew_clock": "the server reads the clock of this machine",
    }

    def __init__(self, folder: Path, access: Access) -> None:
        self._folder, self._access = folder, access
        self.slug = f"films{uuid.uuid4().hex[:8]}"
        self._proxy = FaultProxy(access.url, stall_seconds=3)
        self._chemist = httpx.Client(
            base_url=f"{access.url}/api/",
            headers={"Authorization": f"Bearer {access.facts['chemist_token']}"},
            timeout=60,
        )
        os.environ["KADI_TEST_TOKEN"] = access.token
        os.environ["KADI_OLD_TOKEN"] = f"pat_{'0' * 48}"

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._access.token, os.environ["KADI_OLD_TOKEN"]

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def options(self) -> dict[str, Any]:
        """Return [lims] without its kind."""
        return {
            "url": self._proxy.url,
            "secret": {"env": "KADI_TEST_TOKEN"},
            "timeout_seconds": 2.0,
            "requests_per_second": 1000,
            "sample": sample_mapping(self._access.facts),
            "measurement": MEASUREMENT,
            "status": {
                "requested": "open",
                "in progress": "open",
                "done": "measured",
                "failed": "failed in synthesis",
                "broken": "failed in measurement",
                "cancelled": "cancelled",
                "to be discussed": "needs follow-up",
            },
            "results": {
                "Tg": {"field": "glass transition", "method": "DSC, second heating"},
                "density": {"field": "density"},
            },
        }

    def build(self, options: dict[str, Any]) -> KadiLab:
        """Return the adapter with other options."""
        context = LabContext(
            self.slug,
            lab_orders.definition({"kind": "kadi", **options}, self.slug, "density"),
            self._folder,
            CandidatePool(Material.COLUMNS, (), (), ()),
        )
        return KadiLab(KadiLab.Config.model_validate(options), context)

    def adapter(self) -> KadiLab:
        return self.build(self.options())

    def adapter_with_expired_token(self) -> KadiLab:
        return self.build({**self.options(), "secret": {"env": "KADI_OLD_TOKEN"}})

    def adapter_with_wrong_mapping(self) -> KadiLab:
        options = self.options()
        options["sample"] = {**options["sample"], "structure": "repeat unti"}
        return self.build(options)

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n, self.slug)

    # What the chemist does

    def ask(self, method: str, path: str, **kwargs: Any) -> Any:
        """Return what Kadi4Mat answers the chemist."""
        answer = self._chemist.request(method, path, **kwargs)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def read(self, order_id: str) -> dict[str, Any]:
        """Return the record of an order as the chemist sees it."""
        return self.ask("GET", f"records/identifier/{order_id}")

    def samples(self, order_id: str) -> int:
        answer = self._chemist.get(f"records/identifier/{order_id}")
        assert answer.status_code in {200, 404}, answer.text
        return int(answer.status_code == httpx.codes.OK)

    def place_by_hand(self, order: WorkOrder) -> None:
        raise NotImplementedError(self.impossible["place_by_hand"])

    def skew_clock(self, seconds: float) -> None:
        raise NotImplementedError(self.impossible["skew_clock"])

    def report(self, order_id: str, answer: LabAnswer) -> str:
        sample = self.read(order_id)["id"]
        body = {
            "identifier": f"m-{uuid.uuid4().hex}",
            "title": f"{answer.property} of {order_id}",
            "type": "measurement",
            "extras": self._extras(answer),
        }
        number = self.ask("POST", "records", json=body)["id"]
        roles = {"user": {"id": self._access.facts["synthloop_id"]}, "role": {"name": "member"}}
        self.ask("POST", f"records/{number}/roles/users", json=roles)
        self.ask(
            "POST",
            f"records/{number}/records",
            json={"name": "measures", "record_to": {"id": sample}},
        )
        for name, content in (answer.files or {}).items():
            about = {"name": name, "size": len(content)}
            upload = self.ask("POST", f"records/{number}/uploads", json=about)["id"]
            self.ask("PUT", f"records/{number}/uploads/{upload}", content=content)
        return str(number)

    @staticmethod
    def _extras(answer: LabAnswer) -> list[dict[str, Any]]:
        extras: list[dict[str, Any]] = [
            {"key": "property", "type": "str", "value": PROPERTY[answer.property]},
            {"key": "replicate", "type": "int", "value": answer.replicate},
            {"key": "outcome", "type": "str", "value": "valid"},
        ]
        unit = answer.unit or None
        try:
            value: dict[str, Any] = {"type": "float", "value": float(answer.value), "unit": unit}
        except ValueError:
            # A text has no unit of its own in Kadi4Mat.
            value = {"type": "str", "value": answer.value or None}
            extras.append({"key": "unit", "type": "str", "value": unit})
        extras.append({"key": "value", **value})
        for key, words in (("measured by", answer.operator), ("instrument", answer.instrument)):
            if words:
                extras.append({"key": key, "type": "str", "value": words})
        if answer.measured_at:
            moment = answer.measured_at.isoformat()
            extras.append({"key": "measured at", "type": "date", "value": moment})
        return extras

    def edit(self, result: str, answer: LabAnswer) -> None:
        self.ask("PATCH", f"records/{result}", json={"extras": self._extras(answer)})

    def withdraw(self, result: str) -> None:
        self.ask("DELETE", f"records/{result}")

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        self._write(order_id, {"status": WORDS[outcome], "reason": reason})

    def set_status(self, order_id: str, word: str) -> None:
        self._write(order_id, {"status": word})

    def _write(self, order_id: str, texts: Mapping[str, str]) -> None:
        held = self.read(order_id)
        rest = [extra for extra in held["extras"] if extra["key"] not in texts]
        new = [{"key": key, "type": "str", "value": words} for key, words in texts.items()]
        self.ask("PATCH", f"records/{held['id']}", json={"extras": rest + new})

    def delete(self, order_id: str) -> None:
        owner = {"Authorization": f"Bearer {self._access.token}"}
        self.ask("DELETE", f"records/{self.read(order_id)['id']}", headers=owner)

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        number = self.read(order_id)["id"]
        listed = self.ask("GET", f"records/{number}/files")["items"]
        return {
            item["name"]: self._chemist.get(f"records/{number}/files/{item['id']}/download").content
            for item in listed
        }

    def annotation(self, order_id: str) -> str:
        return str(self.read(order_id)["description"])

    def close(self) -> None:
        self._proxy.close()
        self._chemist.close()
