import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from loop.acquire.improvement import (
    chance_to_improve,
    explore_share,
    log_between,
    log_h,
    log_score,
)
from loop.core.objective import Maximize, Minimize, TargetRange

UP = Maximize(property="p")
DOWN = Minimize(property="p")
BAND = TargetRange(property="p", low=1.0, high=2.0)


@pytest.mark.parametrize("u", [3.0, 0.4, -0.99, -1.01, -5.0, -30.0, -999.0, -1001.0, -3e4])
def test_log_h_by_integration(u):
    # h(u) = phi(u) * int_0^inf t exp(u t - t^2 / 2) dt: the exponential tail is taken out by hand.
    if u < 0:
        s = -u
        value, _ = quad(
            lambda x: x * np.exp(-x - 0.5 * (x / s) ** 2), 0, 60, epsabs=0, epsrel=1e-11
        )
        expected = norm.logpdf(u) + np.log(value) - 2 * np.log(s)
    else:
        value, _ = quad(lambda t: t * norm.pdf(t - u), 0, 40, epsrel=1e-11, points=[u])
        expected = np.log(value)
    assert log_h(np.array([u]))[0] == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_expected_improvement_by_integration():
    value, _ = quad(lambda y: (y - 1.5) * norm.pdf(y, 1.0, 0.7), 1.5, 12)
    found = log_score(UP, np.array([1.0]), np.array([0.7]), 1.5)[0]
    assert np.exp(found) == pytest.approx(value, rel=1e-7)


def test_minimizing_is_maximizing_the_negative():
    mean, sd = np.array([0.3, -2.0, 5.0]), np.array([1.0, 0.1, 3.0])
    for function in (log_score, chance_to_improve, explore_share):
        np.testing.assert_array_equal(function(DOWN, mean, sd, 0.2), function(UP, -mean, sd, 0.2))


@pytest.mark.parametrize(("mean", "sd"), [(1.4, 0.2), (0.0, 0.5), (9.0, 1.0), (-60.0, 1.0)])
def test_log_between(mean, sd):
    if mean == -60.0:
        expected = norm.logsf(61.0)
    else:
        expected = np.log(quad(lambda y: norm.pdf(y, mean, sd), 1, 2, epsabs=0)[0])
    found = log_between(1.0, 2.0, np.array([mean]), np.array([sd]))[0]
    assert found == pytest.approx(expected, rel=1e-7)


def test_explore_share_ends():
    sure = explore_share(UP, np.array([3.0]), np.array([1e-3]), 1.0)[0]
    hope = explore_share(UP, np.array([0.5]), np.array([1.0]), 1.0)[0]
    band = explore_share(BAND, np.array([1.5]), np.array([1e-3]), -2.0)[0]
    assert sure == pytest.approx(0.0, abs=1e-9)
    assert hope == 1.0
    assert band == pytest.approx(0.0, abs=1e-9)
