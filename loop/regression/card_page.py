"""The card for people: as Markdown, and as one HTML page that needs no network."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from loop.regression.calibration import Reliability
from loop.regression.card import ModelCard
from loop.regression.words import (
    about_calibration,
    about_data,
    about_domain,
    about_sources,
    about_versions,
)

_BLUE: Final = "#1769aa"
_ORANGE: Final = "#c8553d"
_GREY: Final = "#6b7280"


def text(card: ModelCard) -> str:
    """Return the card as Markdown."""
    request = card.request
    lines = [f"# {request.target} [{request.unit}]", ""]
    for heading, sentences in _sections(card):
        lines += [f"## {heading}", "", *(f"- {sentence}" for sentence in sentences), ""]
    lines += ["## Reliability", "", "| interval | leave-one-out | k-fold |", "| --- | --- | --- |"]
    k_fold = card.calibration.k_fold
    for i, level in enumerate(card.calibration.leave_one_out.levels):
        one = f"{card.calibration.leave_one_out.inside[i]:.0%}"
        lines.append(f"| {level:.0%} | {one} | {f'{k_fold.inside[i]:.0%}' if k_fold else '–'} |")
    return "\n".join([*lines, ""])


def page(card: ModelCard) -> str:
    """Return the card as HTML, with a parity plot and a reliability diagram."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = (files("loop.regression") / "card.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        title=f"{card.request.target} [{card.request.unit}]",
        sections=_sections(card),
        parity=_html(parity_plot(card), script=True),
        reliability=_html(reliability_plot(card)),
    )


def _sections(card: ModelCard) -> list[tuple[str, list[str]]]:
    sections = [
        ("Data", about_data(card)),
        ("Calibration", about_calibration(card)),
        ("What other properties contributed", about_sources(card)),
        ("Applicability domain", about_domain(card)),
        ("To be known", [*card.report.warnings, *card.notices, *card.report.notes]),
        ("Rows left out", [f"row {s.row}: {s.text or 'empty'}: {s.reason}" for s in card.skipped]),
        ("Made with", about_versions(card)),
    ]
    return [(heading, sentences) for heading, sentences in sections if sentences]


def parity_plot(card: ModelCard) -> Any:
    """Return predictions of values that the model has not seen against the values."""
    unit = card.request.unit
    groups = [("leave-one-out", card.report.parity, _BLUE)]
    if card.calibration.points:
        groups.append((f"{card.calibration.folds}-fold", card.calibration.points, _GREY))
    figure = _figure(f"measured [{unit}]", f"predicted without it [{unit}]")
    for name, points, colour in groups:
        figure.add_scatter(
            x=[p.observed for p in points],
            y=[p.predicted for p in points],
            error_y={"array": [1.645 * p.sd for p in points], "thickness": 1},
            mode="markers",
            name=f"{name}, with 90 % interval",
            marker={"color": colour, "size": 7},
            text=[f"row {p.candidate_id}" for p in points],
        )
    ends = [
        min(p.observed for p in card.report.parity),
        max(p.observed for p in card.report.parity),
    ]
    _line(figure, ends, "equal")
    return figure


def reliability_plot(card: ModelCard) -> Any:
    """Return the share of values inside intervals against what the intervals promise."""
    figure = _figure("promised share", "share inside")
    pairs: Sequence[tuple[str, Reliability | None, str]] = (
        ("leave-one-out", card.calibration.leave_one_out, _BLUE),
        (f"{card.calibration.folds}-fold", card.calibration.k_fold, _GREY),
    )
    for name, found, colour in pairs:
        if found is not None:
            figure.add_scatter(
                x=found.levels, y=found.inside, mode="lines+markers", name=name,
                line={"color": colour},
            )  # fmt: skip
    _line(figure, [0.0, 1.0], "as promised")
    return figure


def _figure(x: str, y: str) -> Any:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(
        template="plotly_white", height=380, xaxis_title=x, yaxis_title=y,
        margin={"l": 60, "r": 20, "t": 20, "b": 50}, legend={"orientation": "h", "y": 1.1},
    )  # fmt: skip
    return figure


def _line(figure: Any, ends: list[float], name: str) -> None:
    line = {"color": _ORANGE, "dash": "dash"}
    figure.add_scatter(x=ends, y=ends, mode="lines", name=name, line=line)


def _html(figure: Any, *, script: bool = False) -> Markup:
    # plotly escapes labels itself; its script is inlined once.
    return Markup(figure.to_html(full_html=False, include_plotlyjs=script))  # noqa: S704
