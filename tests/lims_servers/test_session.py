"""Real servers are started once, left out with a reason, and counted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lims_servers.server import Access, LabServer, LabServers, ServerError, free_port

ROOT = Path(__file__).parents[2]


class Echo(LabServer):
    """Python's own file server: real, quick, and there wherever the tests are."""

    name = "Echo"
    version = "1"

    def requirements(self):
        return None

    def install(self):
        self.folder.mkdir(parents=True, exist_ok=True)

    def start(self):
        port = free_port()
        serve = ["-m", "http.server", str(port), "--bind", "127.0.0.1"]
        self.spawn([sys.executable, *serve], {}, "server.log")
        self.await_answer(f"http://127.0.0.1:{port}/", {}, "server.log")
        return Access(f"http://127.0.0.1:{port}")


class Missing(Echo):
    name = "Missing"

    def requirements(self):
        return "no Python 4.0 on the path"


class Broken(Echo):
    name = "Broken"

    def start(self):
        self.spawn([sys.executable, "-c", "raise SystemExit('no port')"], {}, "server.log")
        self.await_answer("http://127.0.0.1:9/", {}, "server.log")
        return Access("")


def test_a_server_is_started_once_and_stopped(tmp_path):
    servers = LabServers(tmp_path, frozenset())
    first, again = servers.started(Echo(tmp_path)), servers.started(Echo(tmp_path))
    assert first == again
    (server,) = servers.ran
    assert [stamp.what for stamp in server.stamps] == ["installed", "started"]
    servers.stop()
    server.spawn([sys.executable, "-c", ""], {}, "late.log")
    with pytest.raises(ServerError, match="does not answer"):
        server.await_answer(first.url, {}, "late.log")
    server.stop()


def test_a_server_that_cannot_run_is_skipped_with_the_reason(tmp_path):
    servers = LabServers(tmp_path, frozenset())
    with pytest.raises(pytest.skip.Exception, match="no Python 4.0"):
        servers.started(Missing(tmp_path))
    assert servers.skipped == {"Missing": "no Python 4.0 on the path"}


def test_a_server_that_was_not_chosen_is_skipped(tmp_path):
    servers = LabServers(tmp_path, frozenset({"sampledb"}))
    with pytest.raises(pytest.skip.Exception, match="LIMS_SERVERS"):
        servers.started(Echo(tmp_path))
    assert servers.ran == []


def test_a_server_that_does_not_come_up_shows_its_log(tmp_path):
    servers = LabServers(tmp_path, frozenset())
    with pytest.raises(ServerError, match="no port"):
        servers.started(Broken(tmp_path))
    assert servers.ran == []


CASES = """
import pytest
from tests.lims_servers.session import *
from tests.lims_servers.test_session import Echo, Missing

class Second(Echo):
    name = "Second"

@pytest.mark.lims
@pytest.mark.parametrize("kind", [Echo, {second}])
def test_it(lab_servers, kind):
    lab_servers.started(kind(lab_servers.home))
"""


def run(folder: Path, second: str, *arguments: str, ci: str = "true") -> tuple[int, str]:
    (folder / "test_it.py").write_text(CASES.format(second=second))
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = lims: x\n")
    hooks = ["-p", "tests.lims_servers.session", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *hooks, *arguments, str(folder / "test_it.py")],
        env={**os.environ, "CI": ci, "LIMS_HOME": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return done.returncode, done.stdout


@pytest.mark.slow
def test_fewer_than_two_servers_fail_the_run_of_ci_only(tmp_path):
    code, told = run(tmp_path, "Missing", "-m", "lims")
    assert code == 1
    assert "Missing did not run: no Python 4.0 on the path" in told
    assert "1 of 2 real servers ran; at least 2 must run where CI=true" in told
    assert run(tmp_path, "Missing", "-m", "lims", ci="")[0] == 0
    code, told = run(tmp_path, "Second", "-m", "lims")
    assert code == 0
    assert "2 of 2 real servers ran" in told


@pytest.mark.slow
def test_a_plain_run_starts_no_server(tmp_path):
    code, told = run(tmp_path, "Second")
    assert code == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "2 deselected" in told
