from itertools import islice

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import ModelError
from loop.surrogate.fine_tune import FineTune
from loop.surrogate.tuned_nets import _PENALTIES, TunedNets, _slopes, linear_probe, tuning


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8))
    z = x[:, 0] - 0.5 * x[:, 1] + np.abs(x[:, 2]) + 0.1 * rng.normal(size=60)
    return x, z


def test_the_probe_is_ridge_with_the_penalty_of_least_left_out_error(problem):
    x, z = problem
    x, z = x[:15], z[:15]
    b, w, penalty = linear_probe(x, z)
    losses = []
    for candidate in _PENALTIES * 8:
        errors = []
        for i in range(15):
            kept = np.arange(15) != i
            model = Ridge(alpha=candidate).fit(x[kept], z[kept])
            errors.append(z[i] - model.predict(x[i : i + 1])[0])
        losses.append(np.mean(np.square(errors)))
    assert penalty == pytest.approx(_PENALTIES[int(np.argmin(losses))] * 8)
    model = Ridge(alpha=penalty).fit(x, z)
    np.testing.assert_allclose(w, model.coef_, atol=1e-9)
    assert b == pytest.approx(model.intercept_)


def test_slopes_are_those_of_differences(problem):
    x, z = problem
    rng = np.random.default_rng(1)
    now = [rng.normal(size=s) for s in ((2,), (2, 8), (2, 3), (2, 3, 8))]
    seen = rng.random((60, 2)) < 0.7
    share = seen / seen.sum(axis=0)

    def loss(parts):
        return 0.5 * (share * (TunedNets(*parts).predict(x) - z[:, None]) ** 2).sum()

    for i, slope in enumerate(_slopes(now, x, z, share)):
        for at in list(np.ndindex(slope.shape))[::5]:
            up, down = ([p.copy() for p in now] for _ in range(2))
            up[i][at] += 1e-6
            down[i][at] -= 1e-6
            assert slope[at] == pytest.approx((loss(up) - loss(down)) / 2e-6, abs=1e-6)


def test_training_starts_at_the_probe_and_learns_what_it_cannot(problem):
    x, z = problem
    seen = np.ones((60, 2), dtype=bool)
    path = list(islice(tuning(x, z, seen, 8, np.random.default_rng(2)), 0, 201, 100))
    b, w, _ = linear_probe(x, z)
    np.testing.assert_allclose(path[0].predict(x), np.tile((b + x @ w)[:, None], 2))
    losses = [np.mean((p.predict(x) - z[:, None]) ** 2) for p in path]
    assert losses[2] < losses[1] < 0.9 * losses[0]


def test_what_a_network_did_not_see_does_not_move_it(problem):
    x, z = problem
    seen = np.ones((60, 2), dtype=bool)
    seen[:20, 1] = False
    other = z.copy()
    other[:20] += 5.0
    ends = [
        next(islice(tuning(x, values, seen, 4, np.random.default_rng(3)), 30, None))
        for values in (z, other)
    ]
    assert ends[0].w[1].tobytes() == ends[1].w[1].tobytes()
    assert not np.allclose(ends[0].w[0], ends[1].w[0])


def synthetic(seed, n, width=32):
    rng = np.random.default_rng(seed)
    deep = rng.normal(size=(300, width)).astype(np.float32)
    y = deep[:, :4].sum(axis=1) + 1.5 * np.abs(deep[:, 4]) + 0.3 * rng.normal(size=300)
    block = FeatureBlock("trunk", "source-features", (), deep)
    return FeatureMatrix((block,), f"synthetic {seed}"), y.astype(float), np.arange(n)


def test_intervals_hold_where_the_bare_ensemble_is_too_sure(chemistry):
    inside, bare = [], []
    for seed in range(4):
        features, y, rows = synthetic(seed, 40)
        pool = type(chemistry)(features, y)
        model = FineTune(FineTune.Config()).fit(features, rows, pool.data(rows), seed)
        test = np.arange(40, 300)
        mean, sd = model.posterior(test)
        inside.append(np.mean(np.abs(y[test] - mean) <= 1.645 * sd))
        members = model._ensemble.predict(model._columns(test)) * model.observed.scale
        bare.append(np.mean(np.abs(y[test] - mean) <= 1.645 * members.std(axis=1)))
    assert 0.84 < np.mean(inside) < 0.97
    assert np.mean(bare) < 0.85


def test_it_is_never_left_trained_further_than_left_out_errors_allow(chemistry):
    features, _, rows = synthetic(9, 60)
    noise = np.random.default_rng(0).normal(size=300)
    pool = type(chemistry)(features, noise)
    few = FineTune(FineTune.Config(steps=400)).fit(features, rows, pool.data(rows), 0)
    assert few.report.hyperparameters["steps of training"] < 400
    features, y, _ = synthetic(9, 60, width=6)
    longer = type(chemistry)(features, y)
    many = FineTune(FineTune.Config(steps=100)).fit(
        features, np.arange(200), longer.data(np.arange(200)), 0
    )
    assert many.report.hyperparameters["steps of training"] > 0


def test_networks_that_do_not_fit_together_are_refused():
    arrays = {
        "b": np.zeros(2),
        "w": np.zeros((2, 5)),
        "u": np.zeros((2, 3)),
        "v": np.zeros((2, 3, 5)),
    }
    assert TunedNets.from_arrays(arrays, 5).size == 2
    for name, bad in (("w", np.zeros((2, 4))), ("b", np.zeros(3)), ("u", np.zeros(2))):
        with pytest.raises(ModelError, match="damaged"):
            TunedNets.from_arrays({**arrays, name: bad}, 5)
