"""What is wanted of properties, in log units, and what is said of bad predictions."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from loop.core.objective import Maximize, Minimize, TargetRange
from loop.errors import ConfigError, ModelError
from loop.generate.likelihood import log_interval
from loop.generate.region import Region
from loop.generate.wants import Better, Labelled, Window, wanted

MEAN, SD = np.array([300.0, 420.0, 700.0]), np.array([20.0, 10.0, 30.0])


def test_the_noise_of_a_measurement_widens_the_window():
    found = Window("tg", 430.0, 600.0, noise=15.0).log_likelihood(MEAN, SD)
    total = np.hypot(SD, 15.0)
    exact = norm.cdf((600 - MEAN) / total) - norm.cdf((430 - MEAN) / total)
    assert found == pytest.approx(np.log(exact), rel=1e-6)


def test_half_open_windows_are_at_least_and_at_most():
    above = Window("tg", low=430.0).log_chance(MEAN, SD)
    below = Window("tg", high=430.0).log_chance(MEAN, SD)
    assert above == pytest.approx(norm.logsf((430 - MEAN) / SD), rel=1e-9)
    assert np.exp(above) + np.exp(below) == pytest.approx(1)


def test_past_the_threshold_only_a_slope_tells_good_from_better():
    mean, sd = np.array([600.0, 700.0]), np.array([5.0, 5.0])
    flat = Better("tg", threshold=430.0).log_likelihood(mean, sd)
    assert flat == pytest.approx(0, abs=1e-12)
    sloped = Better("tg", threshold=430.0, slope=0.02)
    assert np.diff(sloped.log_likelihood(mean, sd)) == pytest.approx(2.0)
    assert sloped.log_chance(mean, sd) == pytest.approx(0, abs=1e-12)
    down = Better("tg", larger=False, slope=0.02)
    assert np.diff(down.log_likelihood(mean, sd)) == pytest.approx(-2.0)
    assert down.log_chance(mean, sd).tolist() == [0, 0]


def test_objectives_of_a_campaign_become_wants():
    window = wanted(TargetRange(property="n", low=2.0, high=2.6), None, 0.0, 0.1)
    assert window == Window("n", 2.0, 2.6, 0.1)
    assert wanted(Maximize(property="n"), 2.0, 1.0, 0.1) == Better("n", True, 2.0, 1.0, 0.1)
    assert wanted(Minimize(property="n"), 2.0, 0.0, 0.1).in_words() == "n below 2"


def test_a_label_is_wanted_or_not():
    logit, sd = np.array([-2.0, 0.0, 3.0]), np.full(3, 1e-9)
    yes, no = Labelled("soluble"), Labelled("soluble", yes=False)
    assert np.exp(yes.log_chance(logit, sd)) == pytest.approx(1 / (1 + np.exp(-logit)))
    assert np.exp(yes.log_chance(logit, sd)) + np.exp(no.log_chance(logit, sd)) == pytest.approx(1)
    doubtful = np.exp(yes.log_chance(logit, np.full(3, 5.0)))
    assert 0.12 < doubtful[0] < 0.5 < doubtful[2] < 0.95


def test_several_properties_add_up_and_slopes_stay_out_of_the_chance():
    def predict(structures):
        return np.tile([2.1, 500.0], (len(structures), 1)), np.tile(
            [0.1, 40.0], (len(structures), 1)
        )

    region = Region(predict, [Window("n", 2.0, 2.6), Better("tg", threshold=430.0, slope=0.1)])
    one = log_interval(2.0, 2.6, 2.1, 0.1) + log_interval(430.0, np.inf, 500.0, 40.0)
    assert region.log_chance(["*CC*"]) == pytest.approx([float(one)])
    assert region(["*CC*"]) == pytest.approx([float(one) + 50])
    assert region.describe(["*CC*"]) == ("n 2.1 ± 0.1, tg 500 ± 40",)
    assert region([]).shape == (0,)


@pytest.mark.parametrize(
    ("mean", "sd", "words"),
    [
        ([[math.nan]], [[1.0]], "tg of .CC.: predicted nan"),
        ([[1.0]], [[0.0]], "with sd 0.0; expected a finite mean and a positive sd"),
        ([[1.0, 2.0]], [[1.0, 1.0]], "a column for each of"),
    ],
)
def test_bad_predictions_are_named(mean, sd, words):
    region = Region(lambda _: (np.array(mean), np.array(sd)), [Window("tg", 430.0)])
    with pytest.raises(ModelError, match=words):
        region(["*CC*"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Window("tg", 600.0, 430.0),
        lambda: Window("tg"),
        lambda: Window("tg", 1.0, noise=-1.0),
        lambda: Better("tg"),
        lambda: Better("tg", slope=-0.1),
        lambda: Region(lambda s: (np.zeros((0, 0)), np.zeros((0, 0))), []),
    ],
)
def test_wants_that_make_no_sense_are_refused(make):
    with pytest.raises(ConfigError):
        make()
