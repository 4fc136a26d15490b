"""Linear transfer against the regression it is, in the space of its weights."""

import numpy as np
import pytest

from loop.surrogate.gp import NO_SOURCE
from loop.surrogate.linear import LinearTransfer
from loop.surrogate.transfer import TransferGaussianProcess

ROWS = np.arange(0, 100, 3)


def fitted(cls, chemistry, features, rows, y=None, **settings):
    return cls(cls.Config(**settings)).fit(features, rows, chemistry.data(rows, y), 0)


def test_it_is_bayesian_linear_regression_on_the_predictions(chemistry):
    features = chemistry.with_sources()
    model = fitted(LinearTransfer, chemistry, features, ROWS)
    x = chemistry.sources[0].values.astype(float)
    x = np.clip((x - x.mean(0)) / x.std(0), -5, 5)
    log_variance, log_noise = model.mixture.members.thetas[0]
    variance, noise = np.exp(log_variance), np.exp(log_noise)
    # One weight for the mean, of prior variance 1; those of d sources share the linear variance.
    design = np.column_stack([np.ones(len(x)), x * np.sqrt(variance / x.shape[1])])
    seen, scale = design[ROWS], model.observed.scale
    precision = seen.T @ seen / noise + np.eye(design.shape[1])
    z = (chemistry.y[ROWS] - model.observed.offset) / scale
    weights = np.linalg.solve(precision, seen.T @ z / noise)
    rest = np.setdiff1d(np.arange(len(x)), ROWS)
    mean, _ = model.posterior(rest)
    np.testing.assert_allclose(mean, model.observed.offset + scale * design[rest] @ weights)
    spread = np.sqrt(
        np.einsum("ij,ij->i", design[rest], np.linalg.solve(precision, design[rest].T).T)
    )
    sds = model.mixture.marginal(rest)[1]
    np.testing.assert_allclose(sds, spread, rtol=1e-6)


def test_it_ranks_beyond_what_was_seen_where_kernels_that_fall_off_do_not(chemistry):
    # A property that rises with a source, and differs between molecules otherwise too.
    logp = chemistry.sources[0].values[:, 0].astype(float)
    y = logp + 0.3 * np.random.default_rng(3).normal(size=100)
    order = np.argsort(y)
    low, high = np.sort(order[:25]), order[50:]
    features = chemistry.with_sources()
    linear = fitted(LinearTransfer, chemistry, features, low, y).posterior(high)[0]
    curved = fitted(TransferGaussianProcess, chemistry, features, low, y).posterior(high)[0]
    assert np.corrcoef(linear, y[high])[0, 1] > 0.8
    assert np.abs(linear - y[high]).mean() < np.abs(curved - y[high]).mean()


def test_without_sources_it_is_gp_and_says_so(chemistry):
    model = fitted(LinearTransfer, chemistry, chemistry.features, ROWS)
    assert NO_SOURCE in model.report.notes
    assert model.report.surrogate == "linear-transfer"


def test_a_stronger_prior_lets_the_sources_say_more(chemistry):
    features, few = chemistry.with_sources(), ROWS[:4]
    weak = fitted(LinearTransfer, chemistry, features, few, linear_variance=0.01)
    strong = fitted(LinearTransfer, chemistry, features, few, linear_variance=10.0)
    spread = [np.ptp(model.posterior(np.arange(100))[0]) for model in (weak, strong)]
    assert spread[0] < spread[1]
    with pytest.raises(ValueError, match="less than or equal to 10"):
        LinearTransfer.Config(linear_variance=11)
