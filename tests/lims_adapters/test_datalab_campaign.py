"""Three rounds in a real datalab: a bad line, a worker that dies, an edit, and nothing twice."""

import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from lims_adapters.datalab.names import item_id, order_of
from loop.core.order import WorkOrder
from loop.testing.fault_proxy import Fault, FaultProxy
from loop.testing.small_campaign import write_small_campaign
from tests.crash.lims_campaign import hold_to_the_promises, run_campaign
from tests.lims_adapters.datalab_bench import Chemist, as_csv, as_html
from tests.lims_servers.datalab_server import DatalabServer
from tests.lims_servers.server import Access, LabServers

pytestmark = [pytest.mark.lims, pytest.mark.slow]

_LIMS = """\
kind = "datalab"
url = "{url}"
secret = {{ env = "DATALAB_TEST_KEY" }}
people = ["chemist"]
timeout_seconds = 2
requests_per_second = 1000

[lims.results.strength]
field = "tensile strength"
"""


class DatalabCampaign:
    """A datalab behind the proxy, and its chemist: every other result is typed, not attached."""

    def __init__(self, access: Access, proxy: FaultProxy) -> None:
        self.proxy, self._access = proxy, access
        self.slug = f"small{uuid.uuid4().hex[:8]}"
        self._typed: dict[str, bool] = {}
        self._chemist = Chemist(access)

    def write_campaign(self, folder: Path) -> Path:
        lims = _LIMS.format(url=self.proxy.url)
        return write_small_campaign(
            folder, slug=self.slug, lims=lims, experiments=12, initial=4, batch=4
        )

    def environment(self) -> Mapping[str, str]:
        return {"DATALAB_TEST_KEY": self._access.token}

    def is_submission(self, method: str, path: str) -> bool:
        return method == "POST" and path == "/new-sample/"

    def samples(self) -> Mapping[str, int]:
        held = (order_of(entry) for entry in self._chemist.samples())
        return Counter(order_id for order_id in held if order_id.startswith(f"{self.slug}-"))

    def answer(self, order: WorkOrder) -> None:
        number = len(self._typed)
        self._typed[order.order_id] = bool(number % 2)
        self._write(order.order_id, 40.0 + 3 * number)
        self._chemist.save(item_id(order.order_id), {"status": "completed"})

    def edit(self, order: WorkOrder) -> None:
        self._write(order.order_id, 12.5)

    def _write(self, order_id: str, value: float) -> None:
        name = item_id(order_id)
        rows = [{"property": "tensile strength", "value": str(value), "unit": "MPa"}]
        if self._typed[order_id]:
            self._chemist.comment(name, "Results", as_html(rows))
            return
        held = self._chemist.item(name).get("files") or ()
        replaces = next((f["immutable_id"] for f in held), "null")
        self._chemist.upload(name, "results.csv", as_csv(rows), replaces)

    def close(self) -> None:
        self._chemist.http.close()


@pytest.fixture
def bench(lab_servers: LabServers, monkeypatch: pytest.MonkeyPatch):
    """A campaign of its own in the datalab that all tests share."""
    access = lab_servers.started(DatalabServer(lab_servers.home))
    monkeypatch.setenv("DATALAB_TEST_KEY", access.token)
    with FaultProxy(access.url, stall_seconds=3) as proxy:
        made = DatalabCampaign(access, proxy)
        yield made
        made.close()


def test_three_rounds_over_a_bad_line_by_a_worker_that_is_killed(
    bench: DatalabCampaign, tmp_path: Path
) -> None:
    story = run_campaign(bench, tmp_path)
    hold_to_the_promises(story)
    share = 1 - story.broken[Fault.NONE] / sum(story.broken.values())
    assert 0.1 < share < 0.35
    assert bench.environment()["DATALAB_TEST_KEY"] not in "".join(map(repr, story.events))
