"""The way to Bramble, a LIMS that does not exist: what an adapter to a REST system looks like."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from lims_adapters.transport.client import LabHttp
from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.feed import FeedCursor, gone, snapshot
from lims_adapters.transport.mapping import Meaning, ResultField, ended, read_number, unknown_name
from lims_adapters.transport.secret import SecretSource
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, Problem


class BrambleConfig(HttpConfig):
    """Options of `[lims] kind = "bramble"`."""

    secret: SecretSource
    sample_type: str
    results: Mapping[str, ResultField]
    status: Mapping[str, Meaning]


class Bramble:
    """One order is one sample; its `client_ref`, which Bramble can search, is the order id."""

    Config: ClassVar[type[BrambleConfig]] = BrambleConfig

    def __init__(self, config: BrambleConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        token = config.secret.read().get_secret_value()
        self._http = LabHttp(config, "Bramble", {"Authorization": f"Bearer {token}"})

    def capabilities(self) -> Capabilities:
        return Capabilities(cancel=True, cursor=True, snapshots=True)

    def check(self) -> list[Problem]:
        me = self._http.get_json("/api/me")
        missing = {"read", "write"} - set(me["rights"])
        problems = [Problem("Bramble", "rights", me["user"], f"one who may {r}") for r in missing]
        asked = self._config.results.items()
        names = [(f"lims.results.{name}.field", "services", m.field) for name, m in asked]
        names.append(("lims.sample_type", "types", self._config.sample_type))
        for place, kind, name in names:
            known = [item["key"] for item in self._http.pages(f"/api/{kind}")]
            if name not in known:
                problems.append(unknown_name(place, name, known, f"one of Bramble's {kind}"))
        return problems

    def find(self, order_id: str) -> Receipt | None:
        samples = self._samples(order_id)
        return self._receipt(samples[0]) if samples else None

    def submit(self, order: WorkOrder) -> Receipt:
        return self._receipt(self._http.post("/api/samples", json=self._body(order)).json())

    def preview(self, order: WorkOrder) -> str:
        return json.dumps(self._body(order), indent=2, ensure_ascii=False)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        last, known = FeedCursor.read(cursor), {order.order_id for order in orders}
        changes = self._by_order(changed_after=last.newest)
        newest = max((s["changed"] for group in changes.values() for s in group), default=0)
        news = last.news(changes, known)
        held = self._by_order() if news else {}
        batches = tuple(self._batch(order_id, held.get(order_id, [])) for order_id in news)
        return Poll(batches=batches, cursor=last.advanced(newest, changes, known).text())

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        if not self._samples(order.order_id):
            return False
        path, body = self._path(order, "cancel"), {"reason": reason}
        return self._http.post(path, json=body, allow={409}, repeatable=True).status != 409

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        path, headers = self._path(order, "documents", name), {"Content-Type": media_type}
        self._http.request("PUT", path, content=content, headers=headers, repeatable=True)

    def annotate(self, order: WorkOrder, text: str) -> None:
        path = self._path(order, "comments", "synthloop")
        self._http.request("PUT", path, json={"text": text}, repeatable=True)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        return self._http.get(f"/api/files/{quote(attachment.reference, safe='')}").content

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        for first, *rest in self._by_order().values():
            more = {"state": first["status"], "duplicates": tuple(f"S{s['number']}" for s in rest)}
            results = tuple(self._results(first, []))
            yield RemoteOrder(**self._receipt(first).model_dump(), **more, results=results)

    def _body(self, order: WorkOrder) -> dict[str, Any]:
        title = f"{order.candidate.label}: {order.candidate.structure}"
        wanted = [self._config.results[r.property].field for r in order.requests]
        place = {"project": self._context.slug, "type": self._config.sample_type}
        asked = {"title": title, "services": wanted, "remarks": order.note}
        return {"client_ref": order.order_id, **place, **asked}

    def _by_order(self, **params: Any) -> dict[str, list[dict[str, Any]]]:
        samples: dict[str, list[dict[str, Any]]] = {}
        listed = self._http.pages("/api/samples", {"project": self._context.slug, **params})
        for sample in sorted(listed, key=lambda s: int(s["number"])):
            samples.setdefault(sample["client_ref"], []).append(sample)
        return samples

    def _samples(self, order_id: str) -> list[dict[str, Any]]:
        """Return the samples of an order, oldest first; Bramble's filter takes any beginning."""
        return self._by_order(client_ref=order_id).get(order_id, [])

    def _path(self, order: WorkOrder, *parts: str) -> str:
        if not (samples := self._samples(order.order_id)):
            raise AdapterError(f"Bramble has no sample of {order.order_id}")
        below = "/".join(quote(part, safe="") for part in parts)
        return f"/api/samples/{samples[0]['number']}/{below}"

    def _receipt(self, sample: dict[str, Any]) -> Receipt:
        name, url = f"S{sample['number']}", f"{self._config.url}/samples/{sample['number']}"
        return Receipt(order_id=sample["client_ref"], external_id=name, url=url)

    def _batch(self, order_id: str, samples: list[dict[str, Any]]) -> ResultBatch:
        if not samples:
            return gone("Bramble", "bramble:", order_id)
        results = list(self._results(samples[0], problems := list[Problem]()))
        return snapshot("Bramble", "bramble:", order_id, results, problems)

    def _results(self, sample: dict[str, Any], problems: list[Problem]) -> Iterator[LabResult]:
        properties = {mapped.field: name for name, mapped in self._config.results.items()}
        decimal = self._context.definition.decimal
        outcome, note = ended(sample["status"], self._config.status)
        order, number = {"order_id": sample["client_ref"]}, sample["number"]
        if outcome:
            yield LabResult(**order, result_id=f"bramble:S{number}", outcome=outcome, note=note)
        for e in (r for r in sample["results"] if r["valid"] and r["service"] in properties):
            place = f"sample S{number}, {e['service']}"
            if read := read_number("Bramble", place, e["value"], decimal, problems):
                name, files = properties[e["service"]], [ResultAttachment(**f) for f in e["files"]]
                yield LabResult(
                    **order, place=place, result_id=f"bramble:{e['id']}", property=name,
                    value=read.value, qualifier=read.qualifier, sd=read.sd, raw=e["value"],
                    unit=e["unit"] or self._config.results[name].unit, replicate=e["replicate"],
                    operator=e["analyst"], measured_at=e["measured_at"], attachments=tuple(files),
                )  # fmt: skip
