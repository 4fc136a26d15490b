import math

import gpytorch
import numpy as np
import pytest
import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms.outcome import Standardize

from loop.surrogate.gp import GaussianProcess
from loop.surrogate.store import FeatureStore

ROWS = np.arange(0, 100, 3)


def gp():
    return GaussianProcess(GaussianProcess.Config())


@pytest.fixture(scope="session")
def fitted(chemistry):
    return gp().fit(chemistry.features, ROWS, chemistry.data(ROWS), 0)


class FixedKernel(gpytorch.kernels.Kernel):
    """A table of covariances, looked up by row number."""

    has_lengthscale = False

    def __init__(self, table):
        super().__init__()
        self.table = table

    def forward(self, x1, x2, diag=False, **_):
        i, j = x1[..., 0].long(), x2[..., 0].long()
        return self.table[i, j] if diag else self.table[i.unsqueeze(-1), j.unsqueeze(-2)]


def test_posterior_is_that_of_a_single_task_gp(chemistry, fitted):
    told = fitted.report.hyperparameters
    store = FeatureStore(chemistry.features)
    apart = torch.from_numpy(store.reals["reals"])
    r = (
        math.sqrt(5)
        * torch.cdist(apart, apart)
        / told["length scale of descriptors (standardised)"]
    )
    matern = (1 + r + r**2 / 3) * torch.exp(-r)
    counts = torch.from_numpy(chemistry.features.blocks[0].values).double()
    least = torch.minimum(counts[:, None], counts[None]).sum(-1)
    most = torch.maximum(counts[:, None], counts[None]).sum(-1)
    table = (
        1
        + told["variance from descriptors (standardised)"] * matern
        + told["variance from structure counts (standardised)"] * least / most
    )
    y = torch.from_numpy(chemistry.y[ROWS])[:, None]
    x = torch.from_numpy(ROWS).double()[:, None]
    model = SingleTaskGP(
        x,
        y,
        covar_module=FixedKernel(table),
        mean_module=gpytorch.means.ZeroMean(),
        outcome_transform=Standardize(m=1),
    ).double()
    noise = (told["noise sd (property's unit)"] / float(y.std())) ** 2
    model.likelihood.noise = noise
    every = torch.arange(100).double()[:, None]
    with torch.no_grad():
        expected = model.posterior(every)
    mean, sd = fitted.posterior(np.arange(100))
    np.testing.assert_allclose(mean, expected.mean[:, 0].numpy(), atol=1e-6)
    np.testing.assert_allclose(sd, expected.variance[:, 0].sqrt().numpy(), rtol=1e-3, atol=1e-6)


def test_it_learns_chemistry_and_says_so(fitted):
    report = fitted.report
    assert report.r2 is not None
    assert report.r2 > 0.2
    assert report.rmse < report.rmse_of_mean
    assert not any("no better" in w for w in report.warnings)


def test_noise_alone_is_called_no_better_than_the_mean(chemistry):
    y = np.random.default_rng(5).normal(size=100)
    report = gp().fit(chemistry.features, ROWS, chemistry.data(ROWS, y), 0).report
    assert any("no better than predicting the mean" in w for w in report.warnings)


def test_unit_changes_only_scale(chemistry, fitted):
    scaled = gp().fit(chemistry.features, ROWS, chemistry.data(ROWS, 1000 * chemistry.y), 0)
    for one, other in zip(fitted.posterior(ROWS + 0), scaled.posterior(ROWS + 0), strict=True):
        np.testing.assert_allclose(1000 * one, other, rtol=1e-3)


def test_known_noise_is_the_least_learned(chemistry):
    variance = 0.5 * chemistry.y[ROWS].var(ddof=1)
    model = gp().fit(chemistry.features, ROWS, chemistry.data(ROWS, noise=variance), 0)
    learned = model.report.hyperparameters["noise sd (property's unit)"]
    assert learned >= np.sqrt(variance) * (1 - 1e-9)


@pytest.mark.parametrize("n", [2, 6])
def test_equal_observations_are_warned_of(chemistry, n):
    rows = np.arange(n)
    model = gp().fit(chemistry.features, rows, chemistry.data(rows, np.full(100, 4.0)), 0)
    assert model.report.r2 is None
    assert any("too few" in w for w in model.report.warnings) == (n < 5)
