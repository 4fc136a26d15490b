"""The command that lets instruments and programs push their results."""

from pathlib import Path
from typing import Annotated

import typer

from loop.cli.output import opened, say, talk

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(door)


def door(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.")] = 8765,
    config: Annotated[
        Path | None, typer.Option(help="Who may push; door.toml in the workspace if absent.")
    ] = None,
) -> None:
    """Take signed results over HTTP until stopped; what may be sent is told at /openapi.json."""
    from loop.push.serving import serve

    if host not in _LOOPBACK:
        talk("deliveries are signed, not encrypted: put a server with TLS before this address")
    say(f"http://{host}:{port}")
    with opened() as service:
        serve(service, host, port, config)
