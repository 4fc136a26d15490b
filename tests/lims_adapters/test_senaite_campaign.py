"""Three rounds in a real SENAITE: a bad line, a worker that dies, a retracted result, nothing twice."""

import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from loop.core.order import WorkOrder
from loop.testing.fault_proxy import Fault, FaultProxy
from loop.testing.lab_bench import LabAnswer
from loop.testing.small_campaign import write_small_campaign
from tests.crash.lims_campaign import hold_to_the_promises, run_campaign
from tests.lims_adapters.senaite_real_bench import LabPeople
from tests.lims_servers.senaite_server import SenaiteServer
from tests.lims_servers.server import Access, LabServers

pytestmark = [pytest.mark.lims, pytest.mark.slow]

_SERVICE = "Strength"
_LIMS = """\
kind = "senaite"
url = "{url}/senaite"
user = "synthloop"
secret = {{ env = "SENAITE_TEST_PASSWORD" }}
client = "POLY"
contact = "Rita Mohale"
sample_type = "Film"
accept = "to_be_verified"
timeout_seconds = 6
requests_per_second = 1000

[lims.results.strength]
field = "Strength"
"""


class SenaiteCampaign:
    """A SENAITE behind the proxy, and its analyst."""

    def __init__(self, access: Access, proxy: FaultProxy) -> None:
        self.proxy, self._access = proxy, access
        self.slug = f"small{uuid.uuid4().hex[:8]}"
        self._people = LabPeople(access)
        self._entered = 0

    def write_campaign(self, folder: Path) -> Path:
        lims = _LIMS.format(url=self.proxy.url)
        return write_small_campaign(
            folder, slug=self.slug, lims=lims, experiments=12, initial=4, batch=4
        )

    def environment(self) -> Mapping[str, str]:
        return {"SENAITE_TEST_PASSWORD": self._access.token}

    def is_submission(self, method: str, path: str) -> bool:
        return method == "POST" and path.endswith("/create")

    def samples(self) -> Mapping[str, int]:
        listed = self._people.listed("analysisrequest")
        ours = [item for item in listed if item["getClientReference"] == self.slug]
        return Counter(item["getClientSampleID"] for item in ours)

    def answer(self, order: WorkOrder) -> None:
        value = 40.0 + 3 * self._entered
        self._enter(order, f"{value}")
        self._entered += 1

    def edit(self, order: WorkOrder) -> None:
        (sample,) = self._people.samples(order.order_id)
        analysis = self._people.analysis(sample["uid"], _SERVICE)["uid"]
        self._people.move(analysis, "retract", "retracted")
        self._enter(order, "12.5")

    def _enter(self, order: WorkOrder, value: str) -> None:
        sample = self._people.receive(order.order_id)
        self._people.enter(sample, _SERVICE, LabAnswer("strength", value, "MPa"))

    def close(self) -> None:
        self._people.close()


@pytest.fixture
def bench(lab_servers: LabServers, monkeypatch: pytest.MonkeyPatch):
    """A campaign of its own in the SENAITE that all tests share."""
    access = lab_servers.started(SenaiteServer(lab_servers.home))
    monkeypatch.setenv("SENAITE_TEST_PASSWORD", access.token)
    with FaultProxy(access.url.removesuffix("/senaite"), stall_seconds=8) as proxy:
        made = SenaiteCampaign(access, proxy)
        yield made
        made.close()


def test_three_rounds_over_a_bad_line_by_a_worker_that_is_killed(
    bench: SenaiteCampaign, tmp_path: Path
) -> None:
    story = run_campaign(bench, tmp_path)
    hold_to_the_promises(story)
    share = 1 - story.broken[Fault.NONE] / sum(story.broken.values())
    assert 0.1 < share < 0.35
    assert bench.environment()["SENAITE_TEST_PASSWORD"] not in "".join(map(repr, story.events))
