"""Charts of a campaign, for the report and the dashboard alike."""

import plotly.graph_objects as go

from loop.core.proposal import ModelReport
from loop.service.views import CampaignView

_BLUE, _ORANGE, _GREY = "#1769aa", "#c8553d", "#6b7280"


def _layout(figure: go.Figure, x: str, y: str) -> go.Figure:
    figure.update_layout(
        template="plotly_white",
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        height=340,
        xaxis_title=x,
        yaxis_title=y,
        legend={"orientation": "h", "y": 1.1},
        colorway=[_BLUE, _ORANGE, _GREY, "#2a9d8f", "#8d6a9f",
                  "#b8860b", "#457b9d", "#9b2226", "#588157", "#5f5449"],
    )  # fmt: skip
    return figure


def best_so_far(view: CampaignView) -> go.Figure:
    """Return every result in order, with the best so far."""
    unit, name = view.summary.unit, view.definition.objective.property
    shown = [
        m for m in view.measurements
        if not m.withdrawn and m.property == name and m.qualifier == "="
    ]  # fmt: skip
    figure = go.Figure()
    figure.add_scatter(
        x=list(range(1, len(shown) + 1)),
        y=[m.value for m in shown],
        mode="markers",
        name="result",
        marker={"color": _GREY, "size": 8},
        text=[m.label for m in shown],
        hovertemplate="%{text}: %{y:.4g}<extra></extra>",
    )
    figure.add_scatter(
        x=list(range(1, len(view.best_so_far) + 1)),
        y=[p.value for p in view.best_so_far],
        mode="lines",
        name="best so far",
        line={"color": _BLUE, "shape": "hv", "width": 3},
    )
    return _layout(figure, "result", f"{name} [{unit}]")


def best_in_words(view: CampaignView) -> str:
    """Say what the chart shows."""
    if not view.ranking:
        return "No result yet."
    top = view.ranking[0]
    return (
        f"Best: {top.value:.4g} {view.summary.unit} ({top.label}), found in round "
        f"{top.round_number} of {len(view.rounds)}."
    )


def parity(report: ModelReport, unit: str) -> go.Figure:
    """Return leave-one-out predictions against observations."""
    observed = [p.observed for p in report.parity]
    predicted = [p.predicted for p in report.parity]
    figure = go.Figure()
    figure.add_scatter(
        x=observed,
        y=predicted,
        error_y={"array": [1.645 * p.sd for p in report.parity], "color": _GREY, "thickness": 1},
        mode="markers",
        name="left out, with 90 % interval",
        marker={"color": _BLUE, "size": 8},
    )
    ends = [min(observed + predicted), max(observed + predicted)]
    figure.add_scatter(
        x=ends, y=ends, mode="lines", name="equal", line={"color": _ORANGE, "dash": "dash"}
    )
    return _layout(figure, f"observed [{unit}]", f"predicted without it [{unit}]")
