"""The adapter of a third party to a small lab system that speaks HTTP."""

import json
from typing import ClassVar

from lims_adapters.transport.client import LabHttp
from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import ended
from lims_adapters.transport.secret import SecretSource
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, RemoteOrder
from loop.core.number import parse_number
from loop.core.order import Receipt
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import DataError, LabAccessError, Problem

NAMESPACE = "double:"
STATUS = {
    "requested": "open", "done": "measured", "no product": "failed in synthesis",
    "dropped": "cancelled", "ask us": "needs follow-up",
}  # fmt: skip


class DoubleConfig(HttpConfig):
    """Where it is."""

    secret: SecretSource


class DoubleLab:
    """Speaks to a small lab system."""

    Config: ClassVar[type[DoubleConfig]] = DoubleConfig

    def __init__(self, config, context):
        token = config.secret.read().get_secret_value()
        self._http = LabHttp(config, "double lab", {"Authorization": f"Bearer {token}"})
        self._decimal = context.definition.decimal

    def close(self):
        self._http.close()

    def capabilities(self):
        return Capabilities(cursor=True, snapshots=True)

    def account(self):
        found = self._http.get("whoami").json()
        return f"{found['name']}, may {' and '.join(found['may'])}"

    def check(self):
        try:
            self._http.get("whoami")
        except LabAccessError as error:
            return [Problem("[lims]", "lims.secret", "refused", error.message)]
        return []

    def preview(self, order):
        return json.dumps(_request(order), indent=1)

    def _samples(self, order_id):
        found = self._http.get("samples", {"external_id": order_id}).json()
        return sorted((s for s in found if s["external_id"] == order_id), key=lambda s: s["id"])

    def find(self, order_id):
        found = self._samples(order_id)
        return _receipt(found[0]) if found else None

    def submit(self, order):
        made = self._http.post("samples", json=_request(order)).json()
        return Receipt(order_id=order.order_id, external_id=f"S{made['id']}")

    def poll(self, cursor, orders):
        ours, since = {o.order_id for o in orders}, int(cursor or 0)
        found = self._oldest()
        news = [s for s in found if s["change"] > since and s["external_id"] in ours]
        newest = max([since, *(s["change"] for s in found)])
        return Poll(batches=tuple(self._batch(s) for s in news), cursor=str(newest))

    def _oldest(self):
        """Return the first sample of every order, with the names of further ones."""
        first = {}
        for sample in self._http.get("samples", {"after": "0"}).json():
            known = first.setdefault(sample["external_id"], sample | {"more": []})
            if known["id"] != sample["id"]:
                known["more"].append(f"S{sample['id']}")
        return list(first.values())

    def _batch(self, sample):
        results, problems = self._read(sample)
        return ResultBatch(
            token=f"S{sample['id']}",
            source=f"double lab, S{sample['id']}",
            content_digest=digest(json.dumps(sample, sort_keys=True)),
            results=results,
            problems=problems,
            snapshot_of=(sample["external_id"],),
            namespace=NAMESPACE,
        )

    def _read(self, sample):
        order_id, results, problems = sample["external_id"], [], []
        outcome, note = ended(sample["status"], STATUS)
        if outcome is not None:
            results.append(
                LabResult(
                    order_id=order_id,
                    result_id=f"{NAMESPACE}S{sample['id']}",
                    outcome=outcome,
                    note=sample["note"] or note,
                )
            )
        for value in sample["values"]:
            place = f"S{sample['id']}, value {value['id']}"
            try:
                number = parse_number(value["value"], self._decimal)
            except DataError as error:
                problems.append(Problem("double lab", place, value["value"], str(error)))
                continue
            files = [
                ResultAttachment(name=f"C:\\data\\{f}", reference=f) for f in [value["file"]] if f
            ]
            results.append(
                LabResult(
                    order_id=order_id,
                    result_id=f"{NAMESPACE}{value['id']}",
                    property=value["property"],
                    value=number.value,
                    qualifier=number.qualifier,
                    unit=value["unit"],
                    raw=f"{value['value']} {value['unit']}",
                    place=place,
                    attachments=tuple(files),
                )
            )
        return tuple(results), tuple(problems)

    def settle(self, batch, problems):
        return

    def cancel(self, order, reason):
        return False

    def inventory(self, orders):
        for sample in self._oldest():
            results, _ = self._read(sample)
            yield RemoteOrder(
                order_id=sample["external_id"],
                external_id=f"S{sample['id']}",
                state=sample["status"],
                duplicates=tuple(sample["more"]),
                results=results,
            )

    def attach(self, order, name, media_type, content):
        number = self._samples(order.order_id)[0]["id"]
        self._http.request("PUT", f"samples/{number}/documents/{name}", content=content)

    def annotate(self, order, text):
        number = self._samples(order.order_id)[0]["id"]
        self._http.request("PUT", f"samples/{number}/annotation", content=text.encode())

    def open_attachment(self, attachment):
        return self._http.get(f"files/{attachment.reference}").content


def _request(order):
    wanted = [r.model_dump(mode="json") for r in order.requests]
    return {"external_id": order.order_id, "name": order.candidate.label, "wanted": wanted}


def _receipt(sample):
    return Receipt(order_id=sample["external_id"], external_id=f"S{sample['id']}")
