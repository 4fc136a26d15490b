"""The pictures of a campaign's space that the report shows, or why one is missing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import plotly.graph_objects as go

from loop.core.ports import FeatureMatrix
from loop.errors import DataError
from loop.report.descriptor_heatmap import descriptor_heatmap
from loop.report.space_map import space_map
from loop.service.views import DescribedPool


@dataclass(frozen=True)
class Picture:
    """A figure with its heading, or the reason why there is none."""

    heading: str
    figure: go.Figure | None
    reason: str = ""


def space_pictures(described: DescribedPool, title: str, seed: int) -> tuple[Picture, ...]:
    """Return the map of the pool and the descriptors that go with the property.

    Args:
        described: The pool.
        title: Of the property, with its unit.
        seed: Source of all randomness.
    """

    def drawn_map() -> go.Figure:
        return space_map(
            described.features,
            described.values,
            title=title,
            labels=described.labels,
            measured=described.measured,
            proposed=described.proposed,
            seed=seed,
        )

    def drawn_heatmap() -> go.Figure:
        return descriptor_heatmap(
            _readable(described.features), described.values, title=title, labels=described.labels
        )

    return (
        _picture("The space of candidates", drawn_map),
        _picture("Descriptors that go with the property", drawn_heatmap),
    )


def _readable(features: FeatureMatrix) -> FeatureMatrix:
    """Leave hashed counts out where there is anything else: their names mean nothing to people."""
    reals = tuple(block for block in features.blocks if block.kind not in {"counts", "assay"})
    return replace(features, blocks=reals) if reals else features


def _picture(heading: str, draw: Callable[[], go.Figure]) -> Picture:
    try:
        return Picture(heading, draw())
    except DataError as error:
        return Picture(heading, None, error.message)
