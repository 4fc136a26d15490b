"""The report: one HTML page that needs no network."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

import plotly.graph_objects as go
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from loop.backtest.random_search import Comparison
from loop.core.proposal import ModelReport
from loop.report import charts, model_words
from loop.report.pictures import Picture
from loop.service.views import CampaignView, ItemView

BEST: Final = 12
"""How many of the measured candidates are drawn."""


def render(
    view: CampaignView,
    drawings: Mapping[str, str],
    comparison: Comparison | None,
    pictures: Sequence[Picture] = (),
    routes: Mapping[str, str] | None = None,
) -> str:
    """Return the report as a self-contained HTML page.

    Args:
        view: The campaign.
        drawings: Candidate id to SVG of our own drawing.
        comparison: Random search at the same budget, where the truth is known.
        pictures: Of the space of candidates.
        routes: Candidate id to SVG of its route, drawn by us; none without a planner.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["number"] = lambda value: "–" if value is None else f"{value:.4g}"
    text = (files("loop.report") / "page.html.j2").read_text(encoding="utf-8")
    reports = [r.report for r in view.rounds if r.report is not None]
    first = _html(charts.best_so_far(view), script=True)
    parity = _html(charts.parity(reports[-1], view.summary.unit)) if reports else Markup("")
    return environment.from_string(text).render(
        view=view,
        s=view.summary,
        drawings={key: Markup(svg) for key, svg in drawings.items()},  # noqa: S704 - drawn by us
        routes={key: Markup(svg) for key, svg in (routes or {}).items()},  # noqa: S704 - likewise
        made_how=_asked_about(view),
        best_shown=BEST,
        comparison=comparison,
        best_chart=first,
        best_words=charts.best_in_words(view),
        parity_chart=parity,
        model_words=_about_model(reports[-1], view.summary.unit) if reports else [],
        model_notes=reports[-1].notes if reports else (),
        pictures=[(p.heading, _html(p.figure) if p.figure else p.reason) for p in pictures],
    )


def _asked_about(view: CampaignView) -> list[ItemView]:
    """Return the candidates that a planner was asked about: the current batch, then the best."""
    current = view.current_round.items if view.current_round is not None else ()
    best = [r.candidate_id for r in view.ranking[:BEST]]
    items = {i.item.candidate.candidate_id: i for r in view.rounds for i in r.items}
    shown = {i.item.candidate.candidate_id: i for i in current}
    shown |= {key: items[key] for key in best if key in items and key not in shown}
    return [item for item in shown.values() if item.plan is not None]


def _about_model(report: ModelReport, unit: str) -> list[str]:
    return [
        *model_words.about_model(report, unit),
        *model_words.transfer_in_words(report, unit),
    ]


def _html(figure: go.Figure, *, script: bool = False) -> Markup:
    # plotly escapes labels itself; its script is inlined once.
    return Markup(figure.to_html(full_html=False, include_plotlyjs=script))  # noqa: S704
