"""A laboratory with a real datalab, as its chemist works in it."""

import csv
import html
import io
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx

from lims_adapters.datalab.adapter import Datalab
from lims_adapters.datalab.names import block_id, item_id
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench, LabRefusedError
from tests.lims_adapters.lab_orders import definition, orders, pool
from tests.lims_servers.server import Access

LABELS = {"Tg": "glass transition", "density": "density"}
HEADINGS = (
    "property",
    "value",
    "unit",
    "replicate",
    "operator",
    "instrument",
    "measured at",
    "file",
    "note",
)
_WORDS = {
    Outcome.FAILED_SYNTHESIS: ("failed", "synthesis"),
    Outcome.FAILED_MEASUREMENT: ("failed", "measurement"),
    Outcome.CANCELLED: ("disposed", ""),
    Outcome.NEEDS_FOLLOW_UP: ("other", ""),
}


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADINGS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_html(rows: Sequence[Mapping[str, str]]) -> str:
    lines = [HEADINGS, *(tuple(row.get(name, "") for name in HEADINGS) for row in rows)]
    cells = ("".join(f"<td><p>{html.escape(cell)}</p></td>" for cell in line) for line in lines)
    return "<p>as measured</p><table>" + "".join(f"<tr>{c}</tr>" for c in cells) + "</table>"


class Chemist:
    """Works in datalab by the calls that its web pages make."""

    def __init__(self, access: Access) -> None:
        self.http = httpx.Client(
            base_url=access.url, headers={"DATALAB-API-KEY": access.facts["chemist"]}, timeout=60
        )
        self.bot = self._ask("GET", "/get-current-user/", headers={"DATALAB-API-KEY": access.token})

    def _ask(self, method: str, path: str, **kwargs: Any) -> Any:
        reply = self.http.request(method, path, **kwargs)
        if reply.status_code == 400:
            raise LabRefusedError(reply.text)
        reply.raise_for_status()
        return reply.json()

    def item(self, name: str) -> dict[str, Any]:
        return self._ask("GET", f"/get-item-data/{name}")["item_data"]

    def samples(self) -> list[dict[str, Any]]:
        return self._ask("GET", "/samples/")["samples"]

    def file(self, file: Mapping[str, Any]) -> bytes:
        return self.http.get(f"/files/{file['immutable_id']}/{file['name']}").content

    def upload(self, name: str, file: str, content: bytes, replaces: str = "null") -> None:
        form = {"item_id": name, "replace_file": replaces}
        self._ask("POST", "/upload-file/", files={"files[]": (file, content)}, data=form)

    def save(self, name: str, changed: Mapping[str, Any]) -> None:
        self._ask("POST", "/save-item/", json={"item_id": name, "data": changed})

    def create(self, sample: Mapping[str, Any]) -> None:
        shared = {**sample, "creators": [{"immutable_id": self.bot["immutable_id"]}]}
        self._ask("POST", "/new-sample/", json={"new_sample_data": shared})

    def delete(self, name: str) -> None:
        self._ask("POST", "/delete-sample/", json={"item_id": name})

    def comment(self, name: str, title: str, text: str) -> None:
        """Write the comment block of a title, made when it is first written."""
        blocks = self.item(name)["blocks_obj"]
        block = next((b for b in blocks.values() if b["title"] == title), None)
        if block is None:
            asked = {"block_type": "comment", "item_id": name, "index": None}
            block = self._ask("POST", "/add-data-block/", json=asked)["new_block_obj"]
        written = {**block, "title": title, "freeform_comment": text, "item_id": name}
        asked = {"block_data": written, "block_type": "comment", "save_to_db": True}
        self._ask("POST", "/update-block/", json=asked)


class DatalabBench(LabBench):
    """A campaign of its own in a datalab that others share; results come as attached files."""

    impossible: ClassVar[Mapping[str, str]] = {
        "skew_clock": "the server reads the clock of this machine",
    }

    def __init__(self, folder: Path, access: Access) -> None:
        self.slug = f"films{uuid.uuid4().hex[:8]}"
        self._folder, self._access = folder, access
        self._proxy = FaultProxy(access.url, stall_seconds=3)
        self.chemist = Chemist(access)
        os.environ["DATALAB_TEST_KEY"] = access.token
        os.environ["DATALAB_OLD_KEY"] = "f0" * 16

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._access.token, os.environ["DATALAB_OLD_KEY"]

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def options(self) -> dict[str, Any]:
        """Return [lims] without its kind."""
        return {
            "url": self._proxy.url, "secret": {"env": "DATALAB_TEST_KEY"}, "people": ["chemist"],
            "results": {name: {"field": label} for name, label in LABELS.items()},
            "timeout_seconds": 2.0, "requests_per_second": 1000,
        }  # fmt: skip

    def built(self, **changed: Any) -> Datalab:
        options = {**self.options(), **changed}
        campaign = definition({"kind": "datalab", **options}, self.slug, "density")
        context = LabContext(self.slug, campaign, self._folder, pool(0))
        return Datalab(Datalab.Config.model_validate(options), context)

    def adapter(self) -> Datalab:
        return self.built()

    def adapter_with_expired_token(self) -> Datalab:
        return self.built(secret={"env": "DATALAB_OLD_KEY"})

    def adapter_with_wrong_mapping(self) -> Datalab:
        status = {"planned": "open", "active": "open", "compleded": "measured"}
        return self.built(status=status)

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return orders(n, self.slug)

    def rows(self, order_id: str) -> list[dict[str, str]]:
        """Return the rows of the sample's results table."""
        file = self._table(order_id)
        if file is None:
            return []
        return list(csv.DictReader(io.StringIO(self.chemist.file(file).decode())))

    def _table(self, order_id: str) -> dict[str, Any] | None:
        files = self.chemist.item(item_id(order_id)).get("files") or ()
        return next((f for f in files if f["original_name"] == "results.csv"), None)

    def write(self, order_id: str, rows: Sequence[Mapping[str, str]]) -> None:
        """Upload the results table anew."""
        file = self._table(order_id)
        replaces = "null" if file is None else file["immutable_id"]
        self.chemist.upload(item_id(order_id), "results.csv", as_csv(rows), replaces)

    def report(self, order_id: str, answer: LabAnswer) -> str:
        for name, content in (answer.files or {}).items():
            self.chemist.upload(item_id(order_id), name, content)
        row = self._row(answer)
        self.write(order_id, [*self.rows(order_id), row])
        return f"{order_id}\t{row['property']}\t{row['replicate']}"

    @staticmethod
    def _row(answer: LabAnswer) -> dict[str, str]:
        return {
            "property": LABELS[answer.property], "value": answer.value, "unit": answer.unit,
            "replicate": str(answer.replicate), "operator": answer.operator,
            "instrument": answer.instrument, "file": "; ".join(answer.files or ()),
            "measured at": answer.measured_at.isoformat() if answer.measured_at else "",
            "note": "",
        }  # fmt: skip

    def edit(self, result: str, answer: LabAnswer) -> None:
        order_id, *where = result.split("\t")
        changed = self._row(answer)
        self.write(
            order_id,
            [
                changed if [row["property"], row["replicate"]] == where else row
                for row in self.rows(order_id)
            ],
        )

    def withdraw(self, result: str) -> None:
        order_id, *where = result.split("\t")
        rows = self.rows(order_id)
        self.write(order_id, [r for r in rows if [r["property"], r["replicate"]] != where])

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        word, stage = _WORDS[outcome]
        failure = {"property": "failure", "value": stage, "note": reason}
        self.write(order_id, [*self.rows(order_id), failure])
        self.set_status(order_id, word)

    def set_status(self, order_id: str, word: str) -> None:
        self.chemist.save(item_id(order_id), {"status": word})

    def samples(self, order_id: str) -> int:
        return sum(
            item_id(order_id) in {entry["item_id"], entry["item_id"].removesuffix("-copy")}
            for entry in self.chemist.samples()
        )

    def place_by_hand(self, order: WorkOrder) -> None:
        name = item_id(order.order_id)
        taken = any(entry["item_id"] == name for entry in self.chemist.samples())
        self.chemist.create(
            {
                "item_id": f"{name}-copy" if taken else name,
                "type": "samples",
                "name": f"by hand [{order.order_id}]",
            }
        )

    def delete(self, order_id: str) -> None:
        self.chemist.delete(item_id(order_id))

    def skew_clock(self, seconds: float) -> None:
        raise NotImplementedError(self.impossible["skew_clock"])

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        return {
            file["original_name"]: self.chemist.file(file)
            for file in self.chemist.item(item_id(order_id)).get("files") or ()
            if self.chemist.bot["immutable_id"] in file["creator_ids"]
        }

    def annotation(self, order_id: str) -> str:
        block = self.chemist.item(item_id(order_id))["blocks_obj"][block_id(order_id)]
        return html.unescape(block["freeform_comment"] or "")

    def close(self) -> None:
        # datalab lists all samples at once: those of a lab that is over would slow down the next.
        for entry in self.chemist.samples():
            if str(entry["item_id"]).startswith(f"{self.slug}-"):
                self.chemist.delete(entry["item_id"])
        self.chemist.http.close()
        self._proxy.close()
