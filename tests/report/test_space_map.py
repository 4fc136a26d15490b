import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import DataError, MissingExtraError
from loop.report import space_map as module
from loop.report.principal import principal_axes
from loop.report.space_map import coordinates, space_map


@pytest.mark.parametrize("shape", [(200, 30), (30, 200), (40, 40)])
def test_axes_are_those_of_scikit_learn(shape):
    rng = np.random.default_rng(0)
    values = rng.normal(size=shape) * np.linspace(3, 1, shape[1]) ** 2 + 5.0
    places, shares = principal_axes(values, 3, 10_000, 0)
    reference = PCA(3, svd_solver="full").fit(values)
    np.testing.assert_allclose(shares, reference.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(np.abs(places), np.abs(reference.transform(values)), atol=1e-9)


def test_a_large_table_gives_nearly_the_exact_axes():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(1200, 1100)).astype(np.float32)
    values += 8 * rng.normal(size=(1200, 2)) @ np.diag([2, 1]) @ rng.normal(size=(2, 1100)) / 8
    values = values.astype(np.float32)
    places, shares = principal_axes(values, 2, 10_000, 0)
    reference = PCA(2, svd_solver="full").fit(values)
    np.testing.assert_allclose(shares, reference.explained_variance_ratio_, rtol=1e-3)
    np.testing.assert_allclose(
        np.abs(places), np.abs(reference.transform(values)), atol=0.01 * np.abs(places).max()
    )


def test_groups_lie_apart_and_axes_say_their_share(features):
    figure = space_map(features)
    (trace,) = figure.data
    assert len(trace.x) == 59, "the candidate that could not be described is left out"
    one, two = np.asarray(trace.x[:29]), np.asarray(trace.x[29:])
    assert max(one) < min(two) or max(two) < min(one)
    assert "% of the variance" in figure.layout.xaxis.title.text


def test_no_block_outweighs_another_by_its_width():
    rng = np.random.default_rng(3)
    axis = rng.normal(size=(50, 1))
    wide = np.repeat(rng.normal(size=(50, 1)), 300, axis=1)
    blocks = tuple(
        FeatureBlock(n, "reals", tuple(map(str, range(v.shape[1]))), v.astype(np.float32))
        for n, v in (("narrow", axis), ("wide", wide))
    )
    places, _ = coordinates(FeatureMatrix(blocks, "d"), np.arange(50))
    within = np.linalg.lstsq(places, axis - axis.mean(), rcond=None)[1]
    assert within[0] < 1e-6, "the narrow block spans one of the two axes"


def test_values_and_marks_are_drawn_where_their_candidates_lie(features):
    values = np.full(60, np.nan)
    values[[0, 5, 40]] = 1.0, 2.0, 3.0
    labels = [f"L{i}" for i in range(60)]
    figure = space_map(
        features, values, title="gap [eV]", labels=labels,
        measured=np.array([0, 5, 40]), proposed=np.array([3, 50]),
    )  # fmt: skip
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces) == ["not measured", "gap [eV]", "measured", "proposed"]
    assert list(traces["gap [eV]"].marker.color) == [1.0, 2.0, 3.0]
    assert list(traces["measured"].text) == ["L0", "L5", "L40"]
    assert list(traces["measured"].x) == list(traces["gap [eV]"].x)
    assert list(traces["proposed"].text) == ["L50"], "3 could not be described"


def test_of_a_large_pool_a_sample_with_all_marks_is_drawn(features, monkeypatch):
    monkeypatch.setattr(module, "_POINTS", 20)
    marked = np.array([10, 11, 12, 13])
    figure = space_map(features, measured=marked, labels=[str(i) for i in range(60)])
    everyone, measured = figure.data
    assert 20 <= len(everyone.x) <= 24
    assert list(measured.text) == ["10", "11", "12", "13"]
    assert figure.layout.title.text == f"{len(everyone.x)} of 59 candidates"
    again = space_map(features, measured=marked)
    assert list(again.data[0].x) == list(everyone.x)


def test_what_cannot_be_mapped_is_refused(features, monkeypatch):
    flat = FeatureMatrix((FeatureBlock("r", "reals", ("x",), np.ones((5, 1))),), "d")
    with pytest.raises(DataError, match="the same descriptors"):
        space_map(flat)
    with pytest.raises(DataError, match="2 candidates"):
        coordinates(features, np.array([0, 1]))
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingExtraError, match=r"synthloop\[maps\]"):
        space_map(features, method="umap")


@pytest.mark.slow
def test_umap_keeps_groups_apart_and_repeats_with_its_seed(features):
    pytest.importorskip("umap", reason="the extra `maps` is not installed")
    rows = np.flatnonzero(features.usable())
    places, axes = coordinates(features, rows, "umap", seed=5)
    assert axes == ("UMAP 1", "UMAP 2")
    np.testing.assert_array_equal(places, coordinates(features, rows, "umap", seed=5)[0])
    centres = places[:29].mean(axis=0), places[29:].mean(axis=0)
    apart = np.linalg.norm(centres[0] - centres[1])
    assert apart > 2 * np.linalg.norm(places[:29] - centres[0], axis=1).mean()
