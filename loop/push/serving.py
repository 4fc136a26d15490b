"""Runs the door until it is stopped."""

from pathlib import Path

from loop.errors import MissingExtraError
from loop.push.config import FILE_NAME, read_push_config
from loop.push.deliveries import DeliveryBook
from loop.push.receiver import Receiver
from loop.push.waking import Waker
from loop.service.door import Door

_MOST_AT_ONCE = 64


def serve(door: Door, host: str, port: int, config_file: Path | None = None) -> None:
    """Serve until interrupted.

    Args:
        door: The service.
        host: Address to listen at.
        port: Port to listen at.
        config_file: Who may push; `door.toml` in the workspace when absent.

    Raises:
        ConfigError: that file cannot be used.
        LabAccessError: a secret is missing or open to others.
        MissingExtraError: the extra is not installed.
    """
    try:
        import uvicorn

        from loop.push.app import build_app
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the door needs the package {error.name!r}", hint="pip install 'synthloop[door]'"
        ) from error
    settings = door.settings
    config = read_push_config(config_file or settings.workspace / FILE_NAME)
    for sender in config.senders.values():
        # Said now, at the keyboard, rather than to the first sender.
        sender.secret.read()
    book = DeliveryBook(settings.state_folder / "deliveries.db")
    receiver = Receiver(config, door.service, book)
    with Waker(door.worker) as waker:
        app = build_app(receiver, waker)
        # One process: deliveries are taken in one at a time.
        uvicorn.run(app, host=host, port=port, limit_concurrency=_MOST_AT_ONCE, server_header=False)
