"""A Bramble lab as the contract suite needs it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench
from tests.lims_adapters import lab_orders
from tests.lims_adapters.fictional.bramble import Bramble
from tests.lims_adapters.fictional.bramble_server import BrambleLab, BrambleServer

TOKEN = "brmbl-4f8d0c2a9e7b6135"
EXPIRED = "brmbl-0000expired0000"
FIELDS = {"Tg": "TG-DSC", "density": "DENSITY"}
STATUS = {
    "received": "open",
    "synthesis failed": "failed in synthesis",
    "measurement failed": "failed in measurement",
    "cancelled": "cancelled",
    "on hold": "needs follow-up",
}


class BrambleBench(LabBench):
    adapter_class: ClassVar[type[Bramble]] = Bramble

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lab = BrambleLab(TOKEN)
        self._server = BrambleServer(self._lab)
        self._proxy = FaultProxy(self._server.url, stall_seconds=0.6)
        for name, token in (("good", TOKEN), ("expired", EXPIRED)):
            place = folder / name
            place.touch(mode=0o600)
            place.write_text(token)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (TOKEN, EXPIRED)

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def _adapter(self, token: str, sample_type: str) -> Bramble:
        options = {
            "url": self._proxy.url, "secret": {"file": str(self._folder / token)}, "sample_type": sample_type,
            "results": {name: {"field": key} for name, key in FIELDS.items()}, "status": STATUS,
            "timeout_seconds": 0.3, "requests_per_second": 1000,
        }  # fmt: skip
        definition = lab_orders.definition({"kind": "bramble", **options})
        context = LabContext(lab_orders.SLUG, definition, self._folder, lab_orders.pool(0))
        return self.adapter_class(Bramble.Config.model_validate(options), context)

    def adapter(self) -> Bramble:
        return self._adapter("good", "polymer")

    def adapter_with_expired_token(self) -> Bramble:
        return self._adapter("expired", "polymer")

    def adapter_with_wrong_mapping(self) -> Bramble:
        return self._adapter("good", "polimer")

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n)

    @staticmethod
    def _entry(answer: LabAnswer) -> dict:
        return {
            "service": FIELDS[answer.property], "value": answer.value, "unit": answer.unit,
            "replicate": answer.replicate, "analyst": answer.operator,
            "measured_at": answer.measured_at.isoformat() if answer.measured_at else None,
        }  # fmt: skip

    def report(self, order_id: str, answer: LabAnswer) -> str:
        return self._lab.enter(order_id, self._entry(answer), dict(answer.files or {}))

    def edit(self, result: str, answer: LabAnswer) -> None:
        self._lab.change(result, **self._entry(answer))

    def withdraw(self, result: str) -> None:
        self._lab.change(result, valid=False)

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        word = next(word for word, meaning in STATUS.items() if meaning == outcome.value)
        self._lab.set(order_id, status=word, remarks=reason)

    def set_status(self, order_id: str, word: str) -> None:
        self._lab.set(order_id, status=word)

    def samples(self, order_id: str) -> int:
        return len(self._lab.of(order_id))

    def place_by_hand(self, order: WorkOrder) -> None:
        self._lab.create(
            {"client_ref": order.order_id, "project": lab_orders.SLUG, "title": "by hand"}
        )

    def delete(self, order_id: str) -> None:
        self._lab.set(order_id, deleted=True)

    def skew_clock(self, seconds: float) -> None:
        self._lab.clock_skew = seconds

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        (sample,) = self._lab.of(order_id)
        return {name: bytes.fromhex(text) for name, text in sample["documents"].items()}

    def annotation(self, order_id: str) -> str:
        return self._lab.of(order_id)[0]["comments"].get("synthloop", "")

    def close(self) -> None:
        self._proxy.close()
        self._server.close()
