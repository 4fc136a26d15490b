"""What a search found, against counting by hand and scipy's bootstrap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from loop.backtest.search_record import best_rows, first_hit, found_share, outcomes, ratio_interval


def test_the_best_are_counted_from_the_top_and_ties_go_to_the_earlier_row():
    assert best_rows(np.array([1.0, 3.0, 2.0, 3.0]), 0.5).tolist() == [1, 3]
    assert best_rows(np.array([1.0, 3.0, 2.0, 3.0]), 0.01).tolist() == [1]
    assert len(best_rows(np.arange(541.0), 0.01)) == 5


def test_the_first_hit_counts_experiments_from_one():
    assert first_hit([7, 4, 9, 2], np.array([2, 9])) == 3
    assert first_hit([7, 4], np.array([2, 9])) is None
    assert found_share([7, 4, 9, 4], np.array([2, 9, 4, 1])) == 0.5


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=1, max_size=30),
    st.integers(0, 3),
)
def test_wins_ties_and_losses_add_up_and_turn_around(pairs, tie):
    ours, theirs = zip(*pairs, strict=True)
    won, tied, lost = outcomes(ours, theirs, tie=tie)
    assert won == sum(b - a > tie for a, b in pairs)
    assert won + tied + lost == len(pairs)
    assert outcomes(theirs, ours, tie=tie) == (lost, tied, won)


def test_the_interval_is_that_of_a_paired_bootstrap():
    rng = np.random.default_rng(5)
    above, below = rng.uniform(20, 50, 40), rng.uniform(6, 30, 40)

    def ratio(a, b, axis):
        return a.mean(axis=axis) / b.mean(axis=axis)

    reference = bootstrap(
        (above, below), ratio, paired=True, vectorized=True, confidence_level=0.9,
        method="percentile", n_resamples=4000, random_state=rng,
    ).confidence_interval  # fmt: skip
    middle, low, high = ratio_interval(above.tolist(), below.tolist())
    assert middle == pytest.approx(above.mean() / below.mean())
    assert (low, high) == pytest.approx((reference.low, reference.high), rel=0.02)
    assert ratio_interval([3.0, 5.0, 9.0], [3.0, 5.0, 9.0]) == (1.0, 1.0, 1.0)
