"""A laboratory with an openBIS in miniature, as its chemist works in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx

from lims_adapters.openbis.adapter import OpenBisLab
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench, LabRefusedError
from tests.lims_adapters import lab_orders
from tests.lims_doubles.openbis import API, PATH, SPACE, OpenBisLabServer, OpenBisServer

TOKEN = "$pat-synthloop-260105093000000x5DB1A8B7F2"
EXPIRED = "$pat-synthloop-250105093000000x0000000000"
STATUS = {
    "REQUESTED": "open",
    "IN_PROGRESS": "open",
    "DONE": "measured",
    "SYNTHESIS_FAILED": "failed in synthesis",
    "MEASUREMENT_FAILED": "failed in measurement",
    "CANCELLED": "cancelled",
    "TO_DISCUSS": "needs follow-up",
}
SAMPLE = {
    "type": "POLYMER_FILM",
    "space": "FILMS",
    "project": "LOOP",
    "label": "NAME",
    "structure": "REPEAT_UNIT",
    "status": "STATUS",
    "requested": "REQUESTED",
    "cancelled": "CANCELLED",
    "reason": "REASON",
    "requests": "TO_MEASURE",
    "note": "REMARK",
    "annotation": "SYNTHLOOP",
    "columns": {"truth": "bath_temperature"},
}
MEASUREMENT = {
    "type": "MEASUREMENT",
    "unit": "UNIT",
    "replicate": "REPEAT",
    "operator": "MEASURED_BY",
    "instrument": "INSTRUMENT",
    "measured_at": "MEASURED_AT",
}
_FILES = "files go through a data store server with a protocol of its own"


class OpenBisBench(LabBench):
    impossible: ClassVar[Mapping[str, str]] = {
        "place_by_hand": "a code is unique in its project: there is no second sample of an order",
        "skew_clock": "no stamp of the server is read",
        "documents": _FILES,
        "attach": _FILES,
        "open_attachment": _FILES,
    }

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lab = OpenBisLabServer(TOKEN)
        self._server = OpenBisServer(self.lab)
        self._proxy = FaultProxy(self._server.url, stall_seconds=0.6)
        self._chemist = httpx.Client(base_url=self._server.url, trust_env=False)
        self._measured = 0
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

    @property
    def address(self) -> str:
        """Return where the double is, past the proxy."""
        return self._server.url

    def build(self, **changes: Any) -> OpenBisLab:
        """Return the adapter with other options."""
        options = {
            "url": self._proxy.url, "secret": {"file": str(self._folder / "good")},
            "timeout_seconds": 0.3, "requests_per_second": 1000, "sample": SAMPLE,
            "measurement": MEASUREMENT, "status": STATUS,
            "results": {"Tg": {"field": "TG"}, "density": {"field": "density"}}, **changes,
        }  # fmt: skip
        definition = lab_orders.definition({"kind": "openbis", **options})
        # The campaign asks for one property; the orders of a bench ask for more.
        definition = definition.model_copy(
            update={"properties": {"Tg": definition.properties["tg"]}}
        )
        context = LabContext(lab_orders.SLUG, definition, self._folder, lab_orders.pool(0))
        return OpenBisLab(OpenBisLab.Config.model_validate(options), context)

    def adapter(self) -> OpenBisLab:
        return self.build()

    def adapter_with_expired_token(self) -> OpenBisLab:
        return self.build(secret={"file": str(self._folder / "expired")})

    def adapter_with_wrong_mapping(self) -> OpenBisLab:
        return self.build(sample={**SAMPLE, "structure": "REPEAT_UNTI"})

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n)

    # What the chemist does

    def ask(self, method: str, *params: Any) -> Any:
        """Return what openBIS answers the chemist."""
        body = {"jsonrpc": "2.0", "id": "9", "method": method, "params": [TOKEN, *params]}
        told = self._chemist.post(API, json=body).json()
        if "error" in told:
            raise LabRefusedError(told["error"]["message"])
        return told["result"]

    @staticmethod
    def _named(order_id: str) -> dict[str, str]:
        name = f"{PATH}/{order_id.upper()}"
        return {"@type": "as.dto.sample.id.SampleIdentifier", "identifier": name}

    @staticmethod
    def _numbered(perm_id: str) -> dict[str, str]:
        return {"@type": "as.dto.sample.id.SamplePermId", "permId": perm_id}

    def read(self, order_id: str) -> dict[str, Any] | None:
        """Return the sample of an order as the chemist sees it."""
        options = {"properties": {"@type": "as.dto.property.fetchoptions.PropertyFetchOptions"}}
        return next(iter(self.ask("getSamples", [self._named(order_id)], options).values()), None)

    @staticmethod
    def _properties(answer: LabAnswer) -> dict[str, Any]:
        other = {"Tg": "DENSITY", "density": "TG"}[answer.property]
        when = answer.measured_at
        return {
            answer.property.upper(): answer.value or None, other: None, "UNIT": answer.unit or None,
            "REPEAT": str(answer.replicate), "MEASURED_BY": answer.operator or None,
            "INSTRUMENT": answer.instrument or None,
            "MEASURED_AT": when.strftime("%Y-%m-%d %H:%M:%S %z") if when else None,
        }  # fmt: skip

    def report(self, order_id: str, answer: LabAnswer) -> str:
        self._measured += 1
        body = {
            "code": f"M{self._measured}", "typeId": {"permId": "MEASUREMENT"},
            "spaceId": {"permId": SPACE}, "projectId": {"identifier": PATH},
            "parentIds": [self._named(order_id)], "properties": self._properties(answer),
        }  # fmt: skip
        (made,) = self.ask("createSamples", [body])
        return str(made["permId"])

    def edit(self, result: str, answer: LabAnswer) -> None:
        body = {"sampleId": self._numbered(result), "properties": self._properties(answer)}
        self.ask("updateSamples", [body])

    def withdraw(self, result: str) -> None:
        self.ask("deleteSamples", [self._numbered(result)], {"reason": "wrong pan"})

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        word = next(word for word, meaning in STATUS.items() if meaning == outcome.value)
        self._write(order_id, {"STATUS": word, "REASON": reason})

    def set_status(self, order_id: str, word: str) -> None:
        self._write(order_id, {"STATUS": word})

    def _write(self, order_id: str, properties: dict[str, str]) -> None:
        body = {"sampleId": self._named(order_id), "properties": properties}
        self.ask("updateSamples", [body])

    def samples(self, order_id: str) -> int:
        return int(self.read(order_id) is not None)

    def delete(self, order_id: str) -> None:
        self.ask("deleteSamples", [self._named(order_id)], {"reason": "dropped"})

    def annotation(self, order_id: str) -> str:
        held = self.read(order_id)
        assert held is not None
        return held["properties"].get("SYNTHLOOP", "")

    def close(self) -> None:
        self._proxy.close()
        self._chemist.close()
        self._server.close()
