"""Observations whose noise differs: what replicates and instruments say enters one by one."""

import dataclasses
import math

import gpytorch
import numpy as np
import pytest
import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms.outcome import Standardize

from loop.errors import ModelError
from loop.surrogate.affine import AffineTransfer
from loop.surrogate.averages import Stacking
from loop.surrogate.gp import GaussianProcess
from loop.surrogate.shifted_surrogates import DensityRatio
from loop.surrogate.transfer import TransferGaussianProcess
from loop.surrogate.tree_surrogates import RandomForest
from tests.surrogate.test_gp import FixedKernel

ROWS = np.arange(0, 100, 3)
EVERY = np.arange(100)
MIXTURES = [GaussianProcess, TransferGaussianProcess, AffineTransfer, Stacking]


def built(cls):
    return cls(cls.Config())


def uneven(chemistry, ratio=400.0, seed=4, truth=None):
    """Every other observation is noisy, and says so."""
    y = (chemistry.y if truth is None else truth).copy()
    spread = float(y[ROWS].std())
    sd = np.where(np.arange(len(ROWS)) % 2, 1.0, 1.0 / math.sqrt(ratio)) * spread
    y[ROWS] += np.random.default_rng(seed).normal(size=len(ROWS)) * sd
    return dataclasses.replace(chemistry.data(ROWS, y), noise_variance=sd**2)


def test_posterior_is_that_of_a_single_task_gp_with_the_same_noises(chemistry):
    data = uneven(chemistry)
    fitted = built(GaussianProcess).fit(chemistry.features, ROWS, data, 0)
    theta = fitted.mixture.members.thetas[0]
    tables = fitted.observed.store.tables(fitted.mixture.kernel.keys, EVERY, EVERY)
    table = torch.from_numpy(fitted.mixture.kernel.covariance(theta, tables, (100, 100)))
    learned = math.exp(theta[-1]) * data.y.var(ddof=1)
    own = learned + data.noise_variance - data.noise_variance.min()
    model = SingleTaskGP(
        torch.from_numpy(ROWS).double()[:, None],
        torch.from_numpy(data.y)[:, None],
        train_Yvar=torch.from_numpy(own)[:, None],
        covar_module=FixedKernel(table),
        mean_module=gpytorch.means.ZeroMean(),
        outcome_transform=Standardize(m=1),
    ).double()
    with torch.no_grad():
        expected = model.posterior(torch.arange(100).double()[:, None])
    mean, sd = fitted.posterior(EVERY)
    np.testing.assert_allclose(mean, expected.mean[:, 0].numpy(), atol=1e-6)
    np.testing.assert_allclose(sd, expected.variance[:, 0].sqrt().numpy(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("cls", MIXTURES)
def test_knowing_which_are_noisy_helps(chemistry, cls):
    features, test = chemistry.with_sources(), np.setdiff1d(EVERY, ROWS)
    # Molar refractivity adds up over groups: noise, not the model, limits what is learned.
    truth = chemistry.sources[0].values[:, 1].astype(float)
    ratios = []
    for seed in range(5):
        data = uneven(chemistry, seed=seed, truth=truth)
        mean = np.full(len(ROWS), data.noise_variance.mean())
        alike = dataclasses.replace(data, noise_variance=mean)
        errors = [
            np.mean((built(cls).fit(features, ROWS, d, 0).posterior(test)[0] - truth[test]) ** 2)
            for d in (data, alike)
        ]
        ratios.append(0.5 * np.log(errors[0] / errors[1]))
    assert np.exp(np.mean(ratios)) < 0.9


@pytest.mark.parametrize("cls", MIXTURES)
def test_equal_noises_are_as_one(chemistry, cls):
    features = chemistry.with_sources()
    data = chemistry.data(ROWS, noise=0.3 * chemistry.y[ROWS].var(ddof=1))
    even = built(cls).fit(features, ROWS, data, 0)
    assert even.observed.extra is None
    nearly = data.noise_variance.copy()
    nearly[0] *= 1 + 1e-9
    other = built(cls).fit(features, ROWS, dataclasses.replace(data, noise_variance=nearly), 0)
    assert other.observed.extra is not None
    for one, two in zip(even.posterior(EVERY), other.posterior(EVERY), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3)


@pytest.mark.parametrize("cls", MIXTURES)
def test_a_stored_model_keeps_the_noises(chemistry, cls):
    features = chemistry.with_sources()
    fitted = built(cls).fit(features, ROWS, uneven(chemistry), 0)
    again = built(cls).load(fitted.dump(), features)
    for one, two in zip(fitted.posterior(EVERY), again.posterior(EVERY), strict=True):
        assert one.tobytes() == two.tobytes()
    assert again.noise.tobytes() == fitted.noise.tobytes()
    assert again.dump() == fitted.dump()


def test_a_noisy_observation_pulls_less(chemistry):
    data = chemistry.data(ROWS)
    row, surprised = ROWS[5], data.y.copy()
    surprised[5] += 2.0 * data.y.std()
    pulls = []
    for own in (0.01, 1.0):
        noise = np.full(len(ROWS), 0.01)
        noise[5] = own
        told = dataclasses.replace(data, y=surprised, noise_variance=noise * data.y.var())
        fitted = built(GaussianProcess).fit(chemistry.features, ROWS, told, 0)
        pulls.append(float(fitted.posterior(np.array([row]))[0][0] - data.y[5]))
    assert pulls[1] < 0.7 * pulls[0]


def test_a_further_observation_has_the_usual_noise(chemistry):
    data = uneven(chemistry)
    fitted = built(GaussianProcess).fit(chemistry.features, ROWS, data, 0)
    assert fitted.noise[0] >= data.noise_variance.mean() * (1 - 1e-9)
    told = fitted.report.hyperparameters["noise sd (property's unit)"]
    assert told == pytest.approx(math.sqrt(fitted.noise[0]))


@pytest.mark.parametrize("cls", [DensityRatio, RandomForest])
def test_models_of_one_noise_take_the_mean(chemistry, cls):
    data = uneven(chemistry)
    fitted = built(cls).fit(chemistry.with_sources(), ROWS, data, 0)
    assert fitted.observed.extra is None
    assert fitted.observed.noise_floor * fitted.observed.scale**2 == pytest.approx(
        data.noise_variance.mean()
    )


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_an_impossible_noise_is_refused(chemistry, bad):
    noise = np.full(len(ROWS), 0.1)
    noise[7] = bad
    data = dataclasses.replace(chemistry.data(ROWS), noise_variance=noise)
    with pytest.raises(ModelError, match=f"noise variance of {data.candidate_ids[7]}"):
        built(GaussianProcess).fit(chemistry.features, ROWS, data, 0)
