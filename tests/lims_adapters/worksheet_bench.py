"""A lab that fills in worksheets, in a folder on this machine or on a WebDAV server."""

import csv
import io
import os
from typing import ClassVar

from lims_adapters.worksheet.adapter import WorksheetFolder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabBench
from tests.lims_adapters.film_orders import context, orders

_FOLDER = "a folder has one file per order by its name"


class WorksheetBench(LabBench):
    impossible: ClassVar[dict] = {
        "proxy": "a folder on this machine is not spoken to over HTTP",
        "adapter_with_expired_token": "a folder on this machine has no token",
        "adapter_with_wrong_mapping": "worksheets name the properties as the campaign does",
        "place_by_hand": _FOLDER,
        "skew_clock": "times are those of the folder's own machine",
        "inventory": "a folder does not tell what became of a sheet in the lab",
        "files": "a worksheet holds no files",
        "set_status": "a worksheet with an unknown word is refused as a whole",
    }

    def __init__(self, folder):
        self.folder, self.shared = folder, folder
        self.number = 0

    def options(self):
        return {"settle_seconds": 0}

    def adapter(self, **changes):
        config = WorksheetFolder.Config.model_validate({**self.options(), **changes})
        return WorksheetFolder(config, context(self.folder, "worksheet"))

    def orders(self, n):
        return orders(n)

    def hand_in(self, name, content):
        path = self.shared / "results" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1, 1))

    def _row(self, **cells):
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(cells))
        writer.writeheader()
        writer.writerow(cells)
        self.number += 1
        self.hand_in(f"sheet-{self.number:03d}.csv", buffer.getvalue().encode())

    def report(self, order_id, answer):
        if answer.files:
            raise NotImplementedError
        self._row(
            order_id=order_id, property=answer.property, value=answer.value, unit=answer.unit,
            replicate=answer.replicate, operator=answer.operator, instrument=answer.instrument,
            measured_at=answer.measured_at.isoformat() if answer.measured_at else "",
        )  # fmt: skip
        return f"{order_id}/{answer.property}/{answer.replicate}"

    def edit(self, result, answer):
        self.report(result.split("/")[0], answer)

    def withdraw(self, result):
        order_id, _, replicate = result.split("/")
        self._row(order_id=order_id, value="", property="", replicate=replicate,
                  status="withdrawn", note="wrong vial")  # fmt: skip

    def end(self, order_id, outcome, reason):
        self._row(
            order_id=order_id, property="", value="", status=Outcome(outcome).value, note=reason
        )

    def samples(self, order_id):
        return len(list((self.shared / "orders").glob(f"{order_id}.csv")))

    def delete(self, order_id):
        (self.shared / "orders" / f"{order_id}.csv").unlink()

    def documents(self, order_id):
        home = self.shared / "orders" / order_id
        return {p.name: p.read_bytes() for p in home.iterdir()} if home.exists() else {}

    def annotation(self, order_id):
        path = self.shared / "orders" / f"{order_id}.prediction.txt"
        return path.read_text("utf-8") if path.exists() else ""


class WebdavBench(WorksheetBench):
    """The same folder behind a WebDAV server and a bad line; the secret is in LAB_FOLDER."""

    impossible: ClassVar[dict] = {
        key: reason
        for key, reason in WorksheetBench.impossible.items()
        if key not in {"proxy", "adapter_with_expired_token"}
    }
    # Every order lists the folder over HTTP; a thousand take minutes, and lists have no pages.
    many = 100

    def __init__(self, folder, shared, address):
        super().__init__(folder)
        self.shared = shared / "team"
        self._proxy = FaultProxy(address, stall_seconds=1.5)

    def options(self):
        address = self._proxy.url.replace("http", "webdav+http", 1)
        return {
            "settle_seconds": 0, "folder": f"{address}/team", "user": "lab", "timeout_seconds": 1.0,
            "secret": {"env": "LAB_FOLDER"},
        }  # fmt: skip

    @property
    def secrets(self):
        return ("geheim",)

    @property
    def proxy(self):
        return self._proxy

    def adapter_with_expired_token(self):
        return self.adapter(user="former")

    def close(self):
        self._proxy.close()
