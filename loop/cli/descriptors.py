"""Commands about descriptors outside of a campaign: describe, blocks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.campaigns import must_exist
from loop.cli.output import AsJson, document, say, table, talk
from loop.errors import ConfigError

if TYPE_CHECKING:
    from loop.core.candidate import Material
    from loop.core.ports import Progress

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(describe)
    app.command()(blocks)


def describe(
    file: Annotated[Path, typer.Argument(help="CSV (also .gz) or parquet, one row each.")],
    featurizer: Annotated[
        str, typer.Option(help="A featurizer, a block (synthloop blocks), or a .toml of blocks.")
    ],
    out: Annotated[Path, typer.Option(help="A .parquet, .csv or .npz to write.")],
    material: Annotated[str, typer.Option(help="What a row is.")] = "molecule",
    structure: Annotated[str, typer.Option(help="Column of the structure.")] = "smiles",
    features: Annotated[
        str, typer.Option(help="For columns: names of the numeric columns, with commas.")
    ] = "",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes for big tables; the cores if absent.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder where values are kept for the next time.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the descriptors of every row of a table.

    Rows that cannot be described are listed, also in a .failures.csv beside the output; their
    cells are empty. The command fails if that is every row.
    """
    must_exist(file)
    from loop.featurize.table_file import Wanted
    from loop.wiring import describe_file

    names = tuple(name.strip() for name in features.split(",") if name.strip())
    wanted = Wanted(file, material_of(material), structure, out, names, workers, cache)
    with bar() as progress:
        done = describe_file(wanted, featurizer, progress)
    for failure in done.failures[:_SHOWN]:
        talk(f"row {failure.row}, {failure.structure}: {failure.reason}")
    if done.failures_file is not None:
        talk(f"{len(done.failures)} of {done.n_rows} rows failed: {done.failures_file}")
    if as_json:
        document(
            "described",
            {
                "out": done.out,
                "n_rows": done.n_rows,
                "n_failed": len(done.failures),
                "failures_file": done.failures_file,
                "blocks": [{"name": n, "kind": k, "d": d} for n, k, d in done.blocks],
            },
        )
        return
    say(str(done.out))


def blocks(as_json: AsJson = False) -> None:
    """List the blocks of descriptors that are installed."""
    from loop.wiring import known_blocks

    known = known_blocks()
    if as_json:
        document("blocks", known)
        return
    table(
        ("block", "reads", "values", "d", "remark"),
        [(b.name, b.reads, b.values, b.d, b.remark) for b in known],
    )


def material_of(name: str) -> "Material":
    """Return the material of a name.

    Raises:
        ConfigError: there is none; the message lists the known ones.
    """
    from loop.core.candidate import Material

    try:
        return Material(name)
    except ValueError:
        known = ", ".join(m.value for m in Material)
        raise ConfigError(f"--material is {name!r}; expected one of: {known}") from None


@contextmanager
def bar() -> Iterator["Progress"]:
    """Show a bar with the time left, on stderr, to people."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    bar = Progress(
        # A long account must not push the bar and the time left off a narrow screen.
        TextColumn(
            "{task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
        ),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        expand=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("reading", total=1.0)

        def show(phrase: str, share: float) -> None:
            if share < bar.tasks[0].completed:
                # Another stage: the pace of the last one says nothing of the time it takes.
                bar.reset(task)
            bar.update(task, description=phrase, completed=share)

        yield show
