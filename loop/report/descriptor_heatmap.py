"""The descriptor-property map: which descriptors go with the property, candidate by candidate.

After the heat map of XenonPy: candidates sorted by the property, descriptors sorted by their
correlation with it, colours in standard deviations.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from loop.core.ports import FeatureMatrix
from loop.errors import DataError

_CELLS: Final = 400
_CLIP: Final = 2.5
_BLUE, _GREY = "#1769aa", "#6b7280"
_NAME: Final = 46
_ROW_HEIGHT: Final = 17


def correlations(features: FeatureMatrix, values: NDArray[Any]) -> NDArray[np.float64]:
    """Return Pearson's r of every descriptor with a property.

    Args:
        features: n candidates, d descriptors in all.
        values: The property, shape `(n,)`; NaN where it is not known.

    Returns:
        Shape `(d,)`, float64; 0 for a descriptor that does not vary among the known candidates.

    Raises:
        DataError: fewer than three usable candidates have a value, or all have the same.
    """
    rows = _known(features, values)
    y = _standardised(np.asarray(values, dtype=np.float64)[rows, None])[:, 0]
    parts = [
        # Block by block: as float64 a fingerprint of a big pool is large.
        (_standardised(block.values[rows].astype(np.float64)) * y[:, None]).mean(axis=0)
        for block in features.blocks
    ]
    r: NDArray[np.float64] = np.clip(np.concatenate(parts), -1.0, 1.0)
    return r


def descriptor_heatmap(
    features: FeatureMatrix,
    values: NDArray[Any],
    *,
    title: str = "property",
    labels: Sequence[str] | None = None,
    shown: int = 40,
) -> go.Figure:
    """Return the map of the descriptors that go with a property most.

    Above runs the property, below are the descriptors from the most positive correlation to the
    most negative. More than 400 candidates are drawn as means over equal shares of them, in their
    order by the property.

    Args:
        features: n candidates.
        values: The property, shape `(n,)`; NaN where it is not known.
        title: Of the property, with its unit, as "density [g/cm3]".
        labels: Names of the candidates, for the mouse.
        shown: Most descriptors that are drawn.

    Raises:
        DataError: fewer than three usable candidates have a value, or all have the same.
    """
    r = correlations(features, values)
    names = [column for block in features.blocks for column in block.columns]
    strongest = np.argsort(-np.abs(r), kind="stable")[:shown]
    strongest = strongest[np.abs(r[strongest]) > 0]
    # From the bottom of the axis up: the most positive comes last.
    chosen = strongest[np.argsort(r[strongest], kind="stable")]
    rows = _known(features, values)
    y = np.asarray(values, dtype=np.float64)[rows]
    order = np.argsort(y, kind="stable")
    rows, y = rows[order], y[order]
    z = _standardised(_columns(features, rows, chosen)).T
    shares = np.array_split(np.arange(len(rows)), min(_CELLS, len(rows)))
    cells = np.stack([z[:, share].mean(axis=1) for share in shares], axis=1)
    heights = np.array([y[share].mean() for share in shares])
    texts = [_who(rows[share], labels) for share in shares]
    ticks = [f"{_short(names[j])}  {r[j]:+.2f}" for j in chosen]
    return _drawn(cells, heights, ticks, texts, title)


def _known(features: FeatureMatrix, values: NDArray[Any]) -> NDArray[np.intp]:
    y = np.asarray(values, dtype=np.float64)
    if y.shape != (len(features),):
        raise DataError(f"{len(features)} candidates came with values of shape {y.shape}")
    rows = np.flatnonzero(np.isfinite(y) & features.usable())
    if len(rows) < 3 or np.ptp(y[rows]) == 0:
        raise DataError(
            f"{len(rows)} described candidates have a value; a map needs three, not all the same"
        )
    return rows


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = values - values.mean(axis=0)
    sd = centred.std(axis=0)
    # What is left of a constant column after rounding is no variation.
    varies = sd > 1e-12 * np.abs(values).max(axis=0)
    standardised: NDArray[np.float64] = np.where(varies, centred, 0.0) / np.where(varies, sd, 1.0)
    return standardised


def _columns(
    features: FeatureMatrix, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.float64]:
    taken = np.empty((len(rows), len(columns)))
    start = 0
    for block in features.blocks:
        here = (columns >= start) & (columns < start + len(block.columns))
        taken[:, here] = block.values[np.ix_(rows, columns[here] - start)]
        start += len(block.columns)
    return taken


def _who(rows: NDArray[np.intp], labels: Sequence[str] | None) -> str:
    first = labels[rows[0]] if labels is not None else f"candidate {rows[0] + 1}"
    return _short(first) if len(rows) == 1 else f"{_short(first)} and {len(rows) - 1} more"


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _drawn(
    cells: NDArray[np.float64],
    heights: NDArray[np.float64],
    ticks: list[str],
    texts: list[str],
    title: str,
) -> go.Figure:
    lower = max(120, _ROW_HEIGHT * len(ticks))
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[110, lower], vertical_spacing=14 / lower
    )
    places = np.arange(1, len(heights) + 1)
    figure.add_scatter(
        x=places, y=heights, mode="lines", line={"color": _BLUE, "width": 2, "shape": "hvh"},
        text=texts, hovertemplate="%{text}: %{y:.4g}<extra></extra>", row=1, col=1,
    )  # fmt: skip
    figure.add_heatmap(
        x=places, y=list(range(len(ticks))), z=np.clip(cells, -_CLIP, _CLIP),
        zmin=-_CLIP, zmax=_CLIP, colorscale="RdBu_r", text=np.tile(texts, (len(ticks), 1)),
        hovertemplate="%{text}: %{z:.2f} sd<extra></extra>",
        colorbar={"title": {"text": "sd from the mean", "side": "right"}, "thickness": 12,
                  "len": lower / (lower + 130), "y": 0, "yanchor": "bottom"},
        row=2, col=1,
    )  # fmt: skip
    figure.update_layout(
        template="plotly_white",
        height=lower + 220,
        margin={"l": 20, "r": 20, "t": 30, "b": 50},
        showlegend=False,
    )
    figure.update_xaxes(showgrid=False, range=[0.5, len(heights) + 0.5])
    figure.update_xaxes(title=f"candidates, sorted by {title}", showticklabels=False, row=2, col=1)
    # Across its short axis a title of usual length would run into the names below.
    figure.add_annotation(
        text=title, xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="bottom",
        showarrow=False, font={"size": 13},
    )  # fmt: skip
    figure.update_yaxes(automargin=True, row=1, col=1)
    figure.update_yaxes(
        tickvals=list(range(len(ticks))), ticktext=ticks, tickfont={"size": 11, "color": _GREY},
        automargin=True, row=2, col=1,
    )  # fmt: skip
    return figure
