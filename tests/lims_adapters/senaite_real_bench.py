"""A laboratory with a real SENAITE: its people work over the same API, with an account of theirs."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx

from lims_adapters.senaite.adapter import SenaiteLab
from lims_adapters.senaite.order_form import newest_of_ours
from loop.core.definition import CampaignDefinition
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.fault_proxy import FaultProxy
from loop.testing.lab_bench import LabAnswer, LabBench, LabRefusedError
from tests.lims_adapters import lab_orders
from tests.lims_servers.server import Access

Item = Mapping[str, Any]
EXPIRED = "snt-0000expired00"
KEYWORDS = {"Tg": ("TgDSC", "TgDSC2"), "density": ("Density",)}
UNITS = {"Tg": "K", "density": "g/cm**3"}
REASONS = {
    Outcome.FAILED_SYNTHESIS: "Synthesis failed",
    Outcome.FAILED_MEASUREMENT: "Measurement failed",
    Outcome.NEEDS_FOLLOW_UP: "",
}
CATALOGS = {"analysisrequest": "senaite_catalog_sample", "analysis": "senaite_catalog_analysis"}


class LabPeople:
    """The account of a lab manager, who receives, enters, verifies and rejects."""

    def __init__(self, access: Access) -> None:
        self._client = httpx.Client(
            base_url=f"{access.url}/@@API/senaite/v1/",
            auth=("analyst", access.facts["analyst"]),
            timeout=60,
        )

    def listed(self, resource: str, **query: str) -> list[Item]:
        """Return the items of a kind, oldest first."""
        asked = {"catalog": CATALOGS.get(resource, ""), "sort_on": "created", "limit": "1000"}
        answer = self._client.get(resource, params={**asked, **query})
        assert answer.is_success, answer.text
        return answer.json()["items"]

    def samples(self, order_id: str) -> list[Item]:
        """Return the samples of an order, oldest first."""
        return self.listed("analysisrequest", getClientSampleID=order_id)

    def analyses(self, sample: str) -> list[Item]:
        """Return the analyses of a sample, oldest first."""
        return self.listed("analysis", getAncestorsUIDs=sample)

    def analysis(self, sample: str, keyword: str) -> Item:
        """Return the newest analysis of a service in a sample."""
        return [a for a in self.analyses(sample) if a["getKeyword"] == keyword][-1]

    def record(self, uid: str, **query: str) -> Item:
        """Return a whole object."""
        answer = self._client.get(uid, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def create(self, **fields: Any) -> str:
        """Make an object; return its UID."""
        answer = self._client.post("create", json=fields)
        assert answer.is_success, answer.text
        return answer.json()["items"][0]["uid"]

    def update(self, uid: str, **fields: Any) -> Item:
        """Write to an object.

        Raises:
            LabRefusedError: SENAITE does not let it in.
        """
        answer = self._client.post(f"update/{uid}", json=fields)
        if not answer.is_success:
            raise LabRefusedError(answer.text)
        return answer.json()["items"][0]

    def move(self, uid: str, transition: str, state: str) -> None:
        """Ask for a transition and see that the object comes to the state.

        Raises:
            LabRefusedError: it does not.
        """
        after = self.update(uid, transition=transition)["review_state"]
        if after != state:
            raise LabRefusedError(f"{transition}: {after} instead of {state}")

    def receive(self, order_id: str) -> Item:
        """Let the sample of an order be received, if it is not; return it."""
        sample = self.samples(order_id)[0]
        if sample["review_state"] == "sample_due":
            self.move(sample["uid"], "receive", "sample_received")
        return sample

    def attachment(self, client: str, name: str, content: bytes) -> str:
        """File a document with the client; return its UID."""
        coded = base64.b64encode(content).decode()
        return self.create(
            portal_type="Attachment", parent_uid=client, title=name,
            AttachmentFile=coded, filename=name, mimetype="text/csv",
        )  # fmt: skip

    def enter(self, sample: Item, keyword: str, answer: LabAnswer) -> str:
        """Enter and submit a result; return the UID of its analysis."""
        analysis = self.analysis(sample["uid"], keyword)["uid"]
        files = [
            self.attachment(sample["parent_uid"], name, content)
            for name, content in (answer.files or {}).items()
        ]
        self.enter_in(analysis, answer, files)
        return analysis

    def enter_in(self, analysis: str, answer: LabAnswer, files: Sequence[str] = ()) -> None:
        """Enter and submit a result in this analysis."""
        fields: dict[str, Any] = {"Result": answer.value}
        if files:
            fields["Attachment"] = files
        if answer.operator:
            fields["Analyst"] = answer.operator
        self.update(analysis, **fields)
        self.move(analysis, "submit", "to_be_verified")

    def close(self) -> None:
        self._client.close()


class RealSenaiteBench(LabBench):
    """A campaign of its own in a SENAITE that others share."""

    many: ClassVar[int] = 120
    accept: ClassVar[str] = "to_be_verified"
    impossible: ClassVar[Mapping[str, str]] = {
        "unit": "a unit is the service's: nobody types one",
        "delete": "SENAITE deletes no sample, it cancels",
        "skew_clock": "the server reads the clock of this machine",
        "set_status": "its workflow knows no other states",
    }

    def __init__(self, folder: Path, access: Access) -> None:
        self._folder, self._access = folder, access
        self.slug = f"films{uuid.uuid4().hex[:8]}"
        self._proxy = FaultProxy(access.url.removesuffix("/senaite"), stall_seconds=8)
        self.people = LabPeople(access)
        for name, password in (("good", access.token), ("expired", EXPIRED)):
            place = folder / name
            place.touch(mode=0o600)
            place.write_text(password)

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._access.token, EXPIRED

    @property
    def proxy(self) -> FaultProxy:
        return self._proxy

    def options(self) -> dict[str, Any]:
        """Return [lims] of the campaign."""
        return {
            "url": f"{self._proxy.url}/senaite", "user": "synthloop", "client": "POLY",
            "secret": {"file": str(self._folder / "good")}, "contact": "Rita Mohale",
            "sample_type": "Polymer", "accept": self.accept,
            "rejections": {"Synthesis failed": "failed in synthesis",
                           "Measurement failed": "failed in measurement"},
            "results": {"Tg": {"field": "TgDSC", "repeats": ["TgDSC2"]},
                        "density": {"field": "Density"}},
            "timeout_seconds": 6, "requests_per_second": 1000,
        }  # fmt: skip

    def build(self, options: Mapping[str, Any]) -> SenaiteLab:
        """Return the adapter with these options."""
        written = lab_orders.definition({"kind": "senaite", **options}, self.slug)
        changed = written.model_dump(by_alias=True) | {
            "properties": {"density": {"unit": "g/cm**3"}},
            "objective": {"kind": "maximize", "property": "density"},
        }
        definition = CampaignDefinition.model_validate(changed)
        context = LabContext(self.slug, definition, self._folder, lab_orders.pool(0))
        return SenaiteLab(SenaiteLab.Config.model_validate(options), context)

    def adapter(self) -> SenaiteLab:
        return self.build(self.options())

    def adapter_with_expired_token(self) -> SenaiteLab:
        return self.build({**self.options(), "secret": {"file": str(self._folder / "expired")}})

    def adapter_with_wrong_mapping(self) -> SenaiteLab:
        return self.build({**self.options(), "sample_type": "Polimer"})

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n, self.slug)

    def report(self, order_id: str, answer: LabAnswer) -> str:
        if answer.unit != UNITS[answer.property]:
            raise NotImplementedError(self.impossible["unit"])
        sample = self.people.receive(order_id)
        keyword = KEYWORDS[answer.property][answer.replicate - 1]
        self.people.enter(sample, keyword, answer)
        return f"{order_id}/{keyword}"

    def edit(self, result: str, answer: LabAnswer) -> None:
        self.withdraw(result)
        order_id, keyword = result.split("/")
        self.people.enter(self.people.receive(order_id), keyword, answer)

    def uid(self, result: str) -> str:
        """Return the UID of the newest analysis that holds a value."""
        order_id, keyword = result.split("/")
        sample = self.people.samples(order_id)[0]["uid"]
        return str(self.people.analysis(sample, keyword)["uid"])

    def withdraw(self, result: str) -> None:
        self.people.move(self.uid(result), "retract", "retracted")

    def verify(self, result: str) -> None:
        """Verify a value."""
        self.people.move(self.uid(result), "verify", "verified")

    def end(self, order_id: str, outcome: Outcome, reason: str) -> None:
        sample = self.people.samples(order_id)[0]["uid"]
        if outcome is Outcome.CANCELLED:
            self.people.move(sample, "cancel", "cancelled")
            return
        selected = [REASONS[outcome]] if REASONS[outcome] else []
        self.people.update(sample, RejectionReasons=[{"selected": selected, "other": reason}])
        self.people.move(sample, "reject", "rejected")

    def samples(self, order_id: str) -> int:
        return len(self.people.samples(order_id))

    def place_by_hand(self, order: WorkOrder) -> None:
        def named(resource: str, key: str, value: str) -> str:
            items = self.people.listed(resource, complete="yes")
            return next(item["uid"] for item in items if item[key] == value)

        services = [named("analysisservice", "Keyword", k) for ks in KEYWORDS.values() for k in ks]
        self.people.create(
            portal_type="AnalysisRequest", parent_uid=named("client", "ClientID", "POLY"),
            Contact=named("contact", "title", "Rita Mohale"),
            SampleType=named("sampletype", "title", "Polymer"),
            ClientSampleID=order.order_id, ClientReference=order.campaign,
            Analyses=services, DateSampled="2026-01-05",
        )  # fmt: skip

    def documents(self, order_id: str) -> Mapping[str, bytes]:
        sample = self.people.record(self.people.samples(order_id)[0]["uid"])
        files = [self.people.record(part["uid"], filedata="yes")["AttachmentFile"]
                 for part in sample["Attachment"] or ()]  # fmt: skip
        return {file["filename"]: base64.b64decode(file["data"]) for file in files}

    def annotation(self, order_id: str) -> str:
        return newest_of_ours(self.people.record(self.people.samples(order_id)[0]["uid"]))

    def close(self) -> None:
        self._proxy.close()
        self.people.close()


class RealVerifiedBench(RealSenaiteBench):
    """Results count when they are verified."""

    accept: ClassVar[str] = "verified"
