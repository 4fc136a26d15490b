"""Functions of curves against curves whose answer is known on paper."""

import numpy as np
import pytest

from lims_adapters.instruments.curve import Curve, Trace, trace
from lims_adapters.instruments.functions import Parameters, compute
from loop.errors import DataError

X = np.linspace(300.0, 500.0, 2001)
BELL = np.exp(-0.5 * ((X - 400.37) / 6.0) ** 2)
SIDES = ((310.0, 350.0), (450.0, 490.0))


def value(name, y, **how):
    how = {"window": (370.0, 430.0)} | how
    return compute(name, Trace(X, y), Parameters(**how))


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize(("slope", "offset"), [(0.0, 0.0), (0.004, -1.0)])
def test_a_bell_on_a_sloping_line(up, slope, offset):
    sign = 1.0 if up else -1.0
    line = slope * X + offset
    y = sign * 2.5 * BELL + line
    # A line under a bell moves its highest point by slope * width**2 / height.
    moved = 400.37 + sign * slope * 36.0 / 2.5
    assert value("peak-position", y, up=up) == pytest.approx(moved, abs=2e-3)
    assert value("peak-position", y, up=up, baseline=SIDES) == pytest.approx(400.37, abs=1e-5)
    assert value("peak-height", y, up=up, baseline=SIDES) == pytest.approx(sign * 2.5, abs=1e-5)
    area = sign * 2.5 * 6.0 * np.sqrt(2 * np.pi)
    found = value("integral", y, window=(320.0, 480.0), baseline=SIDES)
    assert found == pytest.approx(area, rel=1e-6)


def test_the_peak_of_a_parabola_is_exact_between_the_points():
    assert value("peak-position", 7 - (X - 401.234567) ** 2) == pytest.approx(401.234567, abs=1e-9)
    assert value("peak-height", 7 - (X - 401.234567) ** 2) == pytest.approx(7.0, abs=1e-9)


def test_an_integral_ends_where_its_window_ends_not_at_the_next_point():
    y = 2 * X
    assert value("integral", y, window=(350.033, 410.077)) == pytest.approx(
        410.077**2 - 350.033**2, rel=1e-12
    )


def test_slope_and_value_of_a_line_are_exact():
    assert value("slope", 3.25 * X - 7) == pytest.approx(3.25, abs=1e-12)
    assert value("value-at", 3.25 * X - 7, at=333.333) == pytest.approx(3.25 * 333.333 - 7)


@pytest.mark.parametrize("up", [True, False])
def test_the_tangent_of_a_bell_meets_its_baseline_two_widths_before_the_peak(up):
    sign = 1.0 if up else -1.0
    y = sign * BELL + 0.002 * X
    found = value("onset", y, window=(370.0, 400.0), baseline=((310.0, 360.0),), up=up)
    assert found == pytest.approx(400.37 - 2 * 6.0, abs=0.02)


def test_a_glass_transition_is_read_at_half_height_between_sloping_lines():
    step = 0.25 * (1 + np.tanh((X - 388.8) / 3.0))
    y = 0.001 * X + step * (1 + 0.002 * (X - 388.8))
    found = value("glass-transition", y, window=(360.0, 420.0), baseline=SIDES)
    assert found == pytest.approx(388.8, abs=0.01)


def test_noise_moves_a_glass_transition_by_no_more_than_its_share():
    noise = np.random.default_rng(3).normal(0.0, 0.002, X.size)
    y = 0.25 * (1 + np.tanh((X - 388.8) / 0.05)) + noise
    found = value("glass-transition", y, window=(360.0, 420.0), baseline=SIDES)
    assert found == pytest.approx(388.8, abs=0.1)


@pytest.mark.parametrize(
    ("name", "y", "how", "said"),
    [
        ("peak-position", X, {}, "end of the window"),
        ("peak-position", BELL, {"window": (370.0, 370.1)}, "points between"),
        ("integral", BELL, {"window": (290.0, 400.0)}, "reaches from 300 to 500"),
        ("onset", 0 * X, {"baseline": ((310.0, 360.0),)}, "runs along|meet"),
        ("glass-transition", 0 * X, {"baseline": SIDES}, "times in the window"),
        ("onset", BELL, {"baseline": ((310.0, 560.0),)}, "reaches from"),
    ],
)
def test_a_curve_that_does_not_show_it_gives_no_number(name, y, how, said):
    with pytest.raises(DataError, match=said):
        value(name, y, **how)


def test_units_are_converted_and_falling_curves_are_turned_round():
    falling = Curve(np.array([30.0, 20.0, 10.0]), np.array([3.0, 2.0, 1.0]), "degC", "mW")
    found = trace(falling, "K", "W")
    np.testing.assert_allclose(found.x, [283.15, 293.15, 303.15])
    np.testing.assert_allclose(found.y, [0.001, 0.002, 0.003])


@pytest.mark.parametrize(
    ("x", "y", "unit", "said"),
    [
        ([1, 2, 1], [1, 2, 3], "K", "point 3"),
        ([1, 2, 2], [1, 2, 3], "K", "stands still at point 3"),
        ([1, 2], [1, 2], "K", "3 at least"),
        ([1, 2, 3], [1, float("nan"), 3], "K", "no finite"),
        ([1, 2, 3], [1, 2, 3], "kg", "'kg'"),
    ],
)
def test_what_is_no_curve_is_refused(x, y, unit, said):
    with pytest.raises(DataError, match=said):
        trace(Curve(np.array(x, float), np.array(y, float), unit, None), "K", None)
