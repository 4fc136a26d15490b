"""One step of each policy, worked out by hand."""

import numpy as np
import pytest

from loop.generate.archive import Visited
from loop.generate.kinship import Fingerprints
from loop.generate.population import Elitist, Population, TemperedSampling
from loop.generate.tempering import normalised

STRUCTURES = ("*CC*", "*CC(*)C", "*CC(*)CC", "*CC(*)Cl", "*CC(*)c1ccccc1", "*CC(*)O")


def seen(log_likelihood, offspring=None):
    n = len(log_likelihood)
    zeros, none = np.zeros(n), np.full(n, -1)
    return Visited(
        STRUCTURES[:n],
        np.array(log_likelihood),
        zeros,
        zeros,
        none,
        none,
        np.array(offspring or [0] * n),
        ("",) * n,
    )


def test_a_parent_shares_its_weight_with_its_children():
    # At beta 1/2 the values are 4, 1, 2 (square roots of likelihoods): row 0 has children 1 and 2.
    archive = seen(2 * np.log([4.0, 1.0, 2.0, 3.0]))
    now = Population(np.array([0, 3]), np.log([0.6, 0.4]), 0.5)
    after = TemperedSampling(4, 4).absorb(now, np.array([0, 0, 0]), np.array([1, 2, 2]), archive)
    assert after.rows.tolist() == [0, 1, 2, 3]
    assert np.exp(after.log_weights) == pytest.approx([0.6 * 4 / 7, 0.6 / 7, 0.6 * 2 / 7, 0.4])


def test_a_child_that_is_a_particle_already_adds_to_its_weight():
    archive = seen([0.0, 0.0, 0.0])
    now = Population(np.array([0, 1]), np.log([0.5, 0.5]), 1.0)
    after = TemperedSampling(4, 4).absorb(now, np.array([0]), np.array([1]), archive)
    assert after.rows.tolist() == [0, 1]
    assert np.exp(after.log_weights) == pytest.approx([0.25, 0.75])


def test_nothing_is_drawn_while_the_effective_size_holds():
    archive = seen([-1.0, -1.1, -0.9, -1.0, -1.05, -0.95])
    now = Population(np.arange(6), np.zeros(6), 0.0)
    after, chosen = TemperedSampling(6, 6).breeders(now, archive, np.random.default_rng(0))
    assert after.beta == 1.0
    assert sorted(chosen.tolist()) == list(range(6))
    assert after.log_weights == pytest.approx(archive.log_likelihood + 0.9)


def test_uneven_weights_are_drawn_from_and_the_temperature_waits():
    archive = seen([0.0, -400.0, -410.0, -420.0, -430.0, -440.0])
    now = Population(np.arange(6), np.zeros(6), 0.0)
    after, chosen = TemperedSampling(6, 20).breeders(now, archive, np.random.default_rng(0))
    assert 0 < after.beta < 0.01
    weights = normalised(after.log_weights)
    assert 1 / (6 * np.square(weights).sum()) == pytest.approx(0.45, abs=0.01)
    drawn = np.bincount(chosen, minlength=6)
    assert drawn.sum() == 20
    assert (np.abs(drawn - 20 * weights) < 1).all()


def test_ranks_decide_how_often_the_best_breed():
    archive = seen([-5.0, -1.0, -4.0, -3.0, -2.0, -6.0])
    now = Population(np.arange(6), np.zeros(6), 1.0)

    def drawn(flatness):
        elitist = Elitist(6, 6000, flatness=flatness)
        _, chosen = elitist.breeders(now, archive, np.random.default_rng(1))
        return np.bincount(chosen, minlength=6) / 6000

    ranks = np.array([4, 0, 3, 2, 1, 5])
    for flatness in (0.01, 1.0):
        weights = 1 / (6 * flatness + ranks)
        assert drawn(flatness) == pytest.approx(weights / weights.sum(), abs=1 / 3000)
    assert drawn(1e6) == pytest.approx(np.full(6, 1 / 6), abs=1 / 3000)


def test_a_particle_tires_with_its_offspring():
    now = Population(np.arange(2), np.zeros(2), 1.0)
    elitist = Elitist(2, 9000, flatness=1e6, tiring=5.0)
    archive = seen([-1.0, -2.0], offspring=[5, 0])
    _, chosen = elitist.breeders(now, archive, np.random.default_rng(1))
    assert np.bincount(chosen).tolist() == [3000, 6000]


def test_the_best_distinct_are_kept_and_twins_set_back():
    archive = seen([-1.0, -0.1, -0.2, -2.0, -3.0, -0.9])
    now = Population(np.arange(2), np.zeros(2), 1.0)
    none = np.zeros(0, dtype=np.intp)
    assert Elitist(3, 3).absorb(now, none, none, archive).rows.tolist() == [1, 2, 5]
    # Row 2 pays for its likeness to row 1, and row 0, which is unlike both, comes before it.
    kin = Fingerprints()
    near, far = kin(STRUCTURES[1], [STRUCTURES[2], STRUCTURES[0]])
    assert near > far + 0.1
    apart = Elitist(2, 2, kin, similar_cost=9.0, similar_above=near - 0.1)
    assert apart.absorb(now, none, none, seen([-1.0, -0.1, -0.2])).rows.tolist() == [0, 1]
