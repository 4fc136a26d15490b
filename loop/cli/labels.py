"""The command `labels`: stickers for the vials of the orders that wait."""

from pathlib import Path
from typing import Annotated

import typer

from loop.cli.output import Slug, opened, say
from loop.errors import NotFoundError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(labels)


def labels(
    slug: Slug,
    out: Annotated[Path, typer.Option(help="PDF to write.")] = Path("labels.pdf"),
    stock: Annotated[
        str, typer.Option(help="Label stock: a4-3x7, a4-5x13, letter-3x10, roll-50x25.")
    ] = "a4-3x7",
    copies: Annotated[int, typer.Option(min=1, max=100, help="Labels per order.")] = 1,
    skip: Annotated[int, typer.Option(min=0, help="Labels already used on the first sheet.")] = 0,
) -> None:
    """Write labels with QR codes for the orders that wait for results."""
    from loop.report.labels import labels_pdf

    with opened() as door:
        orders = door.service.waiting_orders(slug)
    if not orders:
        raise NotFoundError(f"campaign {slug!r} has no order that waits for results")
    out.write_bytes(labels_pdf(orders, stock, copies=copies, skip=skip))
    say(str(out))
