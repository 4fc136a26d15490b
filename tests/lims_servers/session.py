"""Real servers for the tests marked `lims`: one of each per session, and a count at the end."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lims_servers.server import LabServers

_LEAST_IN_CI = 2
_PATIENCE_SECONDS = 900
_KEEPER = pytest.StashKey[LabServers]()


def _home() -> Path:
    """Where the servers' environments are kept between runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return Path(os.environ.get("LIMS_HOME", cache / "synthloop" / "lims")).resolve()


def _chosen() -> frozenset[str]:
    """Return the servers named in LIMS_SERVERS; empty: all."""
    words = os.environ.get("LIMS_SERVERS", "").replace(",", " ").split()
    return frozenset(word.lower() for word in words)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Real servers take minutes to install: they run by `make test-lims`, never by the way.
    on_servers = [item for item in items if item.get_closest_marker("lims")]
    if "lims" in (config.option.markexpr or ""):
        for item in on_servers:
            # The first test of a server waits for its installation: that is not its own time.
            item.add_marker(pytest.mark.timeout(_PATIENCE_SECONDS, func_only=True))
        return
    if on_servers:
        config.hook.pytest_deselected(items=on_servers)
        items[:] = [item for item in items if not item.get_closest_marker("lims")]


@pytest.fixture(scope="session")
def lab_servers(request: pytest.FixtureRequest) -> Iterator[LabServers]:
    """Starts real servers on demand; stops them at the end of the session."""
    keeper = LabServers(_home(), _chosen())
    request.config.stash[_KEEPER] = keeper
    yield keeper
    keeper.stop()


def pytest_sessionfinish(session: pytest.Session) -> None:
    keeper = session.config.stash.get(_KEEPER, None)
    few = keeper is not None and len(keeper.ran) < _LEAST_IN_CI
    if few and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    keeper = config.stash.get(_KEEPER, None)
    if keeper is None:
        return
    for name, reason in keeper.skipped.items():
        terminalreporter.write_line(f"{name} did not run: {reason}")
    for server in keeper.ran:
        told = ", ".join(f"{s.what} in {s.seconds:.0f} s" for s in server.stamps)
        terminalreporter.write_line(f"{server.name} {server.version} ran: {told}")
    n_ran, n_all = len(keeper.ran), len(keeper.ran) + len(keeper.skipped)
    verdict = f"{n_ran} of {n_all} real servers ran"
    if n_ran < _LEAST_IN_CI and os.environ.get("CI") == "true":
        verdict += f"; at least {_LEAST_IN_CI} must run where CI=true"
    terminalreporter.write_line(verdict)
