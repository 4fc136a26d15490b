"""Commands about proposed batches: propose, approve, reject, add, abandon, cancel."""

from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.output import AsJson, IfVersion, Reason, Slug, ask, document, opened, say, table, talk
from loop.errors import StateError

if TYPE_CHECKING:
    from loop.service.views import ItemView

Candidate = Annotated[str, typer.Argument(help="Id, label or structure of a candidate.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (propose, approve, reject, add, abandon, cancel):
        app.command()(command)


def propose(slug: Slug, as_json: AsJson = False) -> None:
    """Advance until a batch is proposed, and show it."""
    from loop.service.worker import proposed

    with opened() as door:
        door.worker.run(slug, until=proposed)
        view = door.queries.view(slug)
    current = view.current_round
    if current is None or not current.items:
        raise StateError(f"campaign {slug!r} has no batch: it waits for {view.summary.waiting_for}")
    if as_json:
        document("proposal", {"version": view.summary.version, "round": current})
        return
    unit = view.summary.unit
    asked = any(i.plan is not None for i in current.items)
    recipes = any(i.item.candidate.recipe for i in current.items)
    table(
        ("candidate", "label", *(("recipe",) if recipes else ()),
         f"mean [{unit}]", "sd", "measured range",
         *(("route found", "in stock") if asked else ()), "reason"),
        [
            (i.item.candidate.candidate_id, i.item.candidate.label,
             *((i.item.candidate.recipe_words,) if recipes else ()), i.item.mean, i.item.sd,
             {True: "outside", False: "inside", None: ""}[i.item.outside],
             *(_planned(i) if asked else ()),
             (i.rejected and f"rejected: {i.rejected}") or i.item.story)
            for i in current.items
        ],
    )  # fmt: skip
    for warning in view.warnings:
        talk(f"warning: {warning}")
    if current.state == "proposed":
        talk(f"release it: synthloop approve {slug} --if-version {view.summary.version}")


def _planned(shown: "ItemView") -> tuple[str, str]:
    if shown.plan is None:
        return "", ""
    return "yes" if shown.plan.found else "no", "yes" if shown.plan.in_stock else "no"


def approve(
    slug: Slug,
    round_number: Annotated[int | None, typer.Option("--round", help="Round to release.")] = None,
    if_version: IfVersion = None,
) -> None:
    """Release the proposed batch: its orders go to the lab with the next run."""
    with opened() as door:
        number = round_number or door.queries.view(slug).summary.round_number
        door.service.approve(slug, number, ask(door, if_version))
    say(f"{slug}: round {number} is released; next: synthloop run {slug}")


def reject(slug: Slug, candidate: Candidate, reason: Reason, if_version: IfVersion = None) -> None:
    """Take a candidate out of the proposed batch for good."""
    with opened() as door:
        door.service.reject_item(slug, candidate, reason, ask(door, if_version))


def add(slug: Slug, candidate: Candidate, reason: Reason, if_version: IfVersion = None) -> None:
    """Put a candidate of the pool into the proposed batch."""
    with opened() as door:
        door.service.add_item(slug, candidate, reason, ask(door, if_version))


def abandon(slug: Slug, reason: Reason) -> None:
    """Give up the current round before its orders are placed."""
    with opened() as door:
        door.service.abandon_round(slug, reason, ask(door))


def cancel(
    slug: Slug, order: Annotated[str, typer.Argument(help="Id of the order.")], reason: Reason
) -> None:
    """Take an order back."""
    with opened() as door:
        door.service.cancel_order(slug, order, reason, ask(door))
