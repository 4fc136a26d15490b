import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal, norm

from loop.errors import ModelError
from loop.surrogate.inference import Posterior
from loop.surrogate.kernels import KernelSum, Part
from loop.surrogate.mixture import GaussianMixture, Members, loo_moments
from loop.surrogate.parts import source_parts, target_parts
from loop.surrogate.store import FeatureStore

ROWS = np.arange(0, 100, 7)
PRODUCT = Part(
    "product", "matern*gram", gram="counts:tanimoto", distance="source-predictions:distance"
)


@pytest.fixture(scope="module")
def case(chemistry):
    store = FeatureStore(chemistry.with_sources())
    y = chemistry.y[ROWS]
    return store, (y - y.mean()) / y.std(ddof=1)


def posterior(store, z, parts, floor=1e-5):
    kernel = KernelSum(parts)
    return Posterior(kernel, store.tables(kernel.keys, ROWS, ROWS), z, floor)


def test_the_gradient_is_that_of_finite_differences(case):
    store, z = case
    p = posterior(store, z, (*target_parts(store), *source_parts(store), PRODUCT))
    theta = p.middle + np.random.default_rng(0).normal(size=len(p.middle))
    expected = approx_fprime(theta, lambda t: p.loss(t)[0], 1e-6)
    np.testing.assert_allclose(p.loss(theta)[1], expected, rtol=1e-4, atol=1e-4)


def test_the_loss_is_likelihood_times_prior(case):
    store, z = case
    p = posterior(store, z, target_parts(store))
    theta = p.middle + 0.3
    k = p.kernel.covariance(theta, store.tables(p.kernel.keys, ROWS, ROWS), (len(z), len(z)))
    likelihood = multivariate_normal(cov=k + math.exp(theta[-1]) * np.eye(len(z))).logpdf(z)
    prior = norm.logpdf(theta, p.middle, p.spread).sum()
    assert p.loss(theta)[0] == pytest.approx(-(likelihood + prior), abs=1e-8)


def test_laplace_evidence_is_near_the_integral(case):
    store, z = case
    p = posterior(store, z, (), floor=1e-5)
    fit = p.maximum()
    exact = quad(
        lambda t: math.exp(-p.loss(np.array([t]))[0]), p.low[0], 3.0, points=[fit.theta[0]]
    )
    assert fit.evidence == pytest.approx(math.log(exact[0]), abs=0.1)


def test_weighted_draws_have_the_mean_of_the_posterior(case):
    store, z = case
    p = posterior(store, z, ())
    thetas, weights = p.draws(p.maximum(), 200, 1)
    grid = np.linspace(p.low[0], 3.0, 2001)
    density = np.exp([-p.loss(np.array([t]))[0] for t in grid])
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ thetas[:, 0] == pytest.approx(np.average(grid, weights=density), abs=0.15)
    again, _ = p.draws(p.maximum(), 200, 1)
    assert again.tobytes() == thetas.tobytes()


def test_contradicting_kernels_are_refused(case):
    store, z = case
    broken = store.tables(["counts:tanimoto"], ROWS, ROWS)["counts:tanimoto"] - 5.0
    p = Posterior(KernelSum(target_parts(store)[1:]), {"counts:tanimoto": broken * 1e6}, z, 1e-5)
    with pytest.raises(ModelError, match="not positive definite"):
        p.maximum()


def test_leave_one_out_is_that_of_leaving_one_out(case):
    store, z = case
    kernel = KernelSum(target_parts(store))
    theta = Posterior(kernel, {}, z, 1e-5).middle
    whole = GaussianMixture(store, kernel, Members(theta[None], np.ones(1)), ROWS, z)
    mean, variance = loo_moments(whole, evidence_weights=True)
    for i in range(len(z)):
        rest = np.delete(np.arange(len(z)), i)
        part = GaussianMixture(store, kernel, whole.members, ROWS[rest], z[rest])
        m, sd = part.marginal(ROWS[i : i + 1])
        assert mean[i] == pytest.approx(m[0], abs=1e-8)
        assert variance[i] == pytest.approx(sd[0] ** 2 + whole.noise[0], rel=1e-6)


def test_a_mixture_takes_back_the_evidence_of_the_one_left_out(case):
    store, z = case
    kernel = KernelSum(target_parts(store))
    middle = Posterior(kernel, {}, z, 1e-5).middle
    thetas = np.array([middle, middle + 1.0])
    tables = store.tables(kernel.keys, ROWS, ROWS)

    def weights(keep):
        at = np.ix_(keep, keep)
        logs = [
            multivariate_normal(
                cov=(
                    kernel.covariance(t, tables, (len(z),) * 2) + math.exp(t[-1]) * np.eye(len(z))
                )[at]
            ).logpdf(z[keep])
            for t in thetas
        ]
        w = np.exp(np.array(logs) - max(logs))
        return w / w.sum()

    whole = GaussianMixture(store, kernel, Members(thetas, weights(np.arange(len(z)))), ROWS, z)
    mean, _ = loo_moments(whole, evidence_weights=True)
    for i in (0, 5, 9):
        rest = np.delete(np.arange(len(z)), i)
        part = GaussianMixture(store, kernel, Members(thetas, weights(rest)), ROWS[rest], z[rest])
        assert mean[i] == pytest.approx(part.marginal(ROWS[i : i + 1])[0][0], abs=1e-8)
