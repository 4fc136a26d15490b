"""`robust`: gross errors are found, named and given little weight; nothing else changes."""

import re

import numpy as np
import pytest

from loop.surrogate.affine import AffineTransfer
from loop.surrogate.gp import GaussianProcess
from loop.surrogate.outliers import with_outliers
from loop.surrogate.transfer import TransferGaussianProcess

SEEDS = range(3)
KINDS = [GaussianProcess, TransferGaussianProcess]


def fitted(chemistry, cls, rows, y, robust, order=None):
    features = chemistry.features if cls is GaussianProcess else chemistry.with_sources()
    rows = rows if order is None else rows[order]
    return cls(cls.Config(robust=robust)).fit(features, rows, chemistry.data(rows, y), 0)


def split(seed, n=40):
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(100, n, replace=False))
    return rows, np.setdiff1d(np.arange(100), rows), rng.choice(rows, 2, replace=False)


def corrupted(chemistry, bad):
    y = chemistry.y.copy()
    y[bad] += np.array([8.0, -6.0]) * y.std()
    return y


def named(model):
    found = (
        re.match(r"the observation of (c\d+), .* taken for an outlier", w)
        for w in model.report.warnings
    )
    return {m[1] for m in found if m}


def error(model, chemistry, test):
    return np.sqrt(np.mean((model.posterior(test)[0] - chemistry.y[test]) ** 2))


@pytest.mark.parametrize("cls", KINDS)
def test_gross_errors_are_named_and_hardly_hurt(chemistry, cls):
    to_plain, to_clean = [], []
    for seed in SEEDS:
        rows, test, bad = split(seed)
        y = corrupted(chemistry, bad)
        plain = error(fitted(chemistry, cls, rows, y, robust=False), chemistry, test)
        clean = error(fitted(chemistry, cls, rows, chemistry.y, robust=False), chemistry, test)
        model = fitted(chemistry, cls, rows, y, robust=True)
        assert named(model) == {f"c{b:03d}" for b in bad}
        to_plain.append(np.log(error(model, chemistry, test) / plain))
        to_clean.append(np.log(error(model, chemistry, test) / clean))
    assert np.exp(np.mean(to_plain)) < 0.8
    assert np.exp(np.mean(to_clean)) < 1.08


@pytest.mark.parametrize("cls", KINDS)
def test_without_outliers_it_is_as_good_as_without(chemistry, cls):
    ratios = []
    for seed in SEEDS:
        rows, test, _ = split(seed)
        errors = [
            error(fitted(chemistry, cls, rows, chemistry.y, robust=r), chemistry, test)
            for r in (True, False)
        ]
        ratios.append(np.log(errors[0] / errors[1]))
    assert abs(np.mean(ratios)) < 0.03


def test_pure_noise_has_few_outliers(chemistry):
    rng = np.random.default_rng(11)
    found = 0
    for seed in range(5):
        rows, _, _ = split(seed)
        found += len(
            named(fitted(chemistry, GaussianProcess, rows, rng.normal(size=100), robust=True))
        )
    assert found <= 2


def test_the_told_distance_is_that_to_a_model_of_the_others(chemistry):
    rows, _, bad = split(2)
    y = corrupted(chemistry, bad)
    model = fitted(chemistry, GaussianProcess, rows, y, robust=True)
    others = np.setdiff1d(rows, bad)
    mean, _ = fitted(chemistry, GaussianProcess, others, chemistry.y, robust=False).posterior(bad)
    told = {p.candidate_id: p for p in model.report.parity}
    for b, expected in zip(bad, mean, strict=True):
        point = told[f"c{b:03d}"]
        assert point.observed == y[b]
        assert point.predicted == pytest.approx(expected, abs=0.3 * chemistry.y.std())
        away = abs(point.observed - point.predicted) / point.sd
        assert any(
            f"{point.candidate_id}, " in w and f" {away:.1f} standard" in w
            for w in model.report.warnings
        )


def test_figures_are_of_the_observations_that_are_believed(chemistry):
    rows, _, bad = split(1)
    model = fitted(chemistry, GaussianProcess, rows, corrupted(chemistry, bad), robust=True)
    report = model.report
    kept = [p for p in report.parity if p.candidate_id not in named(model)]
    assert report.n_observations == 40 == len(kept) + 2
    errors = np.array([p.observed - p.predicted for p in kept])
    assert report.rmse == pytest.approx(np.sqrt(np.mean(errors**2)))


@pytest.mark.parametrize("cls", [*KINDS, AffineTransfer])
def test_it_is_stored_and_does_not_hang_on_the_order(chemistry, cls):
    rows, _, bad = split(3)
    y, every = corrupted(chemistry, bad), np.arange(100)
    model = fitted(chemistry, cls, rows, y, robust=True)
    features = chemistry.features if cls is GaussianProcess else chemistry.with_sources()
    again = cls(cls.Config(robust=True)).load(model.dump(), features)
    assert again.dump() == model.dump()
    assert again.posterior(every)[0].tobytes() == model.posterior(every)[0].tobytes()
    order = np.random.default_rng(0).permutation(40)
    turned = fitted(chemistry, cls, rows, y, robust=True, order=order)
    assert named(turned) == named(model) != set()
    np.testing.assert_allclose(
        turned.posterior(every)[0], model.posterior(every)[0], atol=1e-3 * np.ptp(chemistry.y)
    )


def test_a_slip_of_the_decimal_point_is_found(chemistry):
    rows, test, bad = split(4)
    y = chemistry.y.copy()
    y[bad[0]] *= 1000.0
    model = fitted(chemistry, GaussianProcess, rows, y, robust=True)
    assert named(model) == {f"c{bad[0]:03d}"}
    clean = error(
        fitted(chemistry, GaussianProcess, rows, chemistry.y, robust=False), chemistry, test
    )
    assert error(model, chemistry, test) < 1.1 * clean


def test_few_observations_have_no_outliers_and_say_so(chemistry):
    rows, _, bad = split(0, n=9)
    model = fitted(chemistry, GaussianProcess, rows, corrupted(chemistry, bad), robust=True)
    assert "fewer than 10 observations: no outlier can be told" in model.report.warnings
    observed = model.observed
    assert with_outliers(observed, model.mixture.kernel) is observed
