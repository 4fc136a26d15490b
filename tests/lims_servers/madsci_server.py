"""MADSci as a test server: three managers of the PyPI release in one process."""

import tempfile
from pathlib import Path
from typing import ClassVar

from tests.lims_servers.server import (
    Access,
    LabServer,
    free_port,
    interpreter,
    needs_interpreter,
)  # fmt: skip

_HERE = Path(__file__).parent
_PYTHON = "3.12"


class MadsciServer(LabServer):
    """MADSci 0.8.1: resource, data and experiment managers."""

    name: ClassVar[str] = "MADSci"
    version: ClassVar[str] = "0.8.1"

    def requirements(self) -> str | None:
        return needs_interpreter(_PYTHON)

    def install(self) -> None:
        """Install it with pins: it caps none of its dependencies, and newer ones break it."""
        found = interpreter(_PYTHON)
        assert found is not None
        managers = [
            f"madsci-{name}-manager=={self.version}" for name in ("resource", "data", "experiment")
        ]
        pins = [
            "pydantic==2.12.5", "sqlmodel==0.0.37", "sqlalchemy==2.0.48", "fastapi==0.135.1",
            "starlette==0.52.1",
        ]  # fmt: skip
        self.venv(found, [*managers, f"madsci-client=={self.version}", *pins])

    def start(self) -> Access:
        folder = tempfile.mkdtemp(prefix="run-", dir=self.folder)
        ports = {name: free_port() for name in ("resource", "data", "experiment")}
        command = [
            self.folder / "venv" / "bin" / "python", _HERE / "madsci_serve.py", folder,
            *map(str, ports.values()),
        ]  # fmt: skip
        # Its managers lock their names in a registry below the home folder, for every process.
        self.spawn(command, {"HOME": folder}, "server.log")
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        for url in urls.values():
            self.await_answer(f"{url}/health", {}, "server.log")
        return Access(urls["resource"], "", urls)
