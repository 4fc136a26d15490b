"""Serves MADSci's resource, data and experiment managers, one port each, on the loopback interface.

Runs in the server's environment: python madsci_serve.py FOLDER RESOURCE_PORT DATA_PORT EXPERIMENT_PORT

The resource manager keeps SQLite, the two others MADSci's own stores in memory.
"""

import asyncio
import os
import sys
from pathlib import Path

folder, ports = (
    Path(sys.argv[1]),
    dict(zip(("resource", "data", "experiment"), sys.argv[2:5], strict=True)),
)
for manager, port in ports.items():
    os.environ[f"{manager.upper()}_SERVER_URL"] = f"http://127.0.0.1:{port}/"
os.environ["DATA_FILE_STORAGE_PATH"] = str(folder / "files")
os.chdir(folder)

# Its settings are read from the environment while it is imported.
import uvicorn  # noqa: E402
from madsci.common.db_handlers.document_storage_handler import (  # noqa: E402
    InMemoryDocumentStorageHandler,
)
from madsci.common.db_handlers.postgres_handler import SQLiteHandler  # noqa: E402
from madsci.data_manager.data_server import DataManager  # noqa: E402
from madsci.experiment_manager.experiment_server import ExperimentManager  # noqa: E402
from madsci.resource_manager.resource_interface import ResourceInterface  # noqa: E402
from madsci.resource_manager.resource_server import ResourceManager  # noqa: E402

# Given an interface, the manager does not look for its own distribution under a name that is not
# the one it has on PyPI.
store = ResourceInterface(
    postgres_handler=SQLiteHandler(url=f"sqlite:///{folder / 'resources.db'}")
)
managers = {
    "resource": ResourceManager(resource_interface=store),
    "data": DataManager(document_handler=InMemoryDocumentStorageHandler(database_name="data")),
    "experiment": ExperimentManager(
        document_handler=InMemoryDocumentStorageHandler(database_name="experiments")
    ),
}


async def serve() -> None:
    await asyncio.gather(
        *(
            uvicorn.Server(
                uvicorn.Config(
                    manager.create_server(), host="127.0.0.1", port=int(ports[name]),
                    log_level="warning",
                )
            ).serve()
            for name, manager in managers.items()
        )
    )  # fmt: skip


asyncio.run(serve())
