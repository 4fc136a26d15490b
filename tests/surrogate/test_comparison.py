"""The other ways to borrow: each recovers what it was made for."""

import numpy as np
import pytest
from scipy.optimize import minimize

from loop.surrogate.affine import AffineTransfer
from loop.surrogate.averages import ModelAverage, Stacking
from loop.surrogate.gp import NO_SOURCE, GaussianProcess
from loop.surrogate.ridge import FrozenRidge
from loop.surrogate.rivals import stacking_weights
from loop.surrogate.shifted_surrogates import DensityRatio, RankWeighted, best_source
from loop.surrogate.tree_surrogates import FrozenFeatures

EVERY = np.arange(100)
ROWS = EVERY[::5]
BORROWERS = [
    AffineTransfer, Stacking, ModelAverage, FrozenRidge, DensityRatio, RankWeighted, FrozenFeatures,
]  # fmt: skip


def fitted(cls, features, data, rows=ROWS):
    return cls(cls.Config()).fit(features, rows, data, 0)


def rmse(model, y):
    rest = np.setdiff1d(EVERY, ROWS)
    return float(np.sqrt(np.mean((model.posterior(rest)[0] - y[rest]) ** 2)))


@pytest.mark.parametrize("cls", [c for c in BORROWERS if c is not FrozenFeatures])
def test_a_source_that_is_the_answer_is_used(chemistry, cls):
    y = 10.0 + 3.0 * chemistry.sources[0].values[:, 0].astype(float)
    data = chemistry.data(ROWS, y)
    alone = fitted(GaussianProcess, chemistry.features, data)
    assert rmse(fitted(cls, chemistry.with_sources(), data), y) < 0.9 * rmse(alone, y)


@pytest.mark.parametrize("cls", BORROWERS)
def test_without_sources_they_are_gp_and_say_so(chemistry, cls):
    data = chemistry.data(ROWS)
    alone = fitted(GaussianProcess, chemistry.features, data)
    other = fitted(cls, chemistry.features, data)
    for one, two in zip(other.posterior(EVERY), alone.posterior(EVERY), strict=True):
        np.testing.assert_array_equal(one, two)
    assert NO_SOURCE in other.report.notes


def test_stacking_weights_maximise_the_left_out_score():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(3, 40)) + np.array([[0.0], [0.4], [-1.0]])

    def loss(free):
        w = np.exp(free) / np.exp(free).sum()
        prior = (np.log(w) / 3).sum()
        return -(np.log(w @ np.exp(scores)).sum() + prior)

    best = minimize(loss, np.zeros(3)).x
    expected = np.exp(best) / np.exp(best).sum()
    np.testing.assert_allclose(stacking_weights(scores), expected, atol=2e-3)


def test_leave_one_out_of_the_best_source_is_that_of_leaving_one_out():
    rng = np.random.default_rng(1)
    sources, noise = rng.normal(size=(12, 3)), rng.normal(size=12)
    z = -0.8 * sources[:, 1] + 0.1 * noise
    b, left_out = best_source(sources, z)
    assert b[2] < -0.5
    assert b[[1, 3]].tolist() == [0.0, 0.0]
    for i in range(12):
        rest = np.delete(np.arange(12), i)
        x = np.column_stack([np.ones(11), sources[rest, 1]])
        line = np.linalg.solve(x.T @ x + np.diag([1e-6, 0.5]), x.T @ z[rest])
        assert left_out[i] == pytest.approx(line @ [1.0, sources[i, 1]], abs=1e-9)


def test_the_ridge_extrapolates_where_gp_returns_to_the_mean(chemistry):
    logp = chemistry.sources[0].values[:, 0].astype(float)
    low = np.argsort(logp)[:25]
    data = chemistry.data(low, logp)
    top = np.argsort(logp)[-10:]
    ridge = fitted(FrozenRidge, chemistry.with_sources(), data, low)
    alone = fitted(GaussianProcess, chemistry.features, data, low)
    assert (
        np.abs(ridge.posterior(top)[0] - logp[top]).mean()
        < 0.5 * np.abs(alone.posterior(top)[0] - logp[top]).mean()
    )
    assert ridge.trust(top).outside.all()


def test_rankings_name_the_source_that_orders_best(chemistry):
    y = np.exp(0.3 * chemistry.sources[0].values[:, 0].astype(float))
    told = fitted(RankWeighted, chemistry.with_sources(), chemistry.data(ROWS, y)).report
    weights = told.hyperparameters
    assert max(weights, key=weights.get) == "weight of logP"
    assert sum(weights.values()) == pytest.approx(1.0)
