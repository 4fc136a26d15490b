"""A laboratory with real MADSci managers, as its people and robots work in it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import httpx

from lims_adapters.madsci.adapter import MadsciLab
from lims_adapters.madsci.names import sample_id
from lims_adapters.madsci.order import NOTE, registration, sample
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench, LabRefusedError
from tests.lims_adapters.lab_orders import definition, orders, pool
from tests.lims_servers.server import Access

LABELS = {"Tg": "glass_transition", "density": "density"}
_ROUTES = {
    Outcome.FAILED_SYNTHESIS: "fail",
    Outcome.FAILED_MEASUREMENT: "fail",
    Outcome.CANCELLED: "cancel",
    Outcome.NEEDS_FOLLOW_UP: "pause",
}
_STATUS = {
    "in_progress": "open",
    "paused": "needs follow-up",
    "completed": "measured",
    "failed": "failed in synthesis",
    "cancelled": "cancelled",
    "unknown": "needs follow-up",
}


class Gateway:
    """One address for the three managers, each below its name, as a laboratory sets one up."""

    def __init__(self, access: Access) -> None:
        lines = {name: httpx.Client(base_url=url, timeout=60) for name, url in access.facts.items()}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                _, name, path = self.path.split("/", 2)
                kept = {k: v for k, v in self.headers.items() if k in {"Content-Type", "Accept"}}
                reply = lines[name].request(self.command, f"/{path}", content=body, headers=kept)
                self.send_response_only(reply.status_code)
                self.send_header("Content-Type", reply.headers.get("Content-Type", "text/plain"))
                self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)

            do_GET = do_POST = _serve  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._lines = lines
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for line in self._lines.values():
            line.close()


class MadsciBench(LabBench):
    """A campaign of its own in managers that others share."""

    impossible: ClassVar[Mapping[str, str]] = {
        "adapter_with_expired_token": "MADSci asks nobody who they are",
    }

    def __init__(self, folder: Path, access: Access) -> None:
        self.slug = f"films{uuid.uuid4().hex[:8]}"
        self._folder = folder
        self._gateway = Gateway(access)
        self._proxy = FaultProxy(self._gateway.url, stall_seconds=3)
        self.http = {
            name: httpx.Client(base_url=url, timeout=60) for name, url in access.facts.items()
        }
        self._ahead = timedelta(0)

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def options(self) -> dict[str, Any]:
        """Return [lims] without its kind."""
        url = self._proxy.url
        return {
            "url": f"{url}/resource", "data_url": f"{url}/data",
            "experiment_url": f"{url}/experiment", "resource_class": f"sample of {self.slug}",
            "results": {name: {"field": label} for name, label in LABELS.items()},
            "status": _STATUS, "timeout_seconds": 2.0, "requests_per_second": 1000,
        }  # fmt: skip

    def built(self, **changed: Any) -> MadsciLab:
        options = {**self.options(), **changed}
        campaign = definition({"kind": "madsci", **options}, self.slug, "density")
        context = LabContext(self.slug, campaign, self._folder, pool(0))
        return MadsciLab(MadsciLab.Config.model_validate(options), context)

    def adapter(self) -> MadsciLab:
        return self.built()

    def adapter_with_expired_token(self) -> MadsciLab:
        raise NotImplementedError(self.impossible["adapter_with_expired_token"])

    def adapter_with_wrong_mapping(self) -> MadsciLab:
        status = {("compleded" if word == "completed" else word): m for word, m in _STATUS.items()}
        return self.built(status=status)

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return orders(n, self.slug)

    def ask(self, manager: str, method: str, path: str, **kwargs: Any) -> Any:
        reply = self.http[manager].request(method, path, **kwargs)
        reply.raise_for_status()
        return reply.json()

    def experiments(self, order_id: str) -> list[dict[str, Any]]:
        listed = self.ask("experiment", "GET", "/experiments", params={"number": 10**6})
        return [e for e in listed if e["run_name"] == order_id]

    def resources(self, order_id: str) -> list[dict[str, Any]]:
        asked = {"resource_class": self.options()["resource_class"], "multiple": True}
        reply = self.http["resource"].post("/resource/query", json=asked)
        if reply.status_code == 404:
            return []
        return [r for r in reply.json() if r["attributes"].get("order_id") == order_id]

    def post(self, order_id: str, label: str, value: Any) -> str:
        """Write a datapoint of the order's experiment, as a workflow does; return its id."""
        now = datetime.now(UTC).replace(tzinfo=None) + self._ahead
        point = {
            "data_type": "json", "label": label, "value": value, "data_timestamp": now.isoformat(),
            "ownership_info": {"experiment_id": self.experiments(order_id)[-1]["_id"]},
        }  # fmt: skip
        written = self.ask("data", "POST", "/datapoint", data={"datapoint": json.dumps(point)})
        return f"{order_id}\t{written['_id']}"

    def _file(self, order_id: str, name: str, content: bytes) -> str:
        point = {
            "data_type": "file", "label": name, "path": name,
            "ownership_info": {"experiment_id": self.experiments(order_id)[-1]["_id"]},
        }  # fmt: skip
        form = {"datapoint": json.dumps(point)}
        written = self.ask(
            "data", "POST", "/datapoint", data=form, files={"files": (name, content)}
        )
        return str(written["_id"])

    def _value(self, order_id: str, answer: LabAnswer) -> dict[str, Any]:
        return {
            "value": answer.value, "unit": answer.unit, "replicate": answer.replicate,
            "operator": answer.operator, "instrument": answer.instrument,
            "measured_at": answer.measured_at.isoformat() if answer.measured_at else None,
            "files": [self._file(order_id, n, c) for n, c in (answer.files or {}).items()],
        }  # fmt: skip

    def report(self, order_id: str, answer: LabAnswer) -> str:
        return self.post(order_id, LABELS[answer.property], self._value(order_id, answer))

    def edit(self, result: str, answer: LabAnswer) -> None:
        order_id, point = result.split("\t")
        value = {**self._value(order_id, answer), "supersedes": point}
        self.post(order_id, LABELS[answer.property], value)

    def withdraw(self, result: str) -> None:
        order_id, point = result.split("\t")
        label = self.ask("data", "GET", f"/datapoint/{point}")["label"]
        self.post(order_id, label, {"supersedes": point, "withdrawn": True})

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        stage = "measurement" if outcome is Outcome.FAILED_MEASUREMENT else "synthesis"
        self.post(order_id, "failure", {"value": stage, "note": reason})
        path = f"/experiment/{self.experiments(order_id)[-1]['_id']}/{_ROUTES[outcome]}"
        self.ask("experiment", "POST", path)

    def set_status(self, order_id: str, word: str) -> None:
        path = f"/experiment/{self.experiments(order_id)[-1]['_id']}/{word}"
        if self.http["experiment"].post(path).status_code == 404:
            raise LabRefusedError(f"an experiment is never {word!r}")

    def samples(self, order_id: str) -> int:
        return max(len(self.resources(order_id)), len(self.experiments(order_id)))

    def place_by_hand(self, order: WorkOrder) -> None:
        experiment = self.ask("experiment", "POST", "/experiment", json=registration(order))
        made = sample(order, self.options()["resource_class"], experiment["_id"])
        name = made["resource_id"]
        if self.http["resource"].get(f"/resource/{name}").status_code != httpx.codes.NOT_FOUND:
            del made["resource_id"]
        self.ask("resource", "POST", "/resource/add", json=made)

    def delete(self, order_id: str) -> None:
        self.ask("resource", "DELETE", f"/resource/{sample_id(order_id)}")

    def skew_clock(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        selector = {"ownership_info.experiment_id": self.experiments(order_id)[-1]["_id"]}
        points = self.ask("data", "POST", "/datapoints/query", json=selector).values()
        return {
            point["label"]: self.http["data"].get(f"/datapoint/{point['_id']}/value").content
            for point in points
            if point["data_type"] == "file"
        }

    def annotation(self, order_id: str) -> str:
        found = self.ask("resource", "GET", f"/resource/{sample_id(order_id)}")
        return str(found["attributes"].get(NOTE, ""))

    def close(self) -> None:
        self._proxy.close()
        self._gateway.close()
        for line in self.http.values():
            line.close()
