import numpy as np
import pytest

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import DataError
from loop.report.descriptor_heatmap import correlations, descriptor_heatmap


@pytest.fixture
def values(features):
    y = features.blocks[1].values[:, 1] * 2.0 - features.blocks[1].values[:, 2]
    y = y.astype(float)
    y[[7, 8]] = np.nan
    return y


def test_correlations_are_pearsons_of_the_known_candidates(features, values):
    known = np.isfinite(values) & features.usable()
    table = np.concatenate([block.values for block in features.blocks], axis=1)[known, :-1]
    expected = np.corrcoef(np.column_stack([table, values[known]]), rowvar=False)[-1, :-1]
    found = correlations(features, values)
    np.testing.assert_allclose(found[:-1], expected, atol=1e-6)
    assert found[-1] == 0, "a constant column"


def test_the_map_shows_the_strongest_in_order_with_names_and_r(features, values):
    figure = descriptor_heatmap(features, values, title="gap [eV]", shown=10)
    ticks = list(figure.layout.yaxis2.ticktext)
    r = [float(tick.split()[-1]) for tick in ticks]
    assert r == sorted(r)
    assert len(ticks) == 10
    assert ticks[-1].startswith("real 1 [nm]")
    strongest = np.sort(np.abs(correlations(features, values)))[-10:]
    np.testing.assert_allclose(np.sort(np.abs(r)), strongest, atol=0.006)
    line, heat = figure.data
    assert np.all(np.diff(line.y) >= 0)
    assert heat.z.shape == (10, 57)
    assert "gap [eV]" in figure.layout.xaxis2.title.text


def test_colours_are_deviations_of_the_sorted_candidates(features, values):
    figure = descriptor_heatmap(features, values, shown=1)
    known = np.flatnonzero(np.isfinite(values) & features.usable())
    order = known[np.argsort(values[known])]
    column = features.blocks[1].values[order, 1]
    expected = np.clip((column - column.mean()) / column.std(), -2.5, 2.5)
    np.testing.assert_allclose(figure.data[1].z[0], expected, atol=1e-5)


def test_many_candidates_are_drawn_as_means():
    rng = np.random.default_rng(1)
    y = rng.normal(size=3000)
    block = FeatureBlock("r", "reals", ("x",), (y[:, None] * 3).astype(np.float32))
    figure = descriptor_heatmap(
        FeatureMatrix((block,), "d"), y, labels=[f"L{i}" for i in range(3000)]
    )
    assert figure.data[1].z.shape == (1, 400)
    assert figure.data[0].y[0] == pytest.approx(np.sort(y)[:8].mean())
    assert figure.data[0].text[0] == f"L{np.argmin(y)} and 7 more"


def test_too_few_values_are_refused(features):
    values = np.full(60, np.nan)
    values[[1, 2, 3]] = 1.0, 2.0, 3.0
    with pytest.raises(DataError, match="2 described candidates have a value"):
        descriptor_heatmap(features, values)
    with pytest.raises(DataError, match="not all the same"):
        descriptor_heatmap(features, np.ones(60))
    with pytest.raises(DataError, match=r"60 candidates came with values of shape \(5,\)"):
        descriptor_heatmap(features, np.ones(5))
