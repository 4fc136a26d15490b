"""A campaign from beginning to end against a simulated lab, in a workspace that is thrown away.

No time passes and nothing of the real workspace is changed but its cache of descriptors, data sets
and pretrained models, which the real campaign will find filled.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from loop.backtest.calendar import RoundDays, calendar, days
from loop.backtest.caught import Fate, fates
from loop.backtest.random_search import Comparison, compare_with_random
from loop.backtest.rehearsed_definition import Rehearsed
from loop.core.definition import GeneratedSpace
from loop.core.objective import Vector
from loop.core.ports import Progress, silent
from loop.core.rehearsal_ports import LabAccount
from loop.errors import AdapterError, ConfigError
from loop.service.ask import Ask
from loop.service.door import Door, connect
from loop.service.views import CampaignView
from loop.service.worker import StepOutcome
from loop.settings import Settings

RANDOM_SEARCHES: Final = 20
_KEPT: Final = ("cache", "sources", "source-tables")


@dataclass(frozen=True)
class Rehearsal:
    """What would happen, and what would be noticed.

    Attributes:
        slug: Campaign.
        title: For people.
        truth: What stood for the truth.
        departures: In what else it departed from the campaign file.
        ended: How it ended, in words.
        unit: Of the objective's property.
        days: Until the last answer, of 24 hours.
        rounds: Its calendar.
        orders: Orders placed.
        measured: Orders with a result.
        failures: Reason to number of orders.
        cost: Of all orders; None where the campaign names no price.
        currency: For people.
        best_label: The candidate that the campaign takes for the best.
        best_value: What was recorded of it; None without a result.
        best_true: What is true of it.
        comparison: Random search at the same budget; None where candidates are made on the way.
        fates: What became of every mistake.
        false_alarms: Remarks on orders without a mistake, in words.
        warnings: What the campaign's page would say in the end.
    """

    slug: str
    title: str
    truth: str
    departures: tuple[str, ...]
    ended: str
    unit: str
    days: int
    rounds: tuple[RoundDays, ...]
    orders: int
    measured: int
    failures: Mapping[str, int]
    cost: float | None
    currency: str
    best_label: str
    best_value: float | None
    best_true: float | None
    comparison: Comparison | None
    fates: tuple[Fate, ...]
    false_alarms: tuple[str, ...]
    warnings: tuple[str, ...]


def rehearse(
    rehearsed: Rehearsed,
    file: Path,
    real: Settings,
    told: Callable[[int, StepOutcome, int], None],
    progress: Progress = silent,
) -> Rehearsal:
    """Run a campaign against its simulated lab; return what came of it.

    Args:
        rehearsed: The campaign with its simulated lab.
        file: The campaign file, beside which its tables lie.
        real: The workspace; its ledger is never opened.
        told: Told orders ended, the step, and the round.
        progress: Told how far a long step is.

    Raises:
        ConfigError: the campaign or its lab cannot be used.
        DataError: its pool cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as made:
        settings = _scratch(Path(made), real)
        rehearsed.write_values(settings.exchange_folder)
        door = connect(settings)
        try:
            slug = door.service.open_as(rehearsed.definition, file, Ask.by("rehearsal"))
            watch = _Watch(door, slug, told)
            return _account(door, rehearsed, watch.run(progress), watch.flagged)
        finally:
            door.close()


def _scratch(home: Path, real: Settings) -> Settings:
    # The address is given outright: a team's database must not fill with rehearsals.
    settings = Settings(
        workspace=home, actor="rehearsal", database_url=f"sqlite:///{home / 'ledger.db'}"
    )
    settings.state_folder.mkdir(parents=True)
    for name in _KEPT:
        kept = real.state_folder / name
        kept.mkdir(parents=True, exist_ok=True)
        (settings.state_folder / name).symlink_to(kept.resolve())
    return settings


class _Watch:
    """Runs the campaign and keeps every remark that is made on the way.

    A remark that was right disappears when the lab mends the value.
    """

    def __init__(
        self, door: Door, slug: str, told: Callable[[int, StepOutcome, int], None]
    ) -> None:
        self._door, self._slug, self._told = door, slug, told
        self.flagged: dict[str, str] = {}

    def run(self, progress: Progress) -> str:
        """Return how the campaign ended, in words."""
        try:
            last = self._door.worker.run(self._slug, on_step=self._on_step, progress=progress)
            # Late edits: those that the last round did not wait for.
            seen = -1
            while seen != (seen := self._door.queries.version(self._slug)):
                self._on_step(self._door.worker.look(self._slug))
        except AdapterError as error:
            return error.message
        return last.text

    def _on_step(self, outcome: StepOutcome) -> None:
        view = self._door.queries.view(self._slug)
        for surprise in view.surprises:
            self.flagged.setdefault(surprise.order_id, surprise.text)
        by_candidate = {o.candidate_id: o.order_id for o in view.orders}
        current = view.current_round
        report = current.report if current is not None else None
        for candidate_id in report.outliers if report is not None else ():
            text = "the model took it for an outlier"
            self.flagged.setdefault(by_candidate[candidate_id], text)
        self._told(view.n_measured + view.n_failed, outcome, view.summary.round_number)


def _account(door: Door, rehearsed: Rehearsed, ended: str, flagged: Mapping[str, str]) -> Rehearsal:
    slug = rehearsed.definition.slug
    view, found = door.queries.view(slug), door.queries.rehearsed(slug)
    if found is None:
        raise ConfigError(f"the lab of {slug!r} is not a simulated one")
    account, truth = found
    rounds = calendar(account, view)
    best = view.ranking[0] if view.ranking else None
    rows = door.queries.measured_rows(slug)
    return Rehearsal(
        slug=slug,
        title=view.summary.title,
        truth=rehearsed.truth,
        departures=rehearsed.departures,
        ended=view.summary.status if view.summary.status == "closed" else ended,
        unit=view.summary.unit,
        days=days(rounds),
        rounds=rounds,
        orders=view.summary.n_experiments,
        measured=view.n_measured,
        failures=_failures(view),
        cost=view.cost,
        currency=view.definition.budget.currency,
        best_label=best.label if best else "",
        best_value=best.value if best else None,
        best_true=float(truth[door.queries.row(slug, best.candidate_id)]) if best else None,
        comparison=_compared(view, truth, rows),
        fates=tuple(fates(account.mistakes, view, flagged)),
        false_alarms=_false_alarms(account, view, flagged),
        warnings=view.warnings,
    )


def _failures(view: CampaignView) -> dict[str, int]:
    reasons = [o.reason for o in view.orders if o.status.value == "failed"]
    return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}


def _compared(view: CampaignView, truth: Vector, rows: np.ndarray) -> Comparison | None:
    definition = view.definition
    if isinstance(definition.space, GeneratedSpace) or not len(rows):
        return None
    return compare_with_random(
        truth, rows, definition.objective, view.summary.n_experiments, RANDOM_SEARCHES,
        definition.seed,
    )  # fmt: skip


def _false_alarms(
    account: LabAccount, view: CampaignView, flagged: Mapping[str, str]
) -> tuple[str, ...]:
    mistaken = {m.order_id for m in account.mistakes}
    labels = {o.order_id: o.label for o in view.orders}
    return tuple(f"{labels[o]}: {text}" for o, text in flagged.items() if o not in mistaken)
