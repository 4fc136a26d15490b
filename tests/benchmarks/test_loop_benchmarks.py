"""The figures of the loop benchmarks, by hand on pools where they are plain."""

import numpy as np
import pytest

from loop.core.ports import FeatureBlock, FeatureMatrix
from tests.benchmarks.extrapolation import halves, lift
from tests.benchmarks.transfer_loop import guessed, judged, searched, starters


def pool(n=120):
    x = np.random.default_rng(0).uniform(-2, 2, size=(n, 2)).astype(np.float32)
    features = FeatureMatrix((FeatureBlock("numbers", "reals", ("a", "b"), x),), "plain")
    return features, -((x[:, 0] - 1.0) ** 2 + x[:, 1] ** 2).astype(float)


@pytest.mark.parametrize(("place", "hit"), [(1, 6), (6, 6), (7, 10), (10, 10), (11, 14), (46, 46)])
def test_a_hit_counts_from_the_end_of_its_batch(place, hit):
    values = np.zeros(100)
    values[99] = 1.0
    order = list(range(46))
    order[place - 1] = 99
    assert judged(order, values).hit == hit
    assert judged(list(range(46)), values).hit == 50


def test_a_search_makes_46_experiments_and_climbs_a_smooth_hill():
    features, values = pool()
    order = searched("gp", features, values, 0)
    assert len(order) == len(set(order)) == 46
    assert order[:6] == starters(values, 0)
    assert order == searched("gp", features, values, 0)
    found, chance = judged(order, values), guessed(values, 0)
    assert found.met == 1.0
    assert found.recall == 1.0 > chance.recall
    assert found.hit < chance.hit


def test_training_rows_lie_below_all_test_rows():
    values = np.random.default_rng(1).normal(size=901)
    low, high = halves(values, 3)
    assert values[low].max() <= np.median(values) < values[high].min()
    assert (len(low), len(high)) == (451, 300)


def test_lift_is_ten_for_the_truth_and_one_for_chance():
    truth = np.arange(300.0)
    assert lift(truth, truth) == pytest.approx(10.0)
    assert lift(truth, -truth) == 0.0
    by_chance = [lift(truth, np.random.default_rng(k).normal(size=300)) for k in range(400)]
    assert np.mean(by_chance) == pytest.approx(1.0, abs=0.15)
