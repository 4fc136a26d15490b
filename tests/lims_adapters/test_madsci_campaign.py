"""Three rounds in real MADSci managers: a bad line, a worker that dies, and nothing twice."""

import json
import uuid
from pathlib import Path

import httpx
import pytest

from lims_adapters.madsci.order import order_of
from loop.testing.fault_proxy import Fault, FaultProxy
from loop.testing.small_campaign import write_small_campaign
from tests.crash.lims_campaign import hold_to_the_promises, run_campaign
from tests.lims_adapters.madsci_bench import Gateway
from tests.lims_servers.madsci_server import MadsciServer
from tests.lims_servers.server import Access, LabServers

pytestmark = [pytest.mark.lims, pytest.mark.slow]

_LIMS = """\
kind = "madsci"
url = "{url}/resource"
data_url = "{url}/data"
experiment_url = "{url}/experiment"
resource_class = "sample of {slug}"
timeout_seconds = 1
requests_per_second = 1000

[lims.results.strength]
field = "tensile_strength"
"""


class MadsciCampaign:
    """Three managers behind one gateway and the proxy, and the robot that works for them."""

    def __init__(self, access: Access, proxy: FaultProxy) -> None:
        self.proxy, self.slug = proxy, f"small{uuid.uuid4().hex[:8]}"
        self._lines = {
            name: httpx.Client(base_url=url, timeout=60) for name, url in access.facts.items()
        }
        self._points: dict[str, str] = {}

    def write_campaign(self, folder: Path) -> Path:
        lims = _LIMS.format(url=self.proxy.url, slug=self.slug)
        return write_small_campaign(
            folder, slug=self.slug, lims=lims, experiments=12, initial=4, batch=4
        )

    def environment(self):
        return {}

    def is_submission(self, method, path):
        # The first of two writes: the sample is not there yet, and a repeat makes another one.
        return method == "POST" and path == "/experiment/experiment"

    def _experiments(self):
        listed = self._lines["experiment"].get("/experiments", params={"number": 10**6}).json()
        return [e for e in listed if str(e["run_name"]).startswith(f"{self.slug}-")]

    def samples(self):
        asked = {"resource_class": f"sample of {self.slug}", "multiple": True}
        reply = self._lines["resource"].post("/resource/query", json=asked)
        resources = [] if reply.status_code == 404 else [order_of(r) for r in reply.json()]
        runs = [e["run_name"] for e in self._experiments()]
        return {name: max(runs.count(name), resources.count(name)) for name in runs + resources}

    def _post(self, order, value):
        (experiment,) = [e for e in self._experiments() if e["run_name"] == order.order_id]
        point = {
            "data_type": "json", "label": "tensile_strength", "value": value,
            "ownership_info": {"experiment_id": experiment["_id"]},
        }  # fmt: skip
        form = {"datapoint": json.dumps(point)}
        written = self._lines["data"].post("/datapoint", data=form).raise_for_status()
        return experiment["_id"], str(written.json()["_id"])

    def answer(self, order):
        value = {"value": 40 + 3 * len(self._points), "unit": "MPa"}
        experiment, self._points[order.order_id] = self._post(order, value)
        self._lines["experiment"].post(f"/experiment/{experiment}/end").raise_for_status()

    def edit(self, order):
        earlier = self._points[order.order_id]
        self._post(order, {"value": 12.5, "unit": "MPa", "supersedes": earlier})

    def close(self) -> None:
        for line in self._lines.values():
            line.close()


@pytest.fixture
def bench(lab_servers: LabServers):
    """A campaign of its own in the managers that all tests share."""
    access = lab_servers.started(MadsciServer(lab_servers.home))
    gateway = Gateway(access)
    with FaultProxy(gateway.url, stall_seconds=2) as proxy:
        made = MadsciCampaign(access, proxy)
        yield made
        made.close()
    gateway.close()


def test_three_rounds_over_a_bad_line_by_a_worker_that_is_killed(
    bench: MadsciCampaign, tmp_path: Path
) -> None:
    story = run_campaign(bench, tmp_path)
    hold_to_the_promises(story)
    share = 1 - story.broken[Fault.NONE] / sum(story.broken.values())
    assert 0.1 < share < 0.35
