"""A laboratory with a real SampleDB, as its chemist works in it."""

import base64
import os
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import httpx

from lims_adapters.sampledb.adapter import SampleDBLab
from loop.core.candidate import CandidatePool, Material
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench, LabRefusedError
from tests.lims_adapters import lab_orders
from tests.lims_servers.server import Access

WORDS = {
    Outcome.FAILED_SYNTHESIS: "failed",
    Outcome.FAILED_MEASUREMENT: "broken",
    Outcome.CANCELLED: "cancelled",
    Outcome.NEEDS_FOLLOW_UP: "to be discussed",
}
PROPERTY = {"Tg": "glass transition", "density": "density"}


def mapping(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a campaign file says of the laboratory."""
    about = {
        "sample": "sample",
        "replicate": "replicate",
        "operator": "operator",
        "instrument": "instrument",
        "measured_at": "measured_at",
        "note": "remark",
        "validity": "outcome",
        "words": {"valid": "valid", "invalid": "invalid"},
    }
    return {
        "sample": {
            "action": "Polymer sample",
            "order_id": "external_id",
            "structure": "smiles",
            "status": "status",
            "requested": "requested",
            "cancelled": "cancelled",
            "reason": "reason",
            "requests": "to_measure",
            "note": "remark",
            "annotation": "prediction",
            "columns": {"bath": {"field": "temperature", "unit": "degC"}},
        },
        "status": {
            "requested": "open",
            "in progress": "open",
            "done": "measured",
            "failed": "failed in synthesis",
            "broken": "failed in measurement",
            "cancelled": "cancelled",
            "to be discussed": "needs follow-up",
        },
        "measurements": [
            {
                **about,
                "action": "DSC",
                "property": "property",
                "value": "value",
                "sd": "uncertainty",
            },
            {**about, "action": "Pycnometry"},
            {
                **about,
                "action": facts["notebook_action"],
                "property": "property",
                "value": "reading",
                "unit": "unit",
            },
        ],
        "results": {
            "Tg": {"field": "glass transition", "method": "DSC, second heating"},
            "density": {"field": "density"},
        },
    }


class SampleDBBench(LabBench):
    """A campaign of its own in a SampleDB that others share."""

    impossible: ClassVar[Mapping[str, str]] = {
        "skew_clock": "the server reads the clock of this machine",
    }

    def __init__(self, folder: Path, access: Access) -> None:
        self._folder, self._access = folder, access
        self.slug = f"films{uuid.uuid4().hex[:8]}"
        self._proxy = FaultProxy(access.url, stall_seconds=3)
        self._chemist = httpx.Client(
            base_url=f"{access.url}/api/v1/", follow_redirects=True, timeout=60
        )
        granted = access_token(access.url, access.facts["chemist_token"])
        self._chemist.headers["Authorization"] = f"Bearer {granted}"
        os.environ["SAMPLEDB_TEST_TOKEN"] = access.token
        os.environ["SAMPLEDB_OLD_TOKEN"] = "0" * 64

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._access.token, os.environ["SAMPLEDB_OLD_TOKEN"]

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def options(self) -> dict[str, Any]:
        """Return [lims] without its kind."""
        return {
            "url": self._proxy.url,
            "secret": {"env": "SAMPLEDB_TEST_TOKEN"},
            "timeout_seconds": 2.0,
            "requests_per_second": 1000,
            **mapping(self._access.facts),
        }

    def build(self, options: dict[str, Any]) -> SampleDBLab:
        """Return the adapter with other options."""
        context = LabContext(
            self.slug,
            lab_orders.definition({"kind": "sampledb", **options}, self.slug, "density"),
            self._folder,
            CandidatePool(Material.COLUMNS, (), (), ()),
        )
        return SampleDBLab(SampleDBLab.Config.model_validate(options), context)

    def adapter(self) -> SampleDBLab:
        return self.build(self.options())

    def adapter_with_expired_token(self) -> SampleDBLab:
        return self.build({**self.options(), "secret": {"env": "SAMPLEDB_OLD_TOKEN"}})

    def adapter_with_wrong_mapping(self) -> SampleDBLab:
        options = self.options()
        options["sample"] = {**options["sample"], "order_id": "external_od"}
        return self.build(options)

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n, self.slug)

    # What the chemist does

    def found(self, order_id: str) -> list[dict[str, Any]]:
        """Return the samples of an order, the oldest first, read as the chemist."""
        query = {"q": f'external_id == "{order_id}"'}
        answer = self._chemist.get("objects/", params=query).raise_for_status().json()
        exact = [o for o in answer if o["data"]["external_id"]["text"] == order_id]
        return sorted(exact, key=lambda o: o["object_id"])

    def samples(self, order_id: str) -> int:
        return len(self.found(order_id))

    def place_by_hand(self, order: WorkOrder) -> None:
        data = {
            "name": text(order.candidate.label),
            "external_id": text(order.order_id),
            "status": text("requested"),
        }
        self._create(self._access.facts["sample_action"], data)

    def _create(self, action: int, data: dict[str, Any]) -> int:
        answer = self._chemist.post(
            "objects/", json={"action_id": action, "data": data}, follow_redirects=False
        )
        if answer.status_code != httpx.codes.CREATED:
            raise LabRefusedError(answer.text)
        return int(answer.headers["Location"].rstrip("/").split("/")[-3])

    def report(self, order_id: str, answer: LabAnswer) -> str:
        sample = self.found(order_id)[0]["object_id"]
        facts = self._access.facts
        # What the instrument's form does not take goes into the notebook.
        action = "dsc_action" if answer.property == "Tg" else "pycnometry_action"
        try:
            number = self._create(facts[action], self._form(action, sample, answer))
        except (LabRefusedError, ValueError):
            action = "notebook_action"
            number = self._create(facts[action], self._form(action, sample, answer))
        self._file(number, answer)
        return f"{number}"

    def _form(self, action: str, sample: int, answer: LabAnswer) -> dict[str, Any]:
        data: dict[str, Any] = {
            "name": text(f"{answer.property} of {sample}"),
            "sample": {"_type": "sample", "object_id": sample},
            "replicate": {"_type": "quantity", "units": "1", "magnitude": answer.replicate},
            "outcome": text("valid"),
        }
        optional = {"operator": answer.operator, "instrument": answer.instrument}
        data |= {name: text(words) for name, words in optional.items() if words}
        if answer.measured_at:
            moment = answer.measured_at.strftime("%Y-%m-%d %H:%M:%S")
            data["measured_at"] = {"_type": "datetime", "utc_datetime": moment}
        if action == "notebook_action":
            data["property"] = text(PROPERTY[answer.property])
            data["reading"] = text(answer.value)
            return data | ({"unit": text(answer.unit)} if answer.unit else {})
        if not answer.unit:
            raise LabRefusedError("the form has a unit")
        value = {"_type": "quantity", "units": answer.unit, "magnitude": float(answer.value)}
        if action == "pycnometry_action":
            return data | {"density": value}
        return data | {"property": text(PROPERTY[answer.property]), "value": value}

    def _file(self, number: int, answer: LabAnswer) -> None:
        for name, content in (answer.files or {}).items():
            body = {
                "storage": "database",
                "original_file_name": name,
                "base64_content": base64.b64encode(content).decode(),
            }
            self._chemist.post(f"objects/{number}/files/", json=body, follow_redirects=False)

    def read(self, number: int | str) -> dict[str, Any]:
        """Return an object as the chemist sees it."""
        return self._chemist.get(f"objects/{number}").raise_for_status().json()

    def write(self, number: int | str, **fields: Any) -> None:
        """Write fields of an object as the chemist."""
        held = self.read(number)
        answer = self._chemist.post(
            f"objects/{number}/versions/",
            json={"version_id": held["version_id"] + 1, "data": {**held["data"], **fields}},
            follow_redirects=False,
        )
        if answer.status_code != httpx.codes.CREATED:
            raise LabRefusedError(answer.text)

    def edit(self, result: str, answer: LabAnswer) -> None:
        held = self.read(result)
        names = {self._access.facts[n]: n for n in self._access.facts if n.endswith("_action")}
        sample = held["data"]["sample"]["object_id"]
        self.write(result, **self._form(names[held["action_id"]], sample, answer))

    def withdraw(self, result: str) -> None:
        self.write(result, outcome=text("invalid"))

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        number = self.found(order_id)[0]["object_id"]
        self.write(number, status=text(WORDS[outcome]), reason=text(reason))

    def set_status(self, order_id: str, word: str) -> None:
        self.write(self.found(order_id)[0]["object_id"], status=text(word))

    def delete(self, order_id: str) -> None:
        # Nothing is deleted in SampleDB; what its people can do is to hide an object from us.
        self._allow(self.found(order_id)[0]["object_id"], "none")

    def show(self, number: int | str) -> None:
        """Give back the right that `delete` took."""
        self._allow(number, "write")

    def _allow(self, number: int | str, right: str) -> None:
        path = f"objects/{number}/permissions/users/{self._access.facts['users']['synthloop']}"
        self._chemist.put(path, json=right).raise_for_status()

    def skew_clock(self, seconds: float) -> None:
        raise NotImplementedError(self.impossible["skew_clock"])

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        number = self.found(order_id)[0]["object_id"]
        listed = self._chemist.get(f"objects/{number}/files/").json()
        documents = {}
        for entry in listed:
            whole = self._chemist.get(f"objects/{number}/files/{entry['file_id']}").json()
            assert whole["original_file_name"] not in documents, "the same name is there twice"
            documents[whole["original_file_name"]] = base64.b64decode(whole["base64_content"])
        return documents

    def annotation(self, order_id: str) -> str:
        held = self.found(order_id)[0]["data"].get("prediction")
        return str(held["text"]) if held else ""

    def close(self) -> None:
        self._proxy.close()
        self._chemist.close()


@lru_cache(maxsize=4)
def access_token(url: str, token: str) -> str:
    answer = httpx.post(
        f"{url}/api/v1/access_tokens/",
        json={"description": "bench"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    return str(answer.json()["access_token"])


def text(words: str) -> dict[str, str]:
    """Return a text as SampleDB keeps it."""
    return {"_type": "text", "text": words}
