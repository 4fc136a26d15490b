import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import expit
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import ModelError
from loop.surrogate.kernels import ABSENT, KernelSum
from loop.surrogate.label_members import BASE, PLAIN, LabelMixture, candidates, fit_members
from loop.surrogate.label_posterior import LabelPosterior, find_mode, predict
from loop.surrogate.mixture import Members
from loop.surrogate.store import FeatureStore

N, D = 60, 3


def problem(seed=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, D))
    x = np.clip((x - x.mean(0)) / x.std(0), -4, 4)
    x = ((x - x.mean(0)) / x.std(0)).astype(np.float32)
    labels = (x[:, 0] + 0.5 * x[:, 1] ** 2 + 0.5 * rng.normal(size=N) > 0.4).astype(float)
    block = FeatureBlock("x", "reals", ("a", "b", "c"), x)
    return x.astype(float), labels, FeatureStore(FeatureMatrix((block,), "x"))


@pytest.mark.parametrize(("variance", "scale"), [(0.5, 1.0), (3.0, 2.5), (40.0, 4.0)])
def test_evidence_and_probabilities_are_those_of_scikit_learn_with_the_same_kernel(variance, scale):
    x, labels, store = problem()
    reference = GaussianProcessClassifier(
        ConstantKernel(1.0) + ConstantKernel(variance) * Matern(scale, nu=2.5), optimizer=None
    ).fit(x[:40], labels[:40])
    kernel = candidates(store)[PLAIN]
    theta = np.append(ABSENT, np.log([variance, scale]))
    seen = np.arange(40)
    covariance = kernel.covariance(theta, store.tables(kernel.keys, seen, seen), (40, 40))
    mode = find_mode(covariance, labels[:40], 0.0)
    assert mode.evidence == pytest.approx(reference.log_marginal_likelihood_value_, rel=1e-5)
    members = Members(theta[None], np.ones(1))
    found = LabelMixture(store, members, seen, labels[:40], 0.0).probability(np.arange(40, N))
    # scikit-learn replaces the logistic by five error functions, good to a few thousandths.
    assert found == pytest.approx(reference.predict_proba(x[40:])[:, 1], abs=5e-3)


@given(st.floats(-6, 6), st.floats(0.01, 5), st.floats(-3, 3), st.integers(0, 1))
def test_the_average_of_the_logistic_is_that_of_quadrature(share, prior_sd, offset, label):
    prior = prior_sd**2
    cross = np.array([[np.tanh(share) * prior_sd]])
    mode = find_mode(np.ones((1, 1)), np.array([float(label)]), offset)
    # One label, so the algebra of the posterior can be written out.
    w = mode.root_w[0] ** 2
    mean = offset + cross[0, 0] * (label - expit(mode.f[0] + offset))
    sd = np.sqrt(prior - cross[0, 0] ** 2 / (1.0 + 1.0 / w))
    expected = quad(
        lambda f: expit(f) * norm.pdf(f, mean, sd), mean - 12 * sd, mean + 12 * sd, limit=200
    )[0]
    found = predict(mode, cross, np.array([prior]), offset)
    assert found[0] == pytest.approx(expected, abs=2e-5)


def test_the_gradient_is_that_of_finite_differences():
    _, labels, store = problem()
    kernel, rows = candidates(store)[PLAIN], np.arange(40)
    tables = store.tables(kernel.keys, rows, rows)
    posterior = LabelPosterior(kernel, tables, labels[:40], 0.4)
    for step in (-1.5, 0.0, 2.0):
        theta = posterior.middle + step * np.array([0.7, 1.0, -0.5])
        numeric = approx_fprime(theta, lambda t: posterior.loss(t)[0], 1e-6)
        assert posterior.loss(theta)[1] == pytest.approx(numeric, abs=2e-4)


def test_the_mode_is_stationary_even_where_a_newton_step_overshoots():
    _, labels, store = problem()
    kernel, rows = candidates(store)[PLAIN], np.arange(N)
    tables = store.tables(kernel.keys, rows, rows)
    covariance = kernel.covariance(np.log([1e5, 1e5, 5.0]), tables, (N, N))
    mode = find_mode(covariance, labels, -8.0)
    assert mode.f == pytest.approx(covariance @ (labels - expit(mode.f - 8.0)), rel=1e-3, abs=1e-2)


def test_what_is_no_covariance_is_refused():
    with pytest.raises(ModelError, match="not positive definite"):
        find_mode(np.array([[1.0, 50.0], [50.0, 1.0]]), np.array([0.0, 1.0]), 0.0)


def test_labels_without_a_pattern_leave_the_weight_with_the_base_rate():
    _, labels, store = problem()
    told = fit_members(store, np.arange(N), labels, 0.0, np.arange(N))
    rng = np.random.default_rng(0)
    dealt = np.array(
        [
            fit_members(store, np.arange(N), rng.permutation(labels), 0.0, np.arange(N)).weights
            for _ in range(8)
        ]
    )
    names = list(candidates(store))
    assert names == [BASE, PLAIN]
    assert told.weights[1] > 0.99
    assert np.median(dealt[:, 0]) > 0.6


def test_without_descriptors_there_is_only_the_base_rate():
    flat = FeatureBlock("x", "reals", ("a",), np.ones((4, 1), dtype=np.float32))
    store = FeatureStore(FeatureMatrix((flat,), "flat"))
    assert candidates(store) == {BASE: KernelSum(())}
    members = fit_members(store, np.arange(4), np.array([0.0, 0.0, 0.0, 1.0]), -1.0, np.arange(4))
    assert members.weights.tolist() == [1.0]
