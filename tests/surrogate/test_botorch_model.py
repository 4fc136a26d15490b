import numpy as np
import pytest
import torch
from scipy.stats import norm

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.surrogate.gp import GaussianProcess
from loop.surrogate.mixture import GaussianMixture, Members
from loop.surrogate.transfer import TransferGaussianProcess

ROWS = np.arange(0, 100, 9)
EVERY = np.arange(100)


@pytest.fixture(scope="module")
def mixed(chemistry):
    surrogate = TransferGaussianProcess(TransferGaussianProcess.Config(averaged_to=30))
    model = surrogate.fit(chemistry.with_sources(), ROWS, chemistry.data(ROWS), 0)
    assert len(model.weights) > 5
    return model


def conditioned(model, rows, y):
    x, values = model.inputs(rows), torch.from_numpy(y[rows])[:, None]
    return model.botorch_model().condition_on_observations(x, values)


def test_conditioning_is_observing_with_the_members_weighed_anew(chemistry, mixed):
    new = np.array([4, 50, 77])
    o = mixed.observed
    rows = np.concatenate([o.rows, new])
    z = (chemistry.y[rows] - o.offset) / o.scale
    means, covariances = mixed.mixture.joint(new)
    weights = []
    for w, mean, covariance, noise in zip(
        mixed.weights, means, covariances, mixed.mixture.noise, strict=True
    ):
        # One at a time, as the product of conditional densities.
        log = np.log(w)
        c = covariance + noise * np.eye(3)
        for i in range(3):
            k = np.linalg.solve(c[:i, :i], c[:i, i]) if i else np.empty(0)
            m = mean[i] + k @ (z[-3:][:i] - mean[:i])
            log += norm.logpdf(z[-3 + i], m, np.sqrt(c[i, i] - k @ c[:i, i]))
        weights.append(log)
    w = np.exp(np.array(weights) - max(weights))
    members = Members(mixed.mixture.members.thetas, w / w.sum())
    kernel = mixed.mixture.kernel
    mean, sd = GaussianMixture(o.store, kernel, members, rows, z).marginal(EVERY)
    with torch.no_grad():
        found = conditioned(mixed, new, chemistry.y).posterior(mixed.inputs(EVERY))
    np.testing.assert_allclose(found.mean[:, 0], o.offset + o.scale * mean, atol=1e-6)
    np.testing.assert_allclose(found.variance[:, 0].sqrt(), o.scale * sd, rtol=1e-4, atol=1e-6)


def test_conditioning_twice_is_conditioning_once(chemistry, mixed):
    first, second = np.array([4, 50]), np.array([77])
    x, y = mixed.inputs(second), torch.from_numpy(chemistry.y[second])[:, None]
    with torch.no_grad():
        twice = conditioned(mixed, first, chemistry.y).condition_on_observations(x, y)
        once = conditioned(mixed, np.append(first, second), chemistry.y)
        for a, b in zip(
            twice._moments(mixed.inputs(EVERY)), once._moments(mixed.inputs(EVERY)), strict=True
        ):
            torch.testing.assert_close(a, b)


def test_fantasies_differ_by_what_was_drawn(chemistry, mixed):
    rows = np.array([4, 50])
    x = mixed.inputs(rows)
    values = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.float64)[:, :, None]
    with torch.no_grad():
        both = mixed.botorch_model().condition_on_observations(x, values)
        assert both.batch_shape == torch.Size([2])
        mean = both.posterior(mixed.inputs(EVERY)).mean[..., 0]
        for k in range(2):
            alone = mixed.botorch_model().condition_on_observations(x, values[k])
            expected = alone.posterior(mixed.inputs(EVERY)).mean[..., 0]
            torch.testing.assert_close(mean[k], expected)
    assert (mean[1, rows] > mean[0, rows] + 0.5).all()


def test_the_whole_pool_as_a_batch_is_answered_in_chunks():
    rng = np.random.default_rng(0)
    reals = rng.normal(size=(3000, 4)).astype(np.float32)
    features = FeatureMatrix((FeatureBlock("r", "reals", tuple("abcd"), reals),), "d")
    rows = np.arange(20)
    y = reals[:, 0].astype(float)
    ids = tuple(f"c{i}" for i in rows)
    data = TrainingData(ids, y[rows], None, np.ones(20, dtype=np.int64), 1)
    model = GaussianProcess(GaussianProcess.Config()).fit(features, rows, data, 0)
    every = np.arange(3000)
    mean, sd = model.posterior(every)
    with torch.no_grad():
        pairs = model.inputs(every).reshape(1500, 2, 1)
        found = model.botorch_model().posterior(pairs, observation_noise=True)
    np.testing.assert_allclose(found.mean.numpy().reshape(-1), mean, atol=1e-9)
    total = np.sqrt(sd**2 + model.noise[0])
    np.testing.assert_allclose(found.variance.sqrt().numpy().reshape(-1), total, rtol=1e-6)
