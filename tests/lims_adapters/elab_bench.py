"""A laboratory with eLabFTW, as its chemist works in it: fields are filled in in the browser."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from lims_adapters.elabftw.adapter import ElabLab
from lims_adapters.elabftw.client import OURS
from lims_adapters.elabftw.config import ORDER_FIELD
from loop.core.definition import CampaignDefinition
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench
from tests.lims_adapters import lab_orders
from tests.lims_doubles.elabftw import CHEMIST, DELETED, NORMAL, ElabServer, ElabSite

KEY, EXPIRED = "7-f3b1d6c09a4e8275", "7-0000expired0000"
FIELDS = {"Tg": ("Tg", "Tg (2)"), "density": ("Density",)}
STATUS = {
    "To do": "open",
    "Running": "open",
    "Success": "measured",
    "Synthesis failed": "failed in synthesis",
    "Measurement failed": "failed in measurement",
    "Cancelled": "cancelled",
    "Need to be redone": "needs follow-up",
}


class ElabBench(LabBench):
    """A team with an eLabFTW of its own."""

    impossible: ClassVar[Mapping[str, str]] = {}

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        titles = dict(enumerate([*STATUS, "in quarantine"], start=1))
        self.site = ElabSite(KEY, statuses=titles, categories={4: "Polymer", 5: "Film"})
        self._server = ElabServer(self.site)
        self._proxy = FaultProxy(self._server.url, stall_seconds=0.6)
        for name, key in (("good", KEY), ("expired", EXPIRED)):
            place = folder / name
            place.touch(mode=0o600)
            place.write_text(key)

    @property
    def url(self) -> str:
        """Address of the server itself, past the proxy."""
        return self._server.url

    @property
    def secrets(self) -> tuple[str, ...]:
        return (KEY, EXPIRED)

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def options(self) -> dict[str, Any]:
        """Return [lims] of the campaign."""
        return {
            "url": self._proxy.url, "secret": {"file": str(self._folder / "good")},
            "category": "Polymer", "requested": "To do", "cancelled": "Cancelled",
            "reason": "Reason", "status": STATUS,
            "results": {"Tg": {"field": "Tg", "repeats": ["Tg (2)"]},
                        "density": {"field": "Density"}},
            "timeout_seconds": 0.3, "requests_per_second": 1000,
        }  # fmt: skip

    def build(self, options: Mapping[str, Any]) -> ElabLab:
        """Return the adapter with these options."""
        written = lab_orders.definition({"kind": "elabftw", **options}).model_dump(by_alias=True)
        written |= {
            "properties": {"density": {"unit": "g/cm**3"}},
            "objective": {"kind": "maximize", "property": "density"},
        }
        definition = CampaignDefinition.model_validate(written)
        context = LabContext(lab_orders.SLUG, definition, self._folder, lab_orders.pool(0))
        return ElabLab(ElabLab.Config.model_validate(options), context)

    def adapter(self) -> ElabLab:
        return self.build(self.options())

    def adapter_with_expired_token(self) -> ElabLab:
        return self.build({**self.options(), "secret": {"file": str(self._folder / "expired")}})

    def adapter_with_wrong_mapping(self) -> ElabLab:
        return self.build({**self.options(), "category": "Polimer"})

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n)

    def numbers(self, order_id: str) -> list[int]:
        """Return the experiments of an order that are not deleted, oldest first."""
        return [
            number
            for number, entry in self.site.experiments.items()
            if entry["state"] != DELETED
            and self.site.fields(number).get(ORDER_FIELD, {}).get("value") == order_id
        ]

    def report(self, order_id: str, answer: LabAnswer) -> str:
        with self.site.lock:
            number = self.numbers(order_id)[0]
            result = f"{number}/{FIELDS[answer.property][answer.replicate - 1]}"
            self.edit(result, answer)
            for name, content in (answer.files or {}).items():
                self.site.add_upload(number, name, None, content)
        return result

    def edit(self, result: str, answer: LabAnswer) -> None:
        number, _, name = result.partition("/")
        with self.site.lock:
            self.site.set_field(int(number), name, value=answer.value, unit=answer.unit)

    def withdraw(self, result: str) -> None:
        number, _, name = result.partition("/")
        with self.site.lock:
            self.site.set_field(int(number), name, value="")

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        with self.site.lock:
            self.site.set_field(self.numbers(order_id)[0], "Reason", value=reason)
            word = next(word for word, meaning in STATUS.items() if meaning == outcome.value)
            self.set_status(order_id, word)

    def set_status(self, order_id: str, word: str) -> None:
        with self.site.lock:
            number = next(n for n, title in self.site.statuses.items() if title == word)
            self.site.experiments[self.numbers(order_id)[0]]["status"] = number

    def samples(self, order_id: str) -> int:
        return len(self.numbers(order_id))

    def place_by_hand(self, order: WorkOrder) -> None:
        empty = {"type": "number", "value": "", "unit": "K"}
        fields = {name: dict(empty) for names in FIELDS.values() for name in names}
        fields[ORDER_FIELD] = {"type": "text", "value": order.order_id}
        with self.site.lock:
            self.site.create({"title": "by hand", "metadata": {"extra_fields": fields}}, CHEMIST)

    def delete(self, order_id: str) -> None:
        with self.site.lock:
            for number in self.numbers(order_id):
                self.site.experiments[number]["state"] = DELETED

    def skew_clock(self, seconds: float) -> None:
        self.site.clock_skew = seconds

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        number = self.numbers(order_id)[0]
        return {
            upload["real_name"]: upload["content"]
            for upload in self.site.uploads.values()
            if (upload["item_id"], upload["state"], upload["comment"]) == (number, NORMAL, OURS)
        }

    def annotation(self, order_id: str) -> str:
        return str(self.site.fields(self.numbers(order_id)[0])["Prediction"]["value"])

    def close(self) -> None:
        self._proxy.close()
        self._server.close()
