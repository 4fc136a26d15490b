"""The command `rehearse`: a campaign against a simulated lab, before it spends money."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from loop.cli.campaigns import must_exist
from loop.cli.output import AsJson, Slug, document, opened, progress_bar, say, table, talk
from loop.errors import ConfigError

if TYPE_CHECKING:
    from loop.backtest.rehearsal import Rehearsal
    from loop.service.worker import StepOutcome

_NONE: Final = "none"
_USUAL: Final = "usual"
_OWN: Final = "own"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rehearse)


def rehearse(
    slug: Slug,
    mistakes: Annotated[
        list[str] | None,
        typer.Option(
            help="usual, none, own (as [lims.mistakes] says; the default where it says so), or "
            "NAME=RATE: unit_slips, wrong_units, comma_slips, swapped_samples, late_corrections, "
            "withdrawals. May be given several times.",
        ),
    ] = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            help="What a simulated lab answers with, in place of the campaign's own lab: "
            "PROPERTY=column:NAME of the pool, or PROPERTY=oracle:NAME.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a campaign through against a simulated lab; nothing real is touched."""
    from loop.backtest.rehearsal import rehearse as played
    from loop.backtest.rehearsed_definition import rehearsed
    from loop.service.campaign_file import read_campaign
    from loop.service.plugins import PluginLookup
    from loop.settings import Settings

    truths = _truths(truth or [])
    settings = Settings()
    file = settings.campaigns_folder / slug / "campaign.toml"
    must_exist(file)
    definition = read_campaign(file, PluginLookup())
    rates = _rates(mistakes or [], definition.lims.options)
    what = rehearsed(_believed, definition, truths, rates)
    with progress_bar(what.definition.budget.experiments) as (phase, done):

        def told(count: int, outcome: "StepOutcome", number: int) -> None:
            done(count)
            phase(f"round {number}, {outcome.text[:40]}", 0.0)

        found = played(what, file, settings, told, phase)
    if as_json:
        document("rehearsal", found)
        return
    _print_account(found)
    _print_mistakes(found)


def _believed(slug: str) -> tuple[dict[str, float], int]:
    with opened() as door:
        return door.queries.believed(slug)


def _truths(given: list[str]) -> dict[str, str]:
    truths: dict[str, str] = {}
    for text in given:
        name, equals, where = text.partition("=")
        kind, _, what = where.partition(":")
        if not (name and equals and what and kind in {"column", "oracle"}):
            raise ConfigError(
                f"--truth: got {text!r}; expected PROPERTY=column:NAME or PROPERTY=oracle:NAME"
            )
        truths[name] = where
    return truths


def _rates(given: list[str], options: dict[str, object]) -> dict[str, float]:
    from loop.backtest.rehearsed_definition import USUAL

    if not given:
        return {} if "mistakes" in options else dict(USUAL)
    rates: dict[str, float] = {}
    for text in given:
        name, equals, rate = text.partition("=")
        if text == _USUAL:
            rates |= USUAL
        elif text == _NONE:
            rates |= dict.fromkeys(USUAL, 0.0)
        elif equals and name in USUAL:
            rates[name] = _rate(text, rate)
        elif text != _OWN:
            known = ", ".join(USUAL)
            raise ConfigError(
                f"--mistakes: got {text!r}; expected usual, none, own or NAME=RATE with one of "
                f"the names {known}"
            )
    return rates


def _rate(text: str, rate: str) -> float:
    try:
        value = float(rate)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise ConfigError(f"--mistakes: got {text!r}; expected a share from 0 to below 1")
    return value


def _print_account(found: "Rehearsal") -> None:
    say(f"{found.title}: {found.ended}")
    talk(f"rehearsed, not measured; the truth is {found.truth}")
    for departure in found.departures:
        talk(f"unlike the campaign file: {departure}")
    table(
        ("round", "days", "orders", "measured", "failed"),
        [
            (r.number, f"{r.first_day} to {r.last_day}", r.orders, r.measured, r.failed)
            for r in found.rounds
        ],
    )
    cost = "" if found.cost is None else f", cost {found.cost:,.0f} {found.currency}"
    failed = sum(found.failures.values())
    why = "; ".join(f"{reason}: {n}" for reason, n in found.failures.items())
    say(
        f"{found.days} days, {found.orders} orders, {found.measured} measured, {failed} failed"
        + (f" ({why})" if why else "")
        + cost
    )
    if found.best_value is not None:
        say(
            f"best: {found.best_label}, {found.best_value:.4g} {found.unit} recorded, "
            f"{found.best_true:.4g} true"
        )
    c = found.comparison
    if c is not None:
        say(
            f"best true value among the measured: {c.best:.4g} {found.unit}, better than or equal "
            f"to {c.percentile:.1f} % of the pool; random search with {c.budget} orders: "
            f"{c.random_median_best:.4g} (median of {c.n_seeds}), {c.random_median_needed:.0f} "
            "orders for as good a one"
        )


def _print_mistakes(found: "Rehearsal") -> None:
    caught = sum(f.caught for f in found.fates)
    say(f"{len(found.fates)} mistakes were planted, {caught} caught, "
        f"{len(found.fates) - caught} not")  # fmt: skip
    if found.fates:
        table(
            ("mistake", "candidate", "right", "entered", "caught"),
            [
                (
                    f.mistake.kind.value,
                    f.label,
                    f"{f.mistake.right:.4g} {f.mistake.unit}",
                    f"{f.mistake.entered:.4g} {f.mistake.written_unit}",
                    f.how,
                )
                for f in found.fates
            ],
        )
    hints = dict.fromkeys((f.mistake.kind.value, f.hint) for f in found.fates if f.hint)
    for kind, hint in hints:
        say(f"would catch {kind}: {hint}")
    for alarm in found.false_alarms:
        say(f"false alarm: {alarm}")
