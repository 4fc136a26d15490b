"""Effective sizes, the schedule of temperatures, and draws that are right on average."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.generate.tempering import (
    conditional_share,
    distinct,
    effective_size,
    next_beta,
    normalised,
    systematic,
)

weights = st.lists(st.floats(-40, 0), min_size=2, max_size=60).map(np.array)


def test_the_effective_size_counts_equal_particles():
    assert effective_size(np.array([-700.0] * 7)) == pytest.approx(7)
    assert effective_size(np.array([0.0, -800.0, -900.0])) == pytest.approx(1)
    # sum(w^2) of 1/2, 1/4, 1/4 is 3/8.
    assert effective_size(np.log([2.0, 1.0, 1.0])) == pytest.approx(8 / 3)


@given(likelihood=st.lists(st.floats(-1e6, 0), min_size=3, max_size=50).map(np.array))
def test_the_next_temperature_leaves_the_share_it_was_asked_for(likelihood):
    flat = np.zeros(len(likelihood))
    beta = next_beta(flat, likelihood, 0.0, 0.45)
    assert 0 <= beta <= 1
    share = effective_size(beta * likelihood) / len(likelihood)
    assert share >= 0.45 - 1e-9
    if beta < 1:
        assert effective_size(1.001 * beta * likelihood) / len(likelihood) < share or beta == 0
        assert share == pytest.approx(0.45, abs=0.02)


def test_the_conditional_share_ignores_weights_that_were_uneven_before():
    uneven = np.log([1000.0, 1.0, 1.0])
    assert conditional_share(uneven, np.zeros(3)) == pytest.approx(1)
    assert conditional_share(uneven, np.array([0.0, -50.0, -50.0])) > 0.99
    assert conditional_share(uneven, np.array([-50.0, 0.0, 0.0])) < 0.01


@given(w=weights, size=st.integers(1, 200), seed=st.integers(0, 1000))
def test_systematic_draws_come_floor_or_ceil_of_their_share(w, size, seed):
    p = normalised(w)
    count = np.bincount(systematic(p, size, np.random.default_rng(seed)), minlength=len(p))
    assert count.sum() == size
    assert (np.abs(count - size * p) < 1 + 1e-9).all()


@given(w=weights, size=st.integers(1, 40), seed=st.integers(0, 1000))
def test_thinning_names_nothing_twice_and_keeps_the_heavy(w, size, seed):
    places, kept = distinct(w, size, np.random.default_rng(seed))
    assert len(places) == len(set(places.tolist())) == min(size, len(w))
    p = normalised(w)
    heavy = np.flatnonzero(p >= 1 / size)
    assert set(heavy.tolist()) <= set(places.tolist())
    assert np.exp(kept[np.isin(places, heavy)]) == pytest.approx(p[heavy])
    assert np.exp(kept).sum() == pytest.approx(1, abs=1e-6)


def test_thinned_weights_are_right_on_average():
    rng = np.random.default_rng(5)
    w = np.log(rng.gamma(0.4, size=40))
    total = np.zeros(40)
    for _ in range(4000):
        places, kept = distinct(w, 12, rng)
        total[places] += np.exp(kept)
    # The error of the mean is below 0.5 / 12 / sqrt(4000) = 0.0007 each.
    assert total / 4000 == pytest.approx(normalised(w), abs=0.003)


def test_particles_without_weight_are_never_drawn():
    w = np.array([0.0, -np.inf, -1.0, -np.inf, -np.inf])
    places, kept = distinct(w, 3, np.random.default_rng(0))
    assert places.tolist() == [0, 2]
    assert np.exp(kept) == pytest.approx(normalised(np.array([0.0, -1.0])))
