"""A campaign through a real line that is bad on purpose, by a worker that is killed on purpose.

Any lab system is a `CampaignBench`: the double in these tests, and the real servers in theirs.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from loop.core.events import Event
from loop.core.machine import fold
from loop.core.order import WorkOrder
from loop.core.state import CampaignState, OrderStatus
from loop.service.ask import Ask
from loop.service.door import Door
from loop.settings import Settings
from loop.testing.fault_proxy import Fault, FaultProxy, Plan, by_chance
from loop.wiring import build

ROUNDS, PER_ROUND, KILLS = 3, 4, 10


class CampaignBench(Protocol):
    """A lab in which a campaign runs from its opening to its end."""

    @property
    def proxy(self) -> FaultProxy:
        """The proxy that the campaign's `[lims] url` names."""

    def write_campaign(self, folder: Path) -> Path:
        """Write `campaigns/<slug>/` below `folder`, return the campaign file.

        `approval = "auto"`, a budget of 12 experiments, 4 in the initial design and 4 a batch.
        """

    def environment(self) -> Mapping[str, str]:
        """Return what a worker's process needs beside: secrets, the path of a plug-in."""

    def is_submission(self, method: str, path: str) -> bool:
        """Whether a request makes the sample of an order."""

    def samples(self) -> Mapping[str, int]:
        """Return how many samples the lab holds, by our order id, asked past the proxy."""

    def answer(self, order: WorkOrder) -> None:
        """Let the lab enter a plausible result for everything an order asks for."""

    def edit(self, order: WorkOrder) -> None:
        """Let the lab change one value of an order that it answered."""


@dataclass
class KillingLine:
    """A plan for the proxy: faults by chance, and submissions that the worker does not survive.

    The reply to a submission that is to kill is held back. The lab has the order by then, and the
    worker cannot have written it down.
    """

    bench: CampaignBench
    chance: Plan
    kills_left: int = KILLS
    held: threading.Event = field(default_factory=threading.Event)
    broken: Counter[Fault] = field(default_factory=Counter)

    def __call__(self, number: int, method: str, path: str) -> Fault:
        """Say what is done to a request."""
        if self.kills_left and self.bench.is_submission(method, path):
            self.held.set()
            return Fault.STALLED
        fault = self.chance(number, method, path)
        self.broken[fault] += 1
        return fault


@dataclass(frozen=True)
class CampaignStory:
    """What became of it.

    Attributes:
        events: The ledger.
        kills: How often the worker died between submission and record.
        runs: How many workers there were.
        broken: Requests by what was done to them, killing ones aside.
        samples: Samples at the lab by our order id.
        edited: The order whose value the lab changed.
    """

    events: list[Event]
    kills: int
    runs: int
    broken: Mapping[Fault, int]
    samples: Mapping[str, int]
    edited: str

    def count(self, kind: str) -> int:
        """Return how many events are of a kind."""
        return sum(event.body.kind == kind for event in self.events)


def run_campaign(
    bench: CampaignBench, workspace: Path, *, rate: float = 0.2, seed: int = 11, kills: int = KILLS
) -> CampaignStory:
    """Run a campaign of 3 rounds of 4 orders to its end over a bad line, and kill its workers.

    While the last round runs, the lab changes a value of the first.
    """
    settings = Settings(workspace=workspace, actor="ada")
    door = build(settings)
    try:
        slug = door.service.open(bench.write_campaign(workspace), Ask.by("ada"))
        line = KillingLine(bench, by_chance(rate, seed), kills)
        bench.proxy.plan = line
        people, runs, died = LabPeople(bench), 0, 0
        while not _is_over(door, slug):
            assert runs < 40 * ROUNDS * PER_ROUND, "the campaign does not come to its end"
            runs += 1
            if _one_worker(bench, settings, slug, line):
                died += 1
                continue
            people.work(fold(door.queries.events(slug)))
        return CampaignStory(
            door.queries.events(slug), died, runs, line.broken, bench.samples(), people.edited
        )
    finally:
        door.close()


def _is_over(door: Door, slug: str) -> bool:
    summary = door.queries.view(slug).summary
    return summary.status == "closed" and not summary.waiting_for


def _one_worker(bench: CampaignBench, settings: Settings, slug: str, line: KillingLine) -> bool:
    """Run a worker's process until it ends; return whether it had to be killed."""
    environment = {
        **os.environ, **bench.environment(), "SYNTHLOOP_WORKSPACE": str(settings.workspace),
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    before = sum(bench.samples().values())
    line.held.clear()
    process = subprocess.Popen(
        [sys.executable, "-m", "loop.cli", "run", slug],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    ended = threading.Thread(target=process.wait)
    ended.start()
    while ended.is_alive() and not line.held.is_set():
        ended.join(0.02)
    if line.held.is_set():
        _wait_until_the_lab_has_it(bench, before, process)
        process.send_signal(signal.SIGKILL)
    _, stderr = process.communicate()
    ended.join()
    if process.returncode == -signal.SIGKILL:
        line.kills_left -= 1
        return True
    assert process.returncode == 0, stderr.decode()
    return False


def _wait_until_the_lab_has_it(
    bench: CampaignBench, before: int, process: subprocess.Popen[bytes]
) -> None:
    pause = threading.Event()
    for _ in range(600):
        if sum(bench.samples().values()) > before or process.poll() is not None:
            return
        pause.wait(0.02)
    raise AssertionError("the lab did not take the order whose reply is held back")


@dataclass
class LabPeople:
    """Who answers what waits; once the last round is placed, they change a value of the first."""

    bench: CampaignBench
    answered: set[str] = field(default_factory=set)
    edited: str = ""

    def work(self, state: CampaignState) -> None:
        """Do what is to be done at the lab."""
        waiting = [o.order for o in state.orders.values() if o.status is OrderStatus.ACCEPTED]
        if waiting and waiting[0].round_number == ROUNDS and not self.edited:
            measured = [o.order for o in state.orders.values() if o.status is OrderStatus.MEASURED]
            self.bench.edit(measured[0])
            self.edited = measured[0].order_id
        for order in waiting:
            if order.order_id not in self.answered:
                self.bench.answer(order)
                self.answered.add(order.order_id)


def hold_to_the_promises(story: CampaignStory, kills: int = KILLS) -> None:
    """Fail unless nothing was lost, doubled or invented."""
    assert story.kills == kills
    assert list(story.samples.values()) == [1] * (ROUNDS * PER_ROUND)
    assert story.count("order.accepted") == ROUNDS * PER_ROUND
    assert story.count("order.failed") == 0
    assert story.count("results.refused") == 0
    recorded = Counter(
        (m.order_id, m.property, m.result_id)
        for event in story.events
        if event.body.kind == "measurement.recorded"
        for m in [event.body.measurement]
    )
    assert set(recorded.values()) == {1}
    assert {order_id for order_id, _, _ in recorded} == set(story.samples)
    (corrected,) = [x.body for x in story.events if x.body.kind == "measurement.corrected"]
    assert corrected.previous_value != corrected.value
    assert corrected.by == "lab"
    assert story.count("round.closed") == ROUNDS
