"""The space of candidates on a sheet of paper: two axes, near points are alike."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from loop.core.ports import FeatureMatrix, Rows
from loop.errors import DataError, MissingExtraError
from loop.report.principal import principal_axes

_POINTS: Final = 20_000
_FITTED: Final = 10_000
_CLIP: Final = 5.0
_ORANGE, _GREY, _DARK = "#c8553d", "#9aa1ac", "#1f2933"

Method = Literal["pca", "umap"]


def coordinates(
    features: FeatureMatrix, rows: Rows, method: Method = "pca", seed: int = 0
) -> tuple[NDArray[np.float64], tuple[str, str]]:
    """Return where candidates lie, and what the axes are.

    Reals are standardised and cut at five deviations; of counts the square root is taken, so that
    a frequent fragment does not outweigh all others (Hellinger's distance). Every block then has
    the same total variance, however many columns it has.

    Args:
        features: The candidates.
        rows: Those to place, at least three.
        method: "pca": principal components. "umap": uniform manifold approximation (McInnes et
            al., arXiv:1802.03426) of the first 50 of them.
        seed: Source of all randomness.

    Returns:
        Shape `(len(rows), 2)`, float64, and the titles of the axes.

    Raises:
        DataError: fewer than three rows, or they are all alike.
        MissingExtraError: UMAP is not installed.
    """
    if len(rows) < 3:
        raise DataError(f"{len(rows)} candidates cannot be mapped; a map needs three")
    prepared = np.concatenate([_prepared(b.values[rows], b.kind) for b in features.blocks], axis=1)
    places, shares = principal_axes(prepared, 2 if method == "pca" else 50, _FITTED, seed)
    if shares.sum() == 0:
        raise DataError("all candidates have the same descriptors; there is nothing to map")
    if method == "umap":
        return _umap(places, seed), ("UMAP 1", "UMAP 2")
    places = np.pad(places, ((0, 0), (0, 2 - places.shape[1])))
    first, second = (f"{100 * share:.0f} %" for share in np.pad(shares, (0, 2))[:2])
    return places, (
        f"principal component 1 ({first} of the variance)",
        f"principal component 2 ({second} of the variance)",
    )


def space_map(
    features: FeatureMatrix,
    values: NDArray[Any] | None = None,
    *,
    method: Method = "pca",
    title: str = "property",
    labels: Sequence[str] | None = None,
    measured: Rows | None = None,
    proposed: Rows | None = None,
    seed: int = 0,
) -> go.Figure:
    """Return the map of a pool; more than 20,000 candidates are drawn as a sample of so many.

    Args:
        features: n candidates; those that could not be described are left out.
        values: A property to colour by, shape `(n,)`; NaN where it is not known.
        method: "pca" or "umap".
        title: Of the property, with its unit.
        labels: Names of the candidates, for the mouse.
        measured: Rows to mark as measured; they are always drawn.
        proposed: Rows to mark as proposed; they are always drawn.
        seed: Source of all randomness.

    Raises:
        DataError: fewer than three candidates could be described, or they are all alike.
        MissingExtraError: UMAP is not installed.
    """
    marked = [rows for rows in (measured, proposed) if rows is not None]
    rows = _drawn_rows(features.usable(), marked, seed)
    places, axes = coordinates(features, rows, method, seed)
    names = [labels[row] if labels is not None else f"candidate {row + 1}" for row in rows]
    sheet = _Sheet(go.Figure(), places, np.array(names, dtype=object))
    y = np.full(len(rows), np.nan) if values is None else np.asarray(values, dtype=float)[rows]
    known = np.isfinite(y)
    rest = "candidates" if values is None else "not measured"
    sheet.add(~known, rest, {"color": _GREY, "size": 5})
    bar = {"title": {"text": title, "side": "right"}, "thickness": 12}
    colours = {"color": y[known], "colorscale": "Viridis", "size": 7, "colorbar": bar}
    sheet.add(known, title, colours)
    if measured is not None:
        ring = {"symbol": "circle-open", "color": _DARK, "size": 11, "line": {"width": 1.5}}
        sheet.add(np.isin(rows, measured), "measured", ring)
    if proposed is not None:
        star = {"symbol": "star", "color": _ORANGE, "size": 14}
        sheet.add(np.isin(rows, proposed), "proposed", star)
    return _laid_out(sheet.figure, axes, len(rows), int(features.usable().sum()))


@dataclass(frozen=True)
class _Sheet:
    """A figure that is being drawn; places and names of all its points."""

    figure: go.Figure
    places: NDArray[np.float64]
    names: NDArray[np.object_]

    def add(self, here: NDArray[np.bool_], name: str, marker: dict[str, Any]) -> None:
        if here.any():
            self.figure.add_scattergl(
                x=self.places[here, 0], y=self.places[here, 1], text=self.names[here],
                mode="markers", name=name, marker=marker, hovertemplate="%{text}<extra></extra>",
            )  # fmt: skip


def _drawn_rows(usable: NDArray[np.bool_], marked: Sequence[Rows], seed: int) -> Rows:
    rows = np.flatnonzero(usable)
    if len(rows) <= _POINTS:
        return rows
    sample = np.random.default_rng(seed).choice(rows, _POINTS, replace=False)
    drawn: Rows = np.unique(np.concatenate([sample, *marked])).astype(np.intp)
    return drawn[usable[drawn]]


def _prepared(values: NDArray[Any], kind: str) -> NDArray[np.float32]:
    if kind == "counts":
        spread: NDArray[np.float32] = np.sqrt(values, dtype=np.float32)
    else:
        wide = values.astype(np.float64)
        sd = wide.std(axis=0)
        varies = sd > 1e-12 * np.abs(wide).max(axis=0)
        wide = np.where(varies, wide - wide.mean(axis=0), 0.0) / np.where(varies, sd, 1.0)
        spread = np.clip(wide, -_CLIP, _CLIP).astype(np.float32)
    spread -= spread.mean(axis=0)
    total = float(np.sqrt(spread.var(axis=0, dtype=np.float64).sum()))
    spread /= np.float32(total or 1.0)
    return spread


def _umap(places: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    try:
        with warnings.catch_warnings():
            # Of a part of it that we do not use.
            warnings.filterwarnings("ignore", message="Tensorflow not installed")
            from umap import UMAP
    except ModuleNotFoundError as cause:
        raise MissingExtraError(
            f"a UMAP map needs the package {cause.name!r}", hint="pip install 'synthloop[maps]'"
        ) from cause
    neighbours = min(15, len(places) - 1)
    # With a seed UMAP works in one thread and warns of it unless told.
    found = UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1, init="pca").fit_transform(
        places
    )
    return np.asarray(found, dtype=np.float64)


def _laid_out(figure: go.Figure, axes: tuple[str, str], drawn: int, known: int) -> go.Figure:
    note = f"{drawn} of {known} candidates" if drawn < known else f"{known} candidates"
    figure.update_layout(
        template="plotly_white",
        margin={"l": 60, "r": 20, "t": 40, "b": 90},
        height=560,
        title={"text": note, "font": {"size": 13}, "x": 0.02},
        legend={"orientation": "h", "y": -0.13, "yanchor": "top", "x": 0.5, "xanchor": "center"},
    )
    figure.update_xaxes(title=axes[0], zeroline=False)
    figure.update_yaxes(title=axes[1], zeroline=False)
    return figure
