"""A worker process that is killed for real, again and again."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import simulated_lab, write_small_campaign
from loop.wiring import build
from tests.crash.rehearsal import SLUG, facts, run_to_the_end, samples

RUN = [sys.executable, "-m", "loop.cli", "run", SLUG]


def environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "SYNTHLOOP_WORKSPACE": str(settings.workspace),
        "SYNTHLOOP_DATABASE_URL": settings.database_url,
        "OMP_NUM_THREADS": "1",
    }


KILLS = 12


def ended(process: subprocess.Popen, seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


@pytest.mark.slow
def test_kill_nine_loop(workspace: Callable[[str, str], Settings], ledger_url: str) -> None:
    lab = simulated_lab(ignores=True)
    calm = workspace("calm", "")
    run_to_the_end(calm, write_small_campaign(calm.workspace, lims=lab))

    rough = workspace("rough", ledger_url)
    door = build(rough)
    door.service.open(write_small_campaign(rough.workspace, lims=lab), Ask.by("ada"))
    door.close()
    rng = np.random.default_rng(3)
    killed = 0
    reader = build(rough)
    try:
        while True:
            seen = reader.queries.version(SLUG)
            process = subprocess.Popen(
                RUN, env=environment(rough), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            if killed < KILLS:
                # Dies a moment after its first fact, wherever it is by then.
                while ended(process, 0.02) is None and reader.queries.version(SLUG) == seen:
                    pass
                ended(process, 0.1 * rng.random())
                process.send_signal(signal.SIGKILL)
            _, stderr = process.communicate()
            killed += process.returncode == -signal.SIGKILL
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL, stderr.decode()
    finally:
        reader.close()
    assert killed >= KILLS // 2
    assert facts(rough) == facts(calm)
    assert set(samples(rough).values()) == {1}


@pytest.mark.slow
def test_two_workers_and_a_reader_share_one_file(
    workspace: Callable[[str, str], Settings],
) -> None:
    shared = workspace("shared", "")
    path = write_small_campaign(shared.workspace, lims=simulated_lab(ignores=True))
    door = build(shared)
    door.service.open(path, Ask.by("ada"))
    failures: list[str] = []
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            done = subprocess.run(RUN, env=environment(shared), capture_output=True, check=False)
            text = done.stderr.decode()
            # 5 is "somebody was first", which is the right answer for the second worker.
            if done.returncode not in {0, 5} or "locked" in text or "Traceback" in text:
                failures.append(text)
                ended.set()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    while not ended.is_set():
        view = door.queries.view(SLUG)
        door.queries.campaigns()
        if view.summary.status == "closed" and not view.summary.waiting_for:
            ended.set()
    for worker in workers:
        worker.join()
    door.close()
    assert failures == []
    assert set(samples(shared).values()) == {1}
