"""Three rounds in a real SampleDB: a bad line, a worker that dies, an edit, and nothing twice."""

import os
import uuid
from collections import Counter
from pathlib import Path

import httpx
import pytest

from loop.testing.fault_proxy import Fault, FaultProxy
from loop.testing.small_campaign import write_small_campaign
from tests.crash.lims_campaign import hold_to_the_promises, run_campaign
from tests.lims_adapters.sampledb_bench import access_token, text
from tests.lims_servers.sampledb_server import SampleDBServer
from tests.lims_servers.server import Access, LabServers

pytestmark = [pytest.mark.lims, pytest.mark.slow]

_LIMS = """\
kind = "sampledb"
url = "{url}"
secret = {{ env = "SAMPLEDB_TEST_TOKEN" }}
timeout_seconds = 3
requests_per_second = 1000

[lims.sample]
action = "Polymer sample"
order_id = "external_id"
status = "status"
requested = "requested"
cancelled = "cancelled"
reason = "reason"
requests = "to_measure"
note = "remark"
columns = {{ temperature = {{ field = "temperature", unit = "degC" }} }}

[lims.status]
requested = "open"
done = "measured"
cancelled = "cancelled"

[[lims.measurements]]
action = {action}
sample = "sample"
property = "property"
value = "reading"
unit = "unit"
replicate = "replicate"
validity = "outcome"
words = {{ valid = "valid", invalid = "invalid" }}

[lims.results.strength]
field = "tensile strength"
"""


class SampleDBCampaign:
    """A SampleDB behind the proxy, and its chemist."""

    def __init__(self, access: Access, proxy: FaultProxy) -> None:
        self.proxy, self.access = proxy, access
        self.slug = f"small{uuid.uuid4().hex[:8]}"
        self._numbers: dict[str, int] = {}
        self._chemist = httpx.Client(base_url=f"{access.url}/api/v1/", timeout=60)
        granted = access_token(access.url, access.facts["chemist_token"])
        self._chemist.headers["Authorization"] = f"Bearer {granted}"

    def write_campaign(self, folder: Path) -> Path:
        lims = _LIMS.format(url=self.proxy.url, action=self.access.facts["notebook_action"])
        return write_small_campaign(
            folder, slug=self.slug, lims=lims, experiments=12, initial=4, batch=4
        )

    def environment(self):
        return {"SAMPLEDB_TEST_TOKEN": self.access.token}

    def is_submission(self, method, path):
        return method == "POST" and path == "/api/v1/objects/"

    def _samples(self):
        params = {
            "q": f'"{self.slug}-" in external_id', "limit": 100,
            "action_id": self.access.facts["sample_action"],
        }  # fmt: skip
        return self._chemist.get("objects/", params=params).raise_for_status().json()

    def samples(self):
        return Counter(item["data"]["external_id"]["text"] for item in self._samples())

    def answer(self, order):
        held = next(
            item for item in self._samples()
            if item["data"]["external_id"]["text"] == order.order_id
        )  # fmt: skip
        data = {
            "name": text(f"tensile test of {order.candidate.label}"),
            "sample": {"_type": "sample", "object_id": held["object_id"]},
            "replicate": {"_type": "quantity", "units": "1", "magnitude": 1},
            "property": text("tensile strength"),
            "reading": text(f"{40 + 3 * len(self._numbers)}"),
            "unit": text("MPa"),
            "outcome": text("valid"),
        }
        body = {"action_id": self.access.facts["notebook_action"], "data": data}
        made = self._chemist.post("objects/", json=body).raise_for_status()
        self._numbers[order.order_id] = int(made.headers["Location"].rstrip("/").split("/")[-3])
        self._write(held["object_id"], status=text("done"))

    def edit(self, order):
        self._write(self._numbers[order.order_id], reading=text("12.5"))

    def _write(self, number, **fields):
        held = self._chemist.get(f"objects/{number}", follow_redirects=True).json()
        body = {"version_id": held["version_id"] + 1, "data": {**held["data"], **fields}}
        self._chemist.post(f"objects/{number}/versions/", json=body).raise_for_status()

    def close(self) -> None:
        self._chemist.close()


@pytest.fixture
def bench(postgres_server: str, lab_servers: LabServers, monkeypatch):
    """A campaign of its own in the SampleDB that all tests share."""
    access = lab_servers.started(SampleDBServer(lab_servers.home, postgres_server))
    monkeypatch.setenv("SAMPLEDB_TEST_TOKEN", access.token)
    with FaultProxy(access.url, stall_seconds=4) as proxy:
        made = SampleDBCampaign(access, proxy)
        yield made
        made.close()


def test_three_rounds_over_a_bad_line_by_a_worker_that_is_killed(
    bench: SampleDBCampaign, tmp_path: Path
) -> None:
    story = run_campaign(bench, tmp_path)
    hold_to_the_promises(story)
    share = 1 - story.broken[Fault.NONE] / sum(story.broken.values())
    assert 0.1 < share < 0.35
    assert os.environ["SAMPLEDB_TEST_TOKEN"] not in "".join(map(repr, story.events))
