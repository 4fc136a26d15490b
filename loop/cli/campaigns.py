"""Commands about whole campaigns: new, check, schema, open, run, worker, pause and the like."""

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.output import AsJson, Reason, Slug, ask, document, opened, progress_bar, say, talk
from loop.errors import NotFoundError, SynthloopError

if TYPE_CHECKING:
    from loop.service.door import Door
    from loop.service.worker import StepOutcome

File = Annotated[Path, typer.Argument(help="A campaign.toml.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (
        new, check, schema, open_campaign, run, worker, pause, resume, close, amend,
    ):  # fmt: skip
        name = "open" if command is open_campaign else command.__name__
        app.command(name)(command)


def new(
    slug: Annotated[str, typer.Argument(help="Name of the campaign's folder.")],
    title: Annotated[str, typer.Option(prompt="Title")],
    material: Annotated[
        str, typer.Option(prompt="Material (molecule, polymer, composition, crystal, columns)")
    ] = "molecule",
    file: Annotated[
        str, typer.Option(prompt="Candidate file, beside the campaign file")
    ] = "pool.csv",
    structure: Annotated[str, typer.Option(prompt="Column of the structure")] = "smiles",
    features: Annotated[
        str, typer.Option(help="For columns: names of the numeric columns, with commas.")
    ] = "",
    prop: Annotated[
        str, typer.Option("--property", prompt="Property (a_name_like_this)")
    ] = "yield",
    unit: Annotated[str, typer.Option(prompt="Unit")] = "percent",
    goal: Annotated[str, typer.Option(prompt="Goal (maximize, minimize)")] = "maximize",
    experiments: Annotated[int, typer.Option(prompt="Experiments you can afford")] = 40,
    batch: Annotated[int, typer.Option(prompt="Experiments per round")] = 4,
) -> None:
    """Write a commented campaign file by asking."""
    from loop.service.template import Answers, write_template
    from loop.settings import Settings

    answers = Answers(
        slug=slug, title=title, material=material, file=file, structure=structure,
        features=tuple(f.strip() for f in features.split(",") if f.strip()),
        property=prop, unit=unit, goal=goal, experiments=experiments, batch=batch,
    )  # fmt: skip
    path = write_template(Settings().campaigns_folder, answers)
    say(str(path))
    talk(f"put the candidates into {path.parent / file}, then: synthloop check {path}")


def check(path: File, as_json: AsJson = False) -> None:
    """Look for every problem of a campaign file and its pool; change nothing."""
    with opened() as door:
        definition, build = door.service.check(path)
    if as_json:
        content = {
            "slug": definition.slug,
            "n_candidates": len(build.pool),
            "excluded": build.excluded,
        }
        document("check", content)
        return
    from loop.service.history import candidates_in_words

    told = candidates_in_words(len(build.pool), definition.space)
    say(f"{definition.slug}: {definition.objective.in_words()}, {told}")
    for row, label, reason in build.excluded:
        talk(f"row {row}, {label}: {reason}")


def schema(
    write: Annotated[Path | None, typer.Option(help="Write it there instead of printing.")] = None,
) -> None:
    """Print the JSON schema of campaign files, for editors."""
    from loop.service.plugins import PluginLookup
    from loop.service.schema import campaign_schema

    text = json.dumps(campaign_schema(PluginLookup()), indent=1, ensure_ascii=False) + "\n"
    if write is None:
        say(text.rstrip())
    else:
        write.write_text(text, encoding="utf-8")


def open_campaign(path: File) -> None:
    """Open a campaign: definition and pool are fixed from here."""
    with opened() as door:
        slug = door.service.open(path, ask(door))
        view = door.queries.view(slug)
    say(slug)
    from loop.service.history import candidates_in_words

    told = candidates_in_words(view.n_candidates, view.definition.space)
    talk(f"{told}, {view.n_excluded} excluded; next: synthloop run {slug}")


def advance(door: "Door", slug: str, max_steps: int | None = None) -> "StepOutcome":
    """Run a campaign until it waits, with a progress bar."""
    view = door.queries.view(slug)
    with progress_bar(view.summary.budget, view.n_measured + view.n_failed) as (phase, done):

        def show(outcome: "StepOutcome") -> None:
            now = door.queries.view(slug)
            done(now.n_measured + now.n_failed)
            phase(f"round {now.summary.round_number}, {outcome.text[:40]}", 0.0)

        return door.worker.run(slug, on_step=show, progress=phase, max_steps=max_steps)


def run(
    slug: Slug,
    max_steps: Annotated[int | None, typer.Option(help="Stop after so many steps.")] = None,
) -> None:
    """Advance a campaign until it waits for a person or the lab."""
    with opened() as door:
        known = len(door.queries.view(slug).refusals)
        outcome = advance(door, slug, max_steps)
        view = door.queries.view(slug)
        waiting = view.summary.waiting_for
    for refusal in view.refusals[known:]:
        reason = refusal.problems[0] if refusal.problems else ""
        talk(f"warning: {refusal.source} was refused, nothing of it was recorded: {reason}")
    if view.summary.status == "paused":
        # What it waits for holds the reason again.
        waiting = ""
        talk(f"when that is mended: synthloop resume {slug}")
    say(f"{slug}: {outcome.text}" + (f"; waits for {waiting}" if waiting else ""))


def worker(
    every: Annotated[float, typer.Option(help="Seconds between looks at the lab.")] = 60.0,
    once: Annotated[bool, typer.Option(help="Look once, then end.")] = False,
) -> None:
    """Serve all campaigns until stopped."""
    pause_between = threading.Event()
    with opened() as door:
        while True:
            for summary in door.queries.campaigns():
                try:
                    outcome = door.worker.run(summary.slug)
                except SynthloopError as error:
                    # One campaign's trouble must not keep the others waiting.
                    talk(f"{summary.slug}: {type(error).__name__}: {error}")
                    continue
                talk(f"{summary.slug}: {outcome.text}")
            if once:
                return
            pause_between.wait(every)


def pause(slug: Slug, reason: Reason) -> None:
    """Keep the worker off a campaign."""
    with opened() as door:
        door.service.pause(slug, reason, ask(door))


def resume(slug: Slug, reason: Reason = "") -> None:
    """Let the worker go on."""
    with opened() as door:
        door.service.resume(slug, reason, ask(door))


def close(slug: Slug, reason: Reason) -> None:
    """End a campaign; outstanding results are still taken in."""
    with opened() as door:
        door.service.close(slug, reason, ask(door))


def amend(slug: Slug, path: File, reason: Reason) -> None:
    """Put a changed campaign file into force."""
    with opened() as door:
        door.service.amend(slug, path, reason, ask(door))


def must_exist(path: Path) -> None:
    """Refuse a file that is not there.

    Raises:
        NotFoundError: it is not there.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}", hint="look at the spelling")
