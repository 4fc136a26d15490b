"""Data to stdout, talk to stderr."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel

if TYPE_CHECKING:
    from loop.core.ports import Progress
    from loop.service.ask import Ask
    from loop.service.door import Door

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Slug = Annotated[str, typer.Argument(help="Name of the campaign.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the history.")]
IfVersion = Annotated[
    int | None, typer.Option(help="Refuse if the campaign is at another version.")
]


@contextmanager
def opened() -> Iterator["Door"]:
    """Give the service of the workspace, and close it."""
    from loop.settings import Settings
    from loop.wiring import build

    door = build(Settings())
    try:
        yield door
    finally:
        door.close()


def ask(door: "Door", version: int | None = None) -> "Ask":
    """Return a new ask of the person at the keyboard."""
    from loop.service.ask import Ask

    return Ask.by(door.settings.actor, version)


def talk(text: str) -> None:
    """Say something that is not data."""
    sys.stderr.write(text + "\n")


def say(text: str) -> None:
    """Print data."""
    sys.stdout.write(text + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value)


def document(name: str, content: Any) -> None:
    """Print one JSON document with its schema name."""
    say(json.dumps({"schema": f"synthloop/{name}/1", name: content}, default=_plain, indent=1))


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table: boxes for people, tabs for programs."""
    cells = [["" if c is None else f"{c:.4g}" if isinstance(c, float) else str(c) for c in row]
             for row in rows]  # fmt: skip
    if not sys.stdout.isatty():
        for row in [list(header), *cells]:
            say("\t".join(row))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(*header)
    for row in cells:
        drawn.add_row(*(escape(cell) for cell in row))
    Console().print(drawn)


@contextmanager
def progress_bar(total: int, done: int = 0) -> Iterator[tuple["Progress", Any]]:
    """Show a bar of experiments with the time left, and the phase beside it.

    Yields:
        A progress callback for phases, and a function that sets the experiments done.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("experiments"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[phase]}"),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("experiments", total=total, completed=done, phase="")

        def phase(phrase: str, share: float) -> None:
            percent = f" {100 * share:.0f} %" if 0 < share < 1 else ""
            bar.update(task, phase=phrase + percent)

        yield phase, lambda count: bar.update(task, completed=count)
