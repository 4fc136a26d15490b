"""SampleDB as a test server: PyPI release in its own environment, a database of its own."""

import json
import platform
import subprocess
import uuid
from pathlib import Path
from typing import ClassVar

from tests.lims_servers.databases import create_database
from tests.lims_servers.server import (
    Access,
    LabServer,
    free_port,
    interpreter,
    needs_interpreter,
    run,
)

_HERE = Path(__file__).parent
_PYTHON = "3.13"


class SampleDBServer(LabServer):
    """SampleDB 0.33.1; 0.33.2 pins a certifi that is on no index."""

    name: ClassVar[str] = "SampleDB"
    version: ClassVar[str] = "0.33.1"

    def __init__(self, home: Path, postgres: str) -> None:
        super().__init__(home)
        self._postgres = postgres

    def requirements(self) -> str | None:
        """Return what is missing: the interpreter, or the library that lays out its PDFs."""
        missing = needs_interpreter(_PYTHON)
        if missing is None and platform.system() == "Linux" and not _has_library("libpangoft2"):
            missing = "no Pango (apt-get install libpango-1.0-0 libpangoft2-1.0-0)"
        return missing

    def install(self) -> None:
        """Install from PyPI, with what the release leaves out.

        Its metadata drop `minisign`, which it pins to a git address; the one on PyPI does. The
        archive lacks a list of unit codes that is read at the start; an empty one only leaves
        codes out of its exports.
        """
        found = interpreter(_PYTHON)
        assert found is not None
        python = self.venv(
            found, [f"sampledb=={self.version}"], ["--no-deps", "py-minisign==0.21.1"]
        )
        where = "import importlib.util as u; print(u.find_spec('sampledb').origin)"
        package = Path(run([python, "-c", where], self.folder).strip()).parent
        codes = package / "logic" / "un_cefact_code_unit_pairs.json"
        if not codes.exists():
            codes.write_text("[]\n")

    def start(self) -> Access:
        """Start it on a fresh database with two accounts, two actions and an API token."""
        port, database = free_port(), f"sampledb{uuid.uuid4().hex[:12]}"
        create_database(self._postgres, database)
        address = self._postgres.replace("postgresql://", "postgresql+psycopg2://")
        env = {
            "SAMPLEDB_SQLALCHEMY_DATABASE_URI": f"{address}/{database}",
            "SAMPLEDB_CONTACT_EMAIL": "lab@example.org",
            "SAMPLEDB_MAIL_SERVER": "localhost",
            "SAMPLEDB_MAIL_SENDER": "lab@example.org",
            "SAMPLEDB_SERVER_NAME": f"127.0.0.1:{port}",
            "SAMPLEDB_PREFERRED_URL_SCHEME": "http",
            "SAMPLEDB_ENABLE_BACKGROUND_TASKS": "false",
            "SAMPLEDB_BUILD_TRANSLATIONS": "false",
            "SAMPLEDB_SECRET_KEY": "only-for-tests",
        }
        python = self.folder / "venv" / "bin" / "python"
        told = run([python, _HERE / "sampledb_provision.py"], self.folder, env)
        facts = json.loads(told.strip().splitlines()[-1])
        self.spawn([python, _HERE / "sampledb_serve.py", str(port)], env, "server.log")
        access = Access(f"http://127.0.0.1:{port}", facts.pop("token"), facts)
        headers = {"Authorization": f"Bearer {access.token}"}
        self.await_answer(f"{access.url}/api/v1/users/me", headers, "server.log")
        return access


def _has_library(name: str) -> bool:
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False)
    return name in listed.stdout
