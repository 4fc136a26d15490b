"""A laboratory with SENAITE, as its people work in it: they enter, submit, retract and reject."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from lims_adapters.senaite.adapter import SenaiteLab
from lims_adapters.senaite.order_form import newest_of_ours
from loop.core.definition import CampaignDefinition
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench, LabRefusedError
from tests.lims_adapters import lab_orders
from tests.lims_doubles.senaite import SenaiteServer
from tests.lims_doubles.senaite_site import Object, SenaiteSite, TransitionError

USER, PASSWORD, EXPIRED = "synthloop", "snt-5b1e77d2c4", "snt-0000expired00"
SERVICES = {
    "TgDSC": ("Glass transition 1", "K"),
    "TgDSC2": ("Glass transition 2", "K"),
    "Density": ("Density", "g/cm**3"),
    "TgDMA": ("Glass transition by DMA", "degC"),
}
KEYWORDS = {"Tg": ("TgDSC", "TgDSC2"), "density": ("Density",)}
UNITS = {"Tg": "K", "density": "g/cm**3"}
REASONS = {
    Outcome.FAILED_SYNTHESIS: "Synthesis failed",
    Outcome.FAILED_MEASUREMENT: "Measurement failed",
    Outcome.NEEDS_FOLLOW_UP: "",
}


def small_site() -> SenaiteSite:
    """Return a site with a client, a contact, two sample types and services."""
    site = SenaiteSite({USER: (PASSWORD, ["LabClerk", "Authenticated"])})
    client = site.add("Client", "portal", "client-", title="Polymer group", ClientID="POLY")
    site.add("Contact", client["uid"], "contact-", title="Rita Mohale")
    for title in ("Polymer", "Film"):
        site.add("SampleType", "setup", "sampletype-", title=title)
    for keyword, (title, unit) in SERVICES.items():
        more = {"title": title, "Keyword": keyword, "Unit": unit, "ResultOptions": [],
                "AllowManualDetectionLimit": keyword != "TgDMA"}  # fmt: skip
        site.add("AnalysisService", "setup", "analysisservice-", **more)
    return site


class SenaiteBench(LabBench):
    """Results count when they are submitted: until they are verified people may retract them."""

    accept: ClassVar[str] = "to_be_verified"
    impossible: ClassVar[Mapping[str, str]] = {
        "unit": "a unit is the service's: nobody types one",
        "delete": "SENAITE deletes no sample, it cancels",
    }

    def __init__(self, folder: Path) -> None:
        self._folder, self.site = folder, small_site()
        self._server = SenaiteServer(self.site)
        self._proxy = FaultProxy(self._server.url, stall_seconds=0.6)
        for name, password in (("good", PASSWORD), ("expired", EXPIRED)):
            place = folder / name
            place.touch(mode=0o600)
            place.write_text(password)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (PASSWORD, EXPIRED)

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def options(self) -> dict[str, Any]:
        """Return [lims] of the campaign."""
        return {
            "url": f"{self._proxy.url}/senaite", "user": USER, "client": "POLY",
            "secret": {"file": str(self._folder / "good")}, "contact": "Rita Mohale",
            "sample_type": "Polymer", "accept": self.accept,
            "rejections": {"Synthesis failed": "failed in synthesis",
                           "Measurement failed": "failed in measurement"},
            "results": {"Tg": {"field": "TgDSC", "repeats": ["TgDSC2"]},
                        "density": {"field": "Density"}},
            "timeout_seconds": 0.3, "requests_per_second": 1000,
        }  # fmt: skip

    def build(self, options: Mapping[str, Any]) -> SenaiteLab:
        """Return the adapter with these options."""
        written = lab_orders.definition({"kind": "senaite", **options}).model_dump(by_alias=True)
        written |= {
            "properties": {"density": {"unit": "g/cm**3"}},
            "objective": {"kind": "maximize", "property": "density"},
        }
        definition = CampaignDefinition.model_validate(written)
        context = LabContext(lab_orders.SLUG, definition, self._folder, lab_orders.pool(0))
        return SenaiteLab(SenaiteLab.Config.model_validate(options), context)

    def adapter(self) -> SenaiteLab:
        return self.build(self.options())

    def adapter_with_expired_token(self) -> SenaiteLab:
        return self.build({**self.options(), "secret": {"file": str(self._folder / "expired")}})

    def adapter_with_wrong_mapping(self) -> SenaiteLab:
        return self.build({**self.options(), "sample_type": "Polimer"})

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n)

    def sample(self, order_id: str) -> Object:
        """Return the oldest sample of an order."""
        return self.site.samples(order_id)[0]

    def receive(self, order_id: str) -> Object:
        """Let the sample of an order be received, if it is not; return it."""
        sample = self.sample(order_id)
        if sample["review_state"] == "sample_due":
            self.site.move(sample, "receive")
        return sample

    def analysis(self, sample: str, keyword: str) -> Object:
        """Return the newest analysis of a service in a sample."""
        return [a for a in self.site.analyses(sample) if a["Keyword"] == keyword][-1]

    def report(self, order_id: str, answer: LabAnswer) -> str:
        if answer.unit != UNITS[answer.property]:
            raise NotImplementedError(self.impossible["unit"])
        with self.site.lock:
            sample = self.receive(order_id)
            keyword = KEYWORDS[answer.property][answer.replicate - 1]
            self._enter(self.analysis(sample["uid"], keyword), answer)
        return f"{sample['uid']}/{keyword}"

    def _enter(self, analysis: Object, answer: LabAnswer) -> None:
        files = [
            self.site.add("Attachment", "client", "attachment-", filename=name,
                          mimetype="text/csv", AttachmentFile=_coded(content))["uid"]
            for name, content in (answer.files or {}).items()
        ]  # fmt: skip
        record = {"Result": answer.value, "Analyst": answer.operator, "Attachment": files}
        self.site.write(analysis, record, "analyst")
        try:
            self.site.move(analysis, "submit")
        except TransitionError as error:
            raise LabRefusedError("nothing is submitted without a result") from error

    def edit(self, result: str, answer: LabAnswer) -> None:
        with self.site.lock:
            self.withdraw(result)
            self._enter(self.analysis(*result.split("/")), answer)

    def withdraw(self, result: str) -> None:
        with self.site.lock:
            self.site.move(self.analysis(*result.split("/")), "retract")

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        with self.site.lock:
            sample = self.sample(order_id)
            if outcome is Outcome.CANCELLED:
                self.site.move(sample, "cancel")
                return
            selected = [REASONS[outcome]] if REASONS[outcome] else []
            sample["RejectionReasons"] = [{"selected": selected, "other": reason}]
            self.site.move(sample, "reject")

    def set_status(self, order_id: str, word: str) -> None:
        self.sample(order_id)["review_state"] = word

    def samples(self, order_id: str) -> int:
        return len(self.site.samples(order_id))

    def place_by_hand(self, order: WorkOrder) -> None:
        with self.site.lock:
            named = self.site.named
            services = [named("AnalysisService", "Keyword", k)["uid"] for k in list(SERVICES)[:3]]
            record = {
                "parent_uid": named("Client", "ClientID", "POLY")["uid"],
                "Contact": named("Contact", "title", "Rita Mohale")["uid"],
                "SampleType": named("SampleType", "title", "Polymer")["uid"],
                "ClientSampleID": order.order_id,
                "ClientReference": order.campaign,
            }
            self.site.create_sample(
                {**record, "Analyses": services, "DateSampled": self.site.now()}
            )

    def skew_clock(self, seconds: float) -> None:
        self.site.clock_skew = seconds

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        files = [self.site.objects[uid] for uid in self.sample(order_id)["Attachment"]]
        return {file["filename"]: _plain(file["AttachmentFile"]) for file in files}

    def annotation(self, order_id: str) -> str:
        """Return our newest remark: SENAITE keeps the history of remarks, the newest on top."""
        return newest_of_ours(self.sample(order_id))

    def close(self) -> None:
        self._proxy.close()
        self._server.close()


class VerifiedBench(SenaiteBench):
    """Results count when they are verified; then nobody can change a single one any more."""

    accept = "verified"
    impossible: ClassVar[Mapping[str, str]] = {
        **SenaiteBench.impossible,
        "edit": "a verified analysis has no way back",
        "withdraw": "a verified analysis has no way back",
    }

    def report(self, order_id: str, answer: LabAnswer) -> str:
        with self.site.lock:
            name = super().report(order_id, answer)
            self.site.move(self.analysis(*name.split("/")), "verify")
        return name

    def edit(self, result: str, answer: LabAnswer) -> None:
        raise NotImplementedError(self.impossible["edit"])

    def withdraw(self, result: str) -> None:
        raise NotImplementedError(self.impossible["withdraw"])


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _plain(coded: str) -> bytes:
    return base64.b64decode(coded)
