"""A real lab server on loopback: what has to be there, how it is installed, started and stopped.

One module beside this one per system, with one subclass of `LabServer`. A test module asks for it
by a fixture of its own:

    @pytest.fixture(scope="session")
    def madsci(lab_servers):
        return lab_servers.started(MadsciServer(lab_servers.home))

which skips with the reason where the server cannot run on this machine.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

_PATIENCE_SECONDS = 180


class ServerError(Exception):
    """A server was installed or started in vain; carries the end of its log."""


@dataclass(frozen=True)
class Access:
    """How to reach a server that runs.

    Attributes:
        url: Its address.
        token: The secret of the account that the tests use; empty where there is none.
        facts: What provisioning made there: ids, names, further secrets.
    """

    url: str
    token: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stamp:
    """When something was done, for the last line of a run.

    Attributes:
        what: "installed", "started".
        at: Time, UTC.
        seconds: How long it took.
    """

    what: str
    at: datetime
    seconds: float


class LabServer(ABC):
    """One unmodified server. `install` and `start` may be called again after a crash.

    Attributes:
        name: As people write it: "SampleDB".
        version: The pinned release.
        stamps: What was done when.
    """

    name: ClassVar[str]
    version: ClassVar[str]

    def __init__(self, home: Path) -> None:
        self.folder = home / f"{self.name.lower()}-{self.version}"
        self.stamps: list[Stamp] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    @abstractmethod
    def requirements(self) -> str | None:
        """Return what this machine lacks, with how to get it, or None."""

    @abstractmethod
    def install(self) -> None:
        """Install the pinned release into `folder`, unless it is there.

        Raises:
            ServerError: it cannot be installed.
        """

    @abstractmethod
    def start(self) -> Access:
        """Start the server on free ports of the loopback interface and wait until it answers.

        Raises:
            ServerError: it does not come up.
        """

    def stop(self) -> None:
        """End every process that was started here."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
        self._processes.clear()

    def timed(self, what: str, work: Callable[[], Any]) -> Any:
        """Do something and keep its time stamp."""
        began = time.monotonic()
        done = work()
        self.stamps.append(Stamp(what, datetime.now(UTC), time.monotonic() - began))
        return done

    def venv(self, interpreter: Path, *installs: Sequence[str]) -> Path:
        """Return the Python of the server's own environment, made with these calls of pip.

        A marker tells a finished environment from one whose installation was interrupted.
        """
        python, done = self.folder / "venv" / "bin" / "python", self.folder / "installed"
        wanted = repr(installs)
        if done.exists() and done.read_text() == wanted and python.exists():
            return python
        self.folder.mkdir(parents=True, exist_ok=True)
        self.make_environment(interpreter, self.folder / "venv")
        for arguments in installs:
            quiet = ["-q", "--disable-pip-version-check"]
            run([python, "-m", "pip", "install", *quiet, *arguments], self.folder)
        done.write_text(wanted)
        return python

    def make_environment(self, interpreter: Path, place: Path) -> None:
        """Make an empty environment for `venv`; override it for interpreters without that module.

        Raises:
            ServerError: it cannot be made.
        """
        run([interpreter, "-m", "venv", "--clear", place], self.folder)

    def spawn(self, command: Sequence[str | Path], env: Mapping[str, str], log: str) -> None:
        """Start a process that `stop` ends; its words go to `folder / log`."""
        with (self.folder / log).open("wb") as words:
            self._processes.append(
                subprocess.Popen(
                    [str(part) for part in command],
                    env={**os.environ, **env},
                    stdin=subprocess.DEVNULL,
                    stdout=words,
                    stderr=words,
                    cwd=self.folder,
                )
            )

    def await_answer(self, url: str, headers: Mapping[str, str], log: str) -> None:
        """Return when the address answers with 200.

        Raises:
            ServerError: the process ended, or the time is up.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        request = urllib.request.Request(url, headers=dict(headers))
        while time.monotonic() < deadline and self._processes[-1].poll() is None:
            try:
                with urllib.request.urlopen(request, timeout=10):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise ServerError(f"{self.name} does not answer at {url}:\n{tail(self.folder / log)}")


class LabServers:
    """Starts each server once per session, and knows which ran and which did not."""

    def __init__(self, home: Path, chosen: frozenset[str]) -> None:
        self.home, self._chosen = home, chosen
        self._running: dict[str, tuple[LabServer, Access]] = {}
        self.skipped: dict[str, str] = {}

    @property
    def ran(self) -> list[LabServer]:
        """The servers that were started."""
        return [server for server, _ in self._running.values()]

    def started(self, server: LabServer) -> Access:
        """Return the access to a server, installed and started when it is first asked for.

        The calling test is skipped, with the reason, where the server cannot run here.
        """
        if server.name in self._running:
            return self._running[server.name][1]
        if self._chosen and server.name.lower() not in self._chosen:
            reason: str | None = "not among LIMS_SERVERS"
        else:
            reason = server.requirements()
        if reason is not None:
            self.skipped[server.name] = reason
            pytest.skip(f"{server.name} {server.version}: {reason}")
        server.timed("installed", server.install)
        try:
            access: Access = server.timed("started", server.start)
        except BaseException:
            server.stop()
            raise
        self._running[server.name] = server, access
        return access

    def stop(self) -> None:
        """Stop all of them."""
        for server in self.ran:
            server.stop()


def run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        ServerError: it failed.
    """
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    if done.returncode != 0:
        shown = " ".join(str(part) for part in command)
        raise ServerError(f"{shown} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def interpreter(minor: str) -> Path | None:
    """Return Python `minor` ("3.13"), from pyenv or the path, or None.

    A pyenv shim on the path is no interpreter where its version is not chosen, so it is tried.
    """
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted((root / "versions").glob(f"{minor}.*/bin/python"), reverse=True)
    on_path = shutil.which(f"python{minor}")
    for candidate in [*found, *([Path(on_path)] if on_path else [])]:
        tried = subprocess.run([candidate, "-c", ""], capture_output=True, check=False)
        if tried.returncode == 0:
            return candidate
    return None


def needs_interpreter(minor: str) -> str | None:
    """Return the reason why there is no Python `minor`, or None if there is."""
    if interpreter(minor):
        return None
    return f"no Python {minor} on the path or under pyenv (pyenv install {minor})"


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(log: Path, n_characters: int = 3000) -> str:
    """Return the end of a log."""
    return log.read_text(errors="replace")[-n_characters:] if log.exists() else ""
