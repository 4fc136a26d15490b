"""What a chemist reads about a model: how good it is, how far its intervals can be trusted."""

from typing import Final

from scipy.special import bdtr

from loop.core.proposal import ModelReport

_SAID_FROM: Final = 10
_JUDGED_FROM: Final = 20
_SHARE: Final = 0.9
_RARE: Final = 0.05


def parity_in_words(report: ModelReport, unit: str) -> str:
    """Say how far predictions of left-out measurements were off."""
    r2 = "undefined" if report.r2 is None else f"{report.r2:.2f}"
    return (
        f"Leave-one-out R² {r2}; typical error {report.rmse:.3g} {unit} (predicting the mean: "
        f"{report.rmse_of_mean:.3g})."
    )


def coverage_in_words(report: ModelReport) -> str:
    """Say how many left-out measurements fell inside their 90 % interval, and what it means."""
    n = report.n_observations
    inside = round(report.coverage90 * n)
    told = f"Of {n} left-out measurements {inside} fell inside their 90 % interval"
    if report.widening > 1.0:
        return (
            f"{told} once every interval was widened by {report.widening:.2f}, because too few "
            "were inside before: take the intervals as rough."
        )
    return f"{told}: {verdict(inside, n)}."


def folds_in_words(report: ModelReport, unit: str) -> str:
    """Say how refits foresaw measurements that they had not seen; nothing where there were none."""
    told = report.k_fold
    if told is None:
        return ""
    return (
        f"Fitted {told.folds} times anew, each time without a part of the measurements: typical "
        f"error {told.rmse:.3g} {unit}; {told.inside} of the {told.n} left out fell inside their "
        f"90 % interval: {verdict(told.inside, told.n)}."
    )


def about_model(report: ModelReport, unit: str) -> list[str]:
    """Return what a report or page says of a model, without its transfer."""
    lines = [parity_in_words(report, unit), coverage_in_words(report), folds_in_words(report, unit)]
    return [line for line in lines if line]


def verdict(inside: int, n: int) -> str:
    """Judge 90 % intervals by how many of n measurements they held.

    Too few or too many is what calibrated intervals would show in fewer than 5 % of cases
    (binomial distribution, one tail).
    """
    if n < _SAID_FROM:
        return "too few to judge the intervals"
    if _at_most(inside, n) < _RARE:
        return "the intervals are too narrow, trust them less than they say"
    if 1.0 - _at_most(inside - 1, n) < _RARE:
        return "the intervals are wider than need be, and err on the safe side"
    if n < _JUDGED_FROM:
        return f"nothing speaks against the intervals, but {_JUDGED_FROM} are needed to trust them"
    return "the intervals can be trusted within the range of what was measured"


def _at_most(k: int, n: int) -> float:
    """Return P(at most k of n), each inside with probability 0.9."""
    return float(bdtr(k, n, _SHARE)) if k >= 0 else 0.0


def transfer_in_words(report: ModelReport, unit: str) -> list[str]:
    """Say what other properties contributed; nothing for a model that uses none."""
    told = report.transfer
    if told is None:
        return []
    shares = "; ".join(f"{name}: {100 * s:.0f} %" for name, s in told.variance_shares.items())
    top = ", ".join(f"{w.name} ({w.weight:+.2g} {unit})" for w in told.top_sources)
    scores = (
        f"{told.n_sources} sources; weight of the model that uses them {100 * told.weight:.0f} %; "
        f"leave-one-out log score {told.loo_log_score_with:.2f} with, "
        f"{told.loo_log_score_without:.2f} without (nats per observation)."
    )
    lines = [f"{told.verdict[:1].upper()}{told.verdict[1:]}.", scores]
    lines += [f"Variance among the observations: {shares}."] if shares else []
    lines += [f"Strongest sources, per standard deviation of each: {top}."] if top else []
    return lines
