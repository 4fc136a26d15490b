from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rdkit import DataStructs
from scipy.spatial.distance import cdist

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.surrogate.store import FeatureStore

ROWS = np.arange(12)


def test_tanimoto_is_that_of_rdkit(chemistry):
    counts = chemistry.features.blocks[0].values[:12]
    vectors = []
    for row in counts:
        vector = DataStructs.UIntSparseIntVect(1024)
        for i in np.flatnonzero(row):
            vector[int(i)] = int(row[i])
        vectors.append(vector)
    expected = [[DataStructs.TanimotoSimilarity(a, b) for a in vectors] for b in vectors]
    key = "counts:tanimoto"
    found = FeatureStore(chemistry.features).tables([key], ROWS, ROWS)[key]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(
    arrays(
        np.float32,
        (6, 4),
        elements=st.sampled_from([0.0, 1 / 3, 0.5, 2 / 3, 1.0, 5 / 3, 2.0, 7.25]),
    )
)
def test_tanimoto_of_fractional_counts_is_minima_over_maxima(counts):
    store = FeatureStore(FeatureMatrix((FeatureBlock("c", "counts", tuple("abcd"), counts),), "d"))
    if not store.has_counts:
        assert not counts.any()
        return
    every = np.arange(6)
    found = store.tables(["counts:tanimoto"], every, every)["counts:tanimoto"]
    wide = counts.astype(float)
    shared = np.minimum(wide[:, None], wide[None]).sum(2)
    whole = np.maximum(wide[:, None], wide[None]).sum(2)
    expected = np.where(whole > 0, shared / np.where(whole > 0, whole, 1.0), 1.0)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_two_empty_rows_are_alike():
    counts = np.array([[0, 0], [0, 0], [3, 1]], dtype=np.uint8)
    store = FeatureStore(FeatureMatrix((FeatureBlock("c", "counts", ("a", "b"), counts),), "d"))
    found = store.tables(["counts:tanimoto"], np.arange(3), np.arange(3))["counts:tanimoto"]
    assert found.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_constant_columns_are_dropped_with_their_names(chemistry):
    store = FeatureStore(chemistry.features)
    assert store.reals["reals"].shape == (100, 2)
    assert store.columns["reals"] == ("w", "tpsa")


def test_distances_and_products_are_those_of_standardised_columns(chemistry):
    values = chemistry.features.blocks[1].values[:, :2].astype(float)
    scaled = (values - values.mean(0)) / values.std(0)
    store = FeatureStore(chemistry.features)
    keys = ["reals:distance", "reals:product", "reals:1"]
    found = store.tables(keys, ROWS, ROWS + 20)
    np.testing.assert_allclose(found[keys[0]], cdist(scaled[ROWS], scaled[ROWS + 20]), atol=1e-6)
    np.testing.assert_allclose(found[keys[1]], scaled[ROWS] @ scaled[ROWS + 20].T / 2, atol=1e-9)
    outer = np.outer(scaled[ROWS, 1], scaled[ROWS + 20, 1])
    np.testing.assert_allclose(found[keys[2]], outer, atol=1e-9)
    own = store.tables(keys[1:], ROWS, ROWS)
    for key in keys[1:]:
        np.testing.assert_allclose(store.diagonal(key, ROWS), np.diag(own[key]), atol=1e-12)


def test_reference_rows_alone_decide_scales(chemistry):
    values = chemistry.features.blocks[1].values[:, :2].astype(float)
    mask = np.arange(len(values)) < 30
    scaled = np.clip((values - values[mask].mean(0)) / values[mask].std(0), -5, 5)
    store = FeatureStore(replace(chemistry.features, reference=mask))
    np.testing.assert_allclose(store.reals["reals"], scaled, rtol=1e-9, atol=1e-9)


def test_equal_rows_are_no_distance_apart():
    row = np.random.default_rng(0).normal(size=(1, 40)).astype(np.float32)
    other = np.random.default_rng(1).normal(size=(5, 40)).astype(np.float32)
    values = np.concatenate([row, other, row])
    store = FeatureStore(FeatureMatrix((FeatureBlock("r", "reals", tuple("r" * 40), values),), "d"))
    found = store.tables(["reals:distance"], np.arange(7), np.arange(7))["reals:distance"]
    assert found[0, 6] == found[6, 0] == 0.0
    assert (np.diag(found) == 0.0).all()
    assert found[0, 1:6].min() > 1.0


@pytest.mark.parametrize("kind", ["source-predictions", "source-features"])
def test_sources_are_seen_by_their_blocks_alone(chemistry, kind):
    assert not FeatureStore(chemistry.features).has_sources
    block = next(b for b in chemistry.sources if b.kind == kind)
    assert FeatureStore(FeatureMatrix((block,), "d")).has_sources
