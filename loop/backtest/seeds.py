"""One campaign over many seeds and surrogates: how much of its outcome is luck, and how much skill.

Every run is a whole campaign through the service, in a workspace of its own: rounds, orders, lost
messages, failures. The seeds of the campaign and of its simulated lab change together, the
initial design is drawn at random, and all surrogates start from the same draws.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loop.backtest.random_search import TOP, Guessing, guessed
from loop.backtest.search_record import best_rows, first_hit
from loop.backtest.variation import parsed, varied
from loop.core.definition import CampaignDefinition
from loop.core.objective import Vector
from loop.errors import ConfigError
from loop.service.ask import Ask
from loop.service.door import connect
from loop.service.worker import StepOutcome
from loop.settings import Settings

Told = Callable[[int, str], None]
"""Told how many experiments of all runs are done, and in which run."""


@dataclass(frozen=True)
class Search:
    """What one campaign came to, by true values.

    Attributes:
        surrogate: Its model.
        offset: What was added to the seeds.
        orders: Experiments ordered.
        first: Orders until the first member of the pool's best 1 % was measured, or None.
        lucky: It was in the initial design.
        found: Members of the best 1 % measured.
        best: True value of the best candidate measured, in the property's unit.
        met_best: It is as good as the best of the pool.
    """

    surrogate: str
    offset: int
    orders: int
    first: int | None
    lucky: bool
    found: int
    best: float
    met_best: bool


@dataclass(frozen=True)
class BackTest:
    """All runs.

    Attributes:
        searches: By surrogate, then by seed.
        guessing: The same pool without a model.
        budget: Experiments a campaign may order.
        unit: Of the property.
    """

    searches: tuple[Search, ...]
    guessing: Guessing
    budget: int
    unit: str

    def of(self, surrogate: str) -> list[Search]:
        """Return the runs with one surrogate, by seed."""
        return [s for s in self.searches if s.surrogate == surrogate]

    def median_first(self, surrogate: str) -> float:
        """Return the median of the orders until the first of the best 1 %.

        A run that met none counts as one order more than the budget.
        """
        never = self.budget + 1
        firsts = [never if s.first is None else s.first for s in self.of(surrogate)]
        return float(np.median(firsts))


@dataclass(frozen=True)
class _Run:
    """A finished campaign with what is true of its pool."""

    search: Search
    truth: Vector
    definition: CampaignDefinition


def back_test(
    file: Path, surrogates: Sequence[str], n_seeds: int, cache: Path, told: Told
) -> BackTest:
    """Return the outcome of a campaign over seeds, for each surrogate.

    Args:
        file: A campaign file whose lab is simulated; its folder goes along.
        surrogates: Kinds of `[surrogate]`, at least one, with their default options.
        n_seeds: Runs of each, at least one.
        cache: Folder for data sets and descriptors, kept between runs; made as needed.
        told: Told how far it is.

    Raises:
        ConfigError: the file is not right, or its lab is not simulated.
    """
    lab = parsed(file.read_text(encoding="utf-8"), str(file)).get("lims", {}).get("kind")
    if lab != "simulated":
        raise ConfigError(
            f"{file}: lims.kind: got {lab!r}; a back-test needs 'simulated'",
            hint="a simulated lab answers from a column with the true values",
        )
    cache.mkdir(parents=True, exist_ok=True)
    runs: list[_Run] = []
    for surrogate in surrogates:
        for offset in range(n_seeds):
            done = sum(run.definition.budget.experiments for run in runs)

            def on_done(
                count: int, about: str = f"{surrogate}, seed {offset}", n: int = done
            ) -> None:
                told(n + count, about)

            with tempfile.TemporaryDirectory() as home:
                copy = _varied(file, surrogate, offset, Path(home))
                runs.append(_run(copy, surrogate, offset, _settings(Path(home), cache), on_done))
    definition = runs[-1].definition
    budget = definition.budget.experiments
    return BackTest(
        searches=tuple(run.search for run in runs),
        guessing=guessed(definition.objective, runs[-1].truth, budget),
        budget=budget,
        unit=definition.target.unit,
    )


def _settings(home: Path, cache: Path) -> Settings:
    # The address is given outright: a team's database must not fill with back-tests.
    settings = Settings(
        workspace=home, actor="back-test", database_url=f"sqlite:///{home / 'ledger.db'}"
    )
    settings.state_folder.mkdir(parents=True)
    (settings.state_folder / "cache").symlink_to(cache.resolve())
    return settings


def _varied(file: Path, surrogate: str, offset: int, home: Path) -> Path:
    """Write the campaign with other seeds, a random design and a surrogate; return its file."""
    text = file.read_text(encoding="utf-8")
    data = parsed(text, str(file))
    folder = home / "campaigns" / file.resolve().parent.name
    shutil.copytree(file.resolve().parent, folder)
    made = folder / file.name
    changes: dict[tuple[str, ...], int | str] = {
        ("seed",): int(data.get("seed", 0)) + offset,
        ("approval",): "auto",
        ("initial", "kind"): "random",
        ("surrogate", "kind"): surrogate,
        ("lims", "seed"): int(data.get("lims", {}).get("seed", 0)) + offset,
    }
    made.write_text(varied(text, changes, str(file)), encoding="utf-8")
    return made


def _run(
    file: Path, surrogate: str, offset: int, settings: Settings, on_done: Callable[[int], None]
) -> _Run:
    door = connect(settings)
    try:
        slug = door.service.open(file, Ask.by("back-test"))

        def on_step(outcome: StepOutcome) -> None:
            del outcome
            now = door.queries.view(slug)
            on_done(now.n_measured + now.n_failed)

        last = door.worker.run(slug, on_step=on_step)
        known, view = door.queries.truth(slug), door.queries.view(slug)
        ordered = door.queries.ordered_rows(slug)
    finally:
        door.close()
    if known is None:
        raise ConfigError(
            f"{slug} with {surrogate}, seed {offset}: no result to judge it by: {last.text}",
            hint="lower the failure rates of the simulated lab, or order more experiments",
        )
    truth, measured = known
    utility = view.definition.objective.signed(truth)
    # An order for one of the best that fails in the lab has found nothing.
    wanted = np.intersect1d(best_rows(utility, TOP), measured)
    first = first_hit(ordered.tolist(), wanted)
    best = int(measured[np.argmax(utility[measured])])
    search = Search(
        surrogate=surrogate,
        offset=offset,
        orders=len(ordered),
        first=first,
        lucky=first is not None and view.orders[first - 1].round_number == 1,
        found=len(wanted),
        best=float(truth[best]),
        met_best=bool(utility[best] >= utility.max()),
    )
    return _Run(search, truth, view.definition)
