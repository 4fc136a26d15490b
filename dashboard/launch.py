"""How the dashboard is started."""

import os
import sys
from pathlib import Path

_OPTIONS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "20",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "theme.primaryColor": "#1769aa",
    "theme.textColor": "#0d1117",
}


def command(port: int, address: str = "127.0.0.1") -> list[str]:
    """Return the command that serves the dashboard on an address of this machine."""
    app = Path(__file__).with_name("app.py")
    options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
    return [
        sys.executable, "-m", "streamlit", "run", str(app),
        f"--server.port={port}", f"--server.address={address}", *options,
    ]  # fmt: skip


def environment(workspace: Path) -> dict[str, str]:
    """Return the environment of the dashboard's process."""
    return os.environ | {"SYNTHLOOP_WORKSPACE": str(workspace)}
