"""A worker's real process, a real line, a lab without unique ids: nothing twice, nothing lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.fault_proxy import Fault, FaultProxy
from loop.wiring import build
from tests.crash.lims_campaign import hold_to_the_promises, run_campaign
from tests.lab_double.campaign import PLUGIN, VARIABLE, lims, write
from tests.lab_double.server import TOKEN, LabServer


class DoubleBench:
    """The double behind the proxy."""

    def __init__(self, server: LabServer, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.numbers = {}

    def write_campaign(self, folder):
        return write(folder, lims(self.proxy.url), experiments=12, initial=4, batch=4)

    def environment(self):
        known = os.environ.get("PYTHONPATH", "")
        return {VARIABLE: TOKEN, "PYTHONPATH": os.pathsep.join(filter(None, [str(PLUGIN), known]))}

    def is_submission(self, method, path):
        return method == "POST" and path.startswith("/samples")

    def samples(self):
        held = [s.external_id for s in list(self.server.samples.values())]
        return {order_id: held.count(order_id) for order_id in held}

    def answer(self, order):
        value = 40 + 3 * len(self.numbers)
        self.numbers[order.order_id] = self.server.report(order.order_id, value)

    def edit(self, order):
        self.server.edit(order.order_id, self.numbers[order.order_id], value="12.5")


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(PLUGIN))
    monkeypatch.setenv(VARIABLE, TOKEN)
    with LabServer() as server, FaultProxy(server.url, stall_seconds=3) as proxy:
        yield DoubleBench(server, proxy)


@pytest.mark.slow
def test_three_rounds_over_a_bad_line_by_a_worker_that_is_killed(
    bench: DoubleBench, tmp_path: Path
) -> None:
    story = run_campaign(bench, tmp_path)
    hold_to_the_promises(story)
    share = 1 - story.broken[Fault.NONE] / sum(story.broken.values())
    assert 0.1 < share < 0.35


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE])
def test_a_lab_that_is_busy_for_a_while_gets_every_order_once(
    bench: DoubleBench, tmp_path: Path, fault: Fault
) -> None:
    settings = Settings(workspace=tmp_path, actor="ada")
    door = build(settings)
    door.service.open(bench.write_campaign(tmp_path), Ask.by("ada"))
    command = [sys.executable, "-m", "loop.cli", "run", "small"]
    environment = os.environ | bench.environment() | {"SYNTHLOOP_WORKSPACE": str(tmp_path)}
    try:
        for busy in (True, False):
            bench.proxy.plan = lambda n, m, p, busy=busy: fault if busy else Fault.NONE
            subprocess.run(command, env=environment, check=True, capture_output=True)
            trouble = door.queries.view("small").lab_trouble
            assert bool(trouble) is busy
            assert not busy or str(fault)[:3] in trouble
        view = door.queries.view("small")
        assert view.summary.waiting_for == "4 results from the lab"
        assert list(bench.samples().values()) == [1] * 4
        kinds = [line.kind for line in door.queries.history("small")]
        assert kinds.count("lab.unreachable") == kinds.count("lab.reachable") == 1
    finally:
        door.close()
