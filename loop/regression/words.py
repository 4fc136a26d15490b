"""What a card says, in sentences."""

from loop.regression.calibration import Reliability
from loop.regression.card import ModelCard
from loop.report.model_words import transfer_in_words


def about_data(card: ModelCard) -> list[str]:
    """Say what the model has learned from."""
    request, unit = card.request, card.request.unit
    described = ", ".join(request.features) or f"column {request.structure!r}"
    rows = f"{card.n_structures} structures"
    if card.n_rows > card.n_structures:
        rows += f" from {card.n_rows} rows: rows of one structure are replicates, and are averaged"
    known = "known from the table" if card.noise_known else "not stated: it is estimated"
    return [
        f"{request.material.value}, {described}: {rows}.",
        f"Values from {card.lowest:.4g} to {card.highest:.4g} {unit}; their noise is {known}.",
        f"Surrogate {card.report.surrogate}, seed {request.seed}.",
    ]


def about_calibration(card: ModelCard) -> list[str]:
    """Say how good the predictions are, and whether the intervals hold."""
    unit, found = card.request.unit, card.calibration
    lines = [_quality("Leave-one-out", found.leave_one_out, unit)]
    if found.k_fold is None:
        lines.append("Too few values to refit without a fifth of them.")
    else:
        lines.append(_quality(f"{found.folds}-fold, refitted each time", found.k_fold, unit))
    lines.append(f"Always predicting the mean: RMSE {card.report.rmse_of_mean:.3g} {unit}.")
    return lines


def _quality(way: str, found: Reliability, unit: str) -> str:
    r2 = "undefined" if found.r2 is None else f"{found.r2:.2f}"
    return f"{way}: RMSE {found.rmse:.3g} {unit}, R² {r2}; {found.verdict}."


def about_sources(card: ModelCard) -> list[str]:
    """Say what other properties contributed, and what they have seen of the table."""
    lines = transfer_in_words(card.report, card.request.unit)
    if card.request.withhold and card.sources_digest:
        lines.append("The sources were trained anew without the structures of the table.")
    elif card.seen:
        most = sorted(card.seen.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
        named = ", ".join(f"{name} ({n})" for name, n in most)
        lines.append(
            f"{len(card.seen)} sources have learned other properties of structures of the table, "
            f"most of all {named}. For structures that no source has seen the intervals may be "
            "too narrow; --withhold trains the sources anew without the table's."
        )
    return lines


def about_domain(card: ModelCard) -> list[str]:
    """Say where the model may be believed."""
    beyond = (
        f"Predictions outside {card.lowest:.4g} to {card.highest:.4g} {card.request.unit}, and of "
        "structures farther from the training than 95 % of its own are from each other, are "
        "marked `outside`: their intervals are no calibrated probabilities."
    )
    scale = (
        "`distance` is that to the nearest structure of the training, about 1 for two unrelated "
        "ones; `leverage` near 1 is unlike everything in it."
    )
    return [beyond, scale]


def about_versions(card: ModelCard) -> list[str]:
    """Say what the model was made with."""
    named = ", ".join(f"{name} {release}" for name, release in sorted(card.versions.items()))
    lines = [f"{named}.", f"Descriptors {card.featurizer_digest[:16]}."]
    if card.sources_digest:
        lines.append(f"Source models {card.sources_digest[:16]}.")
    return lines
