"""Three rounds in a real Kadi4Mat: a bad line, a worker that dies, an edit, and nothing twice."""

import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from loop.core.order import WorkOrder
from loop.testing.fault_proxy import Fault, FaultProxy
from loop.testing.small_campaign import write_small_campaign
from tests.crash.lims_campaign import hold_to_the_promises, run_campaign
from tests.lims_servers.kadi_server import KadiServer
from tests.lims_servers.server import Access, LabServers

pytestmark = [pytest.mark.lims, pytest.mark.slow]

_LIMS = """\
kind = "kadi"
url = "{url}"
secret = {{ env = "KADI_TEST_TOKEN" }}
timeout_seconds = 2
requests_per_second = 1000

[lims.sample]
type = "sample"
template = "polymer-sample"
status = "status"
cancelled = "cancelled"
reason = "reason"
requests = "to measure"
note = "remark"
columns = {{ temperature = {{ key = "conditions.temperature", unit = "degC" }} }}
users = [{chemist}]

[lims.status]
requested = "open"
done = "measured"
cancelled = "cancelled"

[lims.measurement]
link = "measures"
type = "measurement"
property = "property"
value = "value"
replicate = "replicate"

[lims.results.strength]
field = "tensile strength"
"""


class KadiCampaign:
    """A Kadi4Mat behind the proxy, and its chemist."""

    def __init__(self, access: Access, proxy: FaultProxy) -> None:
        self.proxy, self._access = proxy, access
        self.slug = f"small{uuid.uuid4().hex[:8]}"
        self._numbers: dict[str, int] = {}
        self._chemist = httpx.Client(
            base_url=f"{access.url}/api/",
            headers={"Authorization": f"Bearer {access.facts['chemist_token']}"},
            timeout=60,
        )

    def write_campaign(self, folder: Path) -> Path:
        lims = _LIMS.format(url=self.proxy.url, chemist=self._access.facts["chemist_id"])
        return write_small_campaign(
            folder, slug=self.slug, lims=lims, experiments=12, initial=4, batch=4
        )

    def environment(self) -> Mapping[str, str]:
        return {"KADI_TEST_TOKEN": self._access.token}

    def is_submission(self, method: str, path: str) -> bool:
        return method == "POST" and path == "/api/records"

    def _ask(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = self._chemist.request(method, path, **kwargs)
        assert answer.is_success, answer.text
        return answer.json()

    def samples(self) -> Mapping[str, int]:
        # By the owner's token: a record is shared with the chemist only after it was made.
        owner = {"Authorization": f"Bearer {self._access.token}"}
        params = {"tag": self.slug, "per_page": 100}
        listed = self._ask("GET", "records", params=params, headers=owner)
        return Counter(item["identifier"] for item in listed["items"])

    def answer(self, order: WorkOrder) -> None:
        sample = self._ask("GET", f"records/identifier/{order.order_id}")
        body = {
            "identifier": f"m-{uuid.uuid4().hex}", "title": "tensile test", "type": "measurement",
            "extras": self._extras(40.0 + 3 * len(self._numbers)),
        }  # fmt: skip
        number = self._ask("POST", "records", json=body)["id"]
        # A colleague of ours sees a record of the chemist's only if it is shared.
        role = {"user": {"id": self._access.facts["synthloop_id"]}, "role": {"name": "member"}}
        self._ask("POST", f"records/{number}/roles/users", json=role)
        link = {"name": "measures", "record_to": {"id": sample["id"]}}
        self._ask("POST", f"records/{number}/records", json=link)
        rest = [extra for extra in sample["extras"] if extra["key"] != "status"]
        done = {"key": "status", "type": "str", "value": "done"}
        self._ask("PATCH", f"records/{sample['id']}", json={"extras": [*rest, done]})
        self._numbers[order.order_id] = number

    def edit(self, order: WorkOrder) -> None:
        body = {"extras": self._extras(12.5)}
        self._ask("PATCH", f"records/{self._numbers[order.order_id]}", json=body)

    @staticmethod
    def _extras(value: float) -> list[dict[str, Any]]:
        return [
            {"key": "property", "type": "str", "value": "tensile strength"},
            {"key": "value", "type": "float", "value": value, "unit": "MPa"},
            {"key": "replicate", "type": "int", "value": 1},
        ]

    def close(self) -> None:
        self._chemist.close()


@pytest.fixture
def bench(postgres_server: str, lab_servers: LabServers, monkeypatch: pytest.MonkeyPatch):
    """A campaign of its own in the Kadi4Mat that all tests share."""
    access = lab_servers.started(KadiServer(lab_servers.home, postgres_server))
    monkeypatch.setenv("KADI_TEST_TOKEN", access.token)
    with FaultProxy(access.url, stall_seconds=3) as proxy:
        made = KadiCampaign(access, proxy)
        yield made
        made.close()


def test_three_rounds_over_a_bad_line_by_a_worker_that_is_killed(
    bench: KadiCampaign, tmp_path: Path
) -> None:
    story = run_campaign(bench, tmp_path)
    hold_to_the_promises(story)
    share = 1 - story.broken[Fault.NONE] / sum(story.broken.values())
    assert 0.1 < share < 0.35
    assert bench.environment()["KADI_TEST_TOKEN"] not in "".join(map(repr, story.events))
