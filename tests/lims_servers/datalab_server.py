"""datalab as a test server: the PyPI release, on a stand-in for MongoDB.

MongoDB comes in no package of Debian or PyPI. The PyPI package `mongoeco` speaks its wire protocol
and does what datalab asks of it; datalab itself is unmodified.
"""

import json
import socket
import tempfile
import time
from pathlib import Path
from typing import ClassVar

from tests.lims_servers.server import (
    Access,
    LabServer,
    ServerError,
    free_port,
    interpreter,
    needs_interpreter,
    tail,
)  # fmt: skip

_HERE = Path(__file__).parent
_PATIENCE_SECONDS = 60


class MongoecoServer(LabServer):
    """The stand-in for MongoDB; a fresh one knows nothing."""

    name: ClassVar[str] = "mongoeco"
    version: ClassVar[str] = "4.11.0"

    def requirements(self) -> str | None:
        return needs_interpreter("3.13")

    def install(self) -> None:
        found = interpreter("3.13")
        assert found is not None
        self.venv(found, [f"mongoeco[wire]=={self.version}"])

    def start(self) -> Access:
        port = free_port()
        python = self.folder / "venv" / "bin" / "python"
        self.spawn([python, _HERE / "mongoeco_serve.py", str(port)], {}, "server.log")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline and self._processes[-1].poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return Access(f"mongodb://127.0.0.1:{port}/datalab?directConnection=true")
            time.sleep(0.1)
        raise ServerError(f"{self.name} does not listen:\n{tail(self.folder / 'server.log')}")


class DatalabServer(LabServer):
    """datalab-server 0.7.12."""

    name: ClassVar[str] = "datalab"
    version: ClassVar[str] = "0.7.12"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._database = MongoecoServer(home)

    def requirements(self) -> str | None:
        return needs_interpreter("3.11") or self._database.requirements()

    def install(self) -> None:
        """Install both; its plotting library of 2022 still asks numpy for `bool8`."""
        self._database.install()
        found = interpreter("3.11")
        assert found is not None
        self.venv(found, [f"datalab-server[server]=={self.version}", "numpy<2"])

    def start(self) -> Access:
        database, port = self._database.start(), free_port()
        files = tempfile.mkdtemp(prefix="files-", dir=self.folder)
        command = [
            self.folder / "venv" / "bin" / "python", _HERE / "datalab_serve.py", str(port),
            database.url, files,
        ]  # fmt: skip
        self.spawn(command, {}, "server.log")
        url = f"http://127.0.0.1:{port}"
        self.await_answer(f"{url}/healthcheck/is_ready", {}, "server.log")
        words = (self.folder / "server.log").read_text().splitlines()
        keys = json.loads(next(line for line in words if line.startswith('{"bot"')))
        return Access(url, keys["bot"], keys)

    def stop(self) -> None:
        super().stop()
        self._database.stop()
