import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from loop.errors import ModelError
from loop.surrogate.forest import Calibration, Ensemble, calibrate
from loop.surrogate.tree_surrogates import FrozenFeatures, RandomForest
from loop.surrogate.trees import Trees

EVERY = np.arange(100)


def forest(cls=RandomForest):
    return cls(cls.Config())


def test_leaves_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 7)).astype(np.float32)
    y = x[:, 0] + x[:, 1] ** 2
    fitted = [
        DecisionTreeRegressor(max_depth=depth, random_state=depth).fit(x, y) for depth in (1, 3, 9)
    ]
    new = rng.normal(size=(200, 7)).astype(np.float32)
    expected = np.stack([t.predict(new) for t in fitted], axis=1)
    np.testing.assert_array_equal(Trees.of(fitted).predict(new), expected)


def test_boosting_is_base_plus_rate_times_leaves():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 5)).astype(np.float32)
    y = np.sin(x[:, 0])
    model = GradientBoostingRegressor(n_estimators=12, learning_rate=0.2, random_state=0)
    model.fit(x, y)
    trees = Trees.of([t for row in model.estimators_ for t in row])
    ensemble = Ensemble(trees, np.array([y.mean()]), 0.2)
    np.testing.assert_allclose(ensemble.predict(x)[:, 0], model.predict(x), atol=1e-7)


def test_damaged_trees_are_refused():
    x = np.arange(8, dtype=np.float32)[:, None]
    arrays = Trees.of([DecisionTreeRegressor().fit(x, np.arange(8.0))]).arrays()
    loop = arrays["left"].copy()
    loop[1] = 0
    for bad in ({"left": loop}, {"value": arrays["value"][:-1]}, {"right": arrays["right"] + 99}):
        with pytest.raises(ModelError, match="damaged"):
            Trees.from_arrays(arrays | bad)


def test_calibrated_intervals_hold_ninety_of_a_hundred():
    rng = np.random.default_rng(2)
    z = rng.normal(size=200)
    # Members that agree with each other and are wrong: their own spread would cover nothing.
    predicted = 0.01 * rng.normal(size=(200, 50))
    found, left_out = calibrate(predicted, np.ones((200, 50), dtype=bool), z)
    assert left_out.coverage(z) == pytest.approx(0.9, abs=0.03)
    assert found == Calibration(found.shared, found.factor)
    assert np.sqrt(found.shared) * found.factor == pytest.approx(1.0, abs=0.15)


def test_new_observations_lie_in_the_intervals(chemistry):
    inside = []
    for seed in range(5):
        rows = np.sort(np.random.default_rng(seed).choice(100, 30, replace=False))
        model = forest().fit(chemistry.features, rows, chemistry.data(rows), seed)
        rest = np.setdiff1d(EVERY, rows)
        mean, sd = model.posterior(rest)
        inside.append(np.mean(np.abs(chemistry.y[rest] - mean) <= 1.645 * sd))
    assert 0.8 <= np.mean(inside) <= 1.0


def test_it_predicts_about_as_well_as_a_forest_of_scikit_learn(chemistry):
    rows = EVERY[::3]
    rest = np.setdiff1d(EVERY, rows)
    model = forest().fit(chemistry.features, rows, chemistry.data(rows), 0)
    x = np.concatenate([b.values.astype(np.float32) for b in chemistry.features.blocks], axis=1)
    other = RandomForestRegressor(100, max_features=0.33, random_state=0)
    expected = other.fit(x[rows], chemistry.y[rows]).predict(x[rest])
    ours, theirs = (
        np.sqrt(np.mean((m - chemistry.y[rest]) ** 2)) for m in (model.posterior(rest)[0], expected)
    )
    assert ours == pytest.approx(theirs, rel=0.15)


def test_rows_of_one_leaf_vary_together(chemistry):
    rows = EVERY[::3]
    model = forest().fit(chemistry.features, rows, chemistry.data(rows), 0)
    _, covariance = model.joint(EVERY)
    sd = np.sqrt(np.diag(covariance[0]))
    correlation = covariance[0] / np.outer(sd, sd)
    counts = chemistry.features.blocks[0].values.astype(float)
    apart = np.abs(counts[:, None] - counts[None]).sum(-1)
    off = ~np.eye(100, dtype=bool)
    near, far = apart < np.quantile(apart[off], 0.1), apart > np.quantile(apart[off], 0.9)
    assert correlation[near & off].mean() > correlation[far].mean() + 0.1


def test_frozen_features_see_the_sources_alone(chemistry):
    rows = EVERY[::4]
    logp = chemistry.sources[0].values[:, 0].astype(float)
    data = chemistry.data(rows, logp)
    knows = forest(FrozenFeatures).fit(chemistry.with_sources(), rows, data, 0)
    dealt = chemistry.with_sources(np.random.default_rng(0).permutation(100))
    lost = forest(FrozenFeatures).fit(dealt, rows, data, 0)
    assert knows.report.r2 > 0.7
    assert lost.report.r2 < 0.3
