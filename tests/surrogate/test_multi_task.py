"""Several properties in one Gaussian process, against BoTorch's covariance and by behaviour."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import check_grad

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.surrogate.gp import GaussianProcess
from loop.surrogate.inference import Posterior
from loop.surrogate.kernels import KernelSum
from loop.surrogate.multi_task import MultiTask, anchors
from loop.surrogate.observed import observe
from loop.surrogate.parts import target_parts
from loop.surrogate.source_lines import source_lines
from loop.surrogate.store import FeatureStore
from loop.surrogate.task_kernel import TaskKernel

ROWS, EVERY = np.arange(0, 100, 5), np.arange(100)


def fitted(features, data, **settings):
    return MultiTask(MultiTask.Config(**settings)).fit(features, ROWS, data, 0)


def small(chemistry):
    store = FeatureStore(chemistry.features)
    base = KernelSum(target_parts(store))
    row, task = np.array([0, 1, 2, 0, 1, 2, 3, 0, 3]), np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
    kernel = TaskKernel(base, 3, row, task)
    known = np.array([3, 17, 40, 71])
    return store, kernel, store.tables(base.keys, known, known)


def test_covariance_is_correlation_times_kernel_plus_own_means_and_noises(chemistry):
    _, kernel, tables = small(chemistry)
    rng = np.random.default_rng(0)
    theta = kernel.prior()[0] + 0.3 * rng.normal(size=len(kernel.prior()[0]))
    found, _ = kernel.with_gradient(theta, tables, 9)
    base = kernel.base.covariance(theta, tables, (4, 4)) - 1.0
    a = np.exp(theta[kernel.base.size :][:3])
    raw = np.array([[1, 0, 0], [a[0], 1, 0], [a[1], a[2], 1]])
    root = raw / np.linalg.norm(raw, axis=1)[:, None]
    r, nuggets = root @ root.T, np.exp(theta[-2:])
    for i in range(9):
        for j in range(9):
            s, t = kernel.task[i], kernel.task[j]
            expected = r[s, t] * base[kernel.row[i], kernel.row[j]] + (s == t)
            expected += nuggets[s - 1] if i == j and s > 0 else 0.0
            assert found[i, j] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(np.diag(kernel.correlations(theta)), 1.0)
    assert (kernel.correlations(theta) >= 0).all()


def test_gradient_is_that_of_differences(chemistry):
    _, kernel, tables = small(chemistry)
    z, noisy = np.random.default_rng(1).normal(size=9), (kernel.task == 0).astype(float)
    posterior = Posterior(kernel, tables, z, 1e-3, np.full(9, 1e-3), noisy)
    theta = posterior.middle + 0.2
    slope = posterior.loss(theta)[1]
    apart = check_grad(lambda t: posterior.loss(t)[0], lambda t: posterior.loss(t)[1], theta)
    assert apart < 1e-4 * np.linalg.norm(slope)


def test_left_out_predictions_are_those_of_models_without_the_observation(chemistry):
    model = fitted(chemistry.with_sources(), chemistry.data(ROWS), anchors=15)
    found, o, t = model.left_out(), model.observed, model.tasks
    kernel, theta = model.kernel, model.theta
    covariance, _ = kernel.with_gradient(theta, model._tables, len(t.task))
    n = len(o.y)
    covariance[np.diag_indices(len(t.task))] += np.where(t.task == 0, np.exp(theta[-1]), 1e-6)
    for i in (0, 7, n - 1):
        rest = np.setdiff1d(np.arange(len(t.task)), [i])
        weights = np.linalg.solve(covariance[np.ix_(rest, rest)], covariance[rest, i])
        assert found.mean[i] == pytest.approx(o.offset + o.scale * weights @ t.values[rest])
        variance = covariance[i, i] - weights @ covariance[rest, i]
        assert found.sd[i] == pytest.approx(o.scale * np.sqrt(variance))


def test_a_source_that_is_the_answer_is_found_whatever_its_sign(chemistry):
    rng = np.random.default_rng(2)
    columns = rng.normal(size=(100, 6)).astype(np.float32)
    columns[:, 4] = -chemistry.y / chemistry.y.std() + 0.1 * rng.normal(size=100)
    block = FeatureBlock("s", "source-predictions", tuple("abcdef"), columns)
    features = FeatureMatrix((*chemistry.features.blocks, block), "answer")
    data = chemistry.data(ROWS)
    model = fitted(features, data, sources=2)
    told = model.report.hyperparameters
    assert told["correlation with e"] < -0.8
    test = np.setdiff1d(EVERY, ROWS)
    plain = GaussianProcess(GaussianProcess.Config()).fit(chemistry.features, ROWS, data, 0)
    errors = [
        np.sqrt(np.mean((m.posterior(test)[0] - chemistry.y[test]) ** 2)) for m in (model, plain)
    ]
    assert errors[0] < 0.5 * errors[1]


def test_sources_that_mislead_are_told(chemistry):
    noise = np.random.default_rng(5).normal(size=(100, 3)).astype(np.float32)
    block = FeatureBlock("s", "source-predictions", ("a", "b", "c"), noise)
    features = FeatureMatrix((*chemistry.features.blocks, block), "noise")
    model = fitted(features, chemistry.data(ROWS))
    alone = GaussianProcess(GaussianProcess.Config()).fit(features, ROWS, chemistry.data(ROWS), 0)
    worse = model.report.rmse > alone.report.rmse
    assert any("foreseen worse with the sources" in w for w in model.report.warnings) == worse
    assert worse


def test_lines_leave_each_observation_out(chemistry):
    store = FeatureStore(chemistry.with_sources())
    sources, data = store.reals["source-predictions"][ROWS], chemistry.data(ROWS)
    z = observe(chemistry.features, store, ROWS, data, 2).z
    found = source_lines(sources, z)
    penalty = np.diag([1e-6, 0.5])
    for s in range(sources.shape[1]):
        x = np.column_stack([np.ones(len(z)), sources[:, s]])
        kept = np.arange(len(z)) != 6
        line = np.linalg.solve(x[kept].T @ x[kept] + penalty, x[kept].T @ z[kept])
        assert found.errors[s, 6] == pytest.approx(z[6] - x[6] @ line)


def test_anchors_are_distinct_free_seeded_and_spread(chemistry):
    store, free = FeatureStore(chemistry.with_sources()), np.setdiff1d(EVERY, ROWS)
    chosen = anchors(store, free, 12, 3)
    assert len(set(chosen)) == 12
    assert set(chosen) <= set(free)
    assert chosen.tolist() == anchors(store, free, 12, 3).tolist()
    assert anchors(store, free[:5], 12, 3).tolist() == free[:5].tolist()
    values = store.reals["source-predictions"]

    def reach(rows):
        return np.min(np.linalg.norm(values[free][:, None] - values[rows], axis=2), axis=1).mean()

    rng = np.random.default_rng(0)
    assert reach(chosen) < np.median(
        [reach(rng.choice(free, 12, replace=False)) for _ in range(50)]
    )


def test_known_noises_of_single_observations_count(chemistry):
    features, data = chemistry.with_sources(), chemistry.data(ROWS)
    noise = np.full(len(ROWS), 1e-4) * data.y.var()
    y = data.y.copy()
    y[4] += 3.0 * y.std()
    noise[4] = data.y.var() * 4.0
    pulls = []
    for told in (noise, np.full(len(ROWS), noise[0])):
        model = fitted(features, dataclasses.replace(data, y=y, noise_variance=told), anchors=10)
        pulls.append(abs(float(model.posterior(ROWS[4:5])[0][0]) - data.y[4]))
    assert pulls[0] < 0.7 * pulls[1]
