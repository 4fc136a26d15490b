"""The interval likelihood against mpmath at 60 digits."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.generate.likelihood import EXACT_TO, log_interval, log_sigmoid, moderated

mpmath.mp.dps = 60


def mass(low, high):
    """log P(low < z < high) of a standard normal, from the tail that is smaller."""
    low, high = mpmath.mpf(low), mpmath.mpf(high)
    if low + high > 0:
        low, high = -high, -low
    half = mpmath.sqrt(2)
    return mpmath.log((mpmath.erfc(-high / half) - mpmath.erfc(-low / half)) / 2)


def relative_error(found, low, high):
    exact = mass(low, high)
    return abs((mpmath.mpf(float(found)) - exact) / exact)


@pytest.mark.parametrize("width", [1e-6, 1e-3, 0.03, 0.5, 1.0, 2.0, 10.0, 40.0])
@pytest.mark.parametrize("near", [-30.0, -29.0, -12.0, -8.5, -3.0, -0.7, 0.0, 0.4, 5.0, 8.0, 29.0])
def test_it_is_exact_on_both_sides_to_thirty_sigma(near, width):
    # `near` is the upper end on one side and, mirrored, the lower end on the other.
    low, high = near - width, near
    exact = mass(low, mpmath.mpf(low) + mpmath.mpf(high - low))
    for a, b in ((low, high), (-high, -low)):
        found = log_interval(a, b, 0.0, 1.0)
        if max(0.0, a, -b) <= EXACT_TO:
            # log P near 0 is a small number of its own: there the absolute error counts.
            assert abs(float(found) - float(exact)) <= 2e-12 * max(1.0, abs(float(exact)))


@pytest.mark.parametrize("edge", [-30.0, -20.0, -8.5, -1.0, 0.0, 1.0, 6.0])
def test_half_open_windows_are_exact_relative_to_their_own_logarithm(edge):
    assert relative_error(log_interval(-np.inf, edge, 0.0, 1.0), -200, edge) < 1e-12
    assert relative_error(log_interval(-edge, np.inf, 0.0, 1.0), -edge, 200) < 1e-12


def test_a_window_nearly_certain_keeps_the_digits_of_its_outer_tails():
    assert relative_error(log_interval(-7.5, 9.0, 0.0, 1.0), -7.5, 9.0) < 1e-12


def test_a_window_is_counted_in_units_of_sd():
    found = log_interval(430.0, 600.0, 390.0, 16.0)
    assert relative_error(found, (430 - 390) / mpmath.mpf(16), (600 - 390) / mpmath.mpf(16)) < 1e-13


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-6, 1e6),
    mean=st.floats(-1e12, 1e12),
    sd=st.floats(1e-9, 1e6),
)
def test_it_is_finite_and_at_most_zero_everywhere(low, width, mean, sd):
    found = float(log_interval(low, low + width, mean, sd))
    assert math.isfinite(found)
    assert found <= 1e-15


@pytest.mark.parametrize("width", [1e-4, 0.1, 3.0, np.inf])
def test_it_falls_steadily_across_the_end_of_the_exact_part(width):
    distance = np.linspace(EXACT_TO - 2, EXACT_TO + 200, 4000)
    found = log_interval(distance, distance + width, 0.0, 1.0)
    steps = np.diff(found) / np.diff(distance)
    assert (steps < -(EXACT_TO - 3)).all()
    assert (steps > -1.1 * EXACT_TO - 3).all()
    # No jump where one formula takes over from the other.
    assert np.abs(np.diff(steps)).max() < 0.2


def test_the_slope_is_finite_where_a_plain_difference_is_minus_infinity():
    with np.errstate(divide="ignore"):
        plain = np.log(math.erfc(40 / math.sqrt(2)) / 2 - math.erfc(50 / math.sqrt(2)) / 2)
    assert plain == -np.inf
    far, farther = log_interval(2.0, 2.6, np.array([1.6, 1.5]), 0.01)
    assert far > farther > -2000


def test_log_sigmoid_against_mpmath():
    logits = np.array([-800.0, -30.0, -1.5, 0.0, 1e-9, 2.0, 35.0, 700.0])
    for logit, found in zip(logits, log_sigmoid(logits), strict=True):
        # Of 1 + exp(-700) nothing would be left at 60 digits.
        exact = -mpmath.log1p(mpmath.exp(-mpmath.mpf(float(logit))))
        assert abs((mpmath.mpf(float(found)) - exact) / exact) < 1e-15


@pytest.mark.parametrize(("logit", "sd"), [(-3.0, 2.0), (0.5, 1.0), (2.0, 0.1), (4.0, 3.0)])
def test_a_moderated_logit_is_near_the_mean_of_the_sigmoid(logit, sd):
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    mean = (weights / weights.sum()) @ (1 / (1 + np.exp(-(logit + sd * nodes))))
    found = np.exp(log_sigmoid(moderated(np.array([logit]), np.array([sd]))))[0]
    assert found == pytest.approx(mean, abs=0.02)
