"""Random search against what drawing without replacement must give."""

import numpy as np
import pytest

from loop.backtest.random_search import compare_with_random, guessed
from loop.core.objective import Maximize, Minimize, TargetRange


def compare(truth, measured, objective, budget=20, n_seeds=400):
    return compare_with_random(
        np.asarray(truth, dtype=float), np.asarray(measured), objective, budget, n_seeds, seed=1
    )


def test_the_expected_draws_are_hypergeometric():
    truth = np.arange(300.0)
    found = compare(truth, [299, 298, 5], Maximize(property="k"), budget=60)
    assert (found.best, found.percentile) == (299.0, 100.0)
    assert (found.top1_found, found.top1_in_pool) == (2, 3)
    # Mean of the hypergeometric distribution: budget * n_top / n.
    assert found.top1_random == pytest.approx(60 * 3 / 300, rel=0.2)
    # The best of 300 stands at any place with equal probability.
    assert found.random_median_needed == pytest.approx(150, abs=25)
    # Largest of 60 drawn from 0..299: k (n + 1) / (k + 1) - 1 on average.
    assert found.random_median_best == pytest.approx(60 * 301 / 61 - 1, abs=3)


def test_as_good_as_counts_ties_and_turns_with_the_objective():
    truth = np.array([5.0, 1.0, 1.0, 1.0] * 25)
    found = compare(truth, [1], Minimize(property="k"), budget=1)
    assert found.percentile == 100.0
    assert found.random_median_needed == 1.0
    inside = compare(np.arange(100.0), [50], TargetRange(property="k", low=45, high=55), budget=5)
    assert inside.percentile == 100.0
    assert inside.random_median_needed < 15


def test_guessing_is_drawing_without_replacement():
    truth = np.arange(300.0)
    found = guessed(Maximize(property="k"), truth, 60)
    # Of 300 with 3 wanted: hypergeometric mean, and P(first > m) = C(300 - m, 3) / C(300, 3).
    assert found.in_pool == 3
    assert found.found == pytest.approx(60 * 3 / 300, rel=0.1)
    left = np.array([np.prod([(300 - m - k) / (300 - k) for k in range(3)]) for m in range(298)])
    assert found.first == pytest.approx(int(np.argmax(left <= 0.5)), abs=6)
    assert found.best == pytest.approx(60 * 301 / 61 - 1, abs=3)
    assert guessed(Minimize(property="k"), truth, 60).best == pytest.approx(299 - found.best, abs=3)
