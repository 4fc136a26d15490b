"""The particles of a search and the two ways they evolve: to sample, or to optimise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from loop.core.generation_ports import Vector
from loop.generate.archive import Visited
from loop.generate.kinship import Kinship, spread_out
from loop.generate.tempering import (
    Places,
    distinct,
    effective_size,
    next_beta,
    normalised,
    systematic,
)


@dataclass(frozen=True)
class Population:
    """Particles: rows of the archive, each once.

    Attributes:
        rows: Sorted, shape `(k,)`.
        log_weights: Not normalised, shape `(k,)`.
        beta: Inverse temperature that the weights belong to, in [0, 1].
    """

    rows: Places
    log_weights: Vector
    beta: float = 0.0


class Policy(Protocol):
    """How particles evolve. Pure: all randomness comes from the generator handed in."""

    def breeders(
        self, now: Population, seen: Visited, rng: np.random.Generator
    ) -> tuple[Population, Places]:
        """Return the population ready to move, and the rows that the next offspring depart from."""

    def absorb(
        self, now: Population, parents: Places, children: Places, seen: Visited
    ) -> Population:
        """Return the population after `children[i]` was made from `parents[i]`, both rows."""


@dataclass(frozen=True)
class TemperedSampling:
    """Sequential Monte Carlo along constraint x likelihood^beta, beta from 0 to 1.

    Del Moral, Doucet and Jasra, J. R. Stat. Soc. B 68, 411 (2006). Weights are updated by the
    increment of beta, which bisection sets from the effective size that is to remain; particles
    are drawn anew only when it has fallen. A move keeps children beside their parents: the weight
    of a parent is shared among itself and its children in proportion to constraint x
    likelihood^beta, the average over Barker's acceptance instead of one draw of it (Barker 1965;
    Tjelmeland 2004). That would leave the tempered target invariant if generators were reversible
    with respect to the prior. They are not exactly, and the ratio of reverse proposals is not
    known: the population is a heuristic, `Visited.posterior` is what is exact.

    It is no way to collect hits. Of a narrow region the posterior's mass lies where structures are
    many, around its rim, not where they are best: on the polymers of
    `tests/benchmarks/inverse_design.py` beta is 1 after a third of 1,900 proposals, the effective
    size stays at 4 to 13 of 100, and 5 and 10 structures visited have P(target) > 0.5 (two seeds;
    3 and 1 when beta took a step per batch and no particle rested). `Elitist` finds a hundred.

    Attributes:
        size: Particles after thinning.
        batch: How many are drawn to breed.
        keep: Share of the effective size that beta leaves while as many have bred as there are.
        draw_below: Effective size, as a share of `size`, below which particles are drawn anew.
        tiring: Offspring after which a particle of the same weight breeds half as often.
        most: Particles at which they are thinned in any case, as a multiple of `size`.
    """

    size: int
    batch: int
    keep: float = 0.45
    draw_below: float = 0.5
    tiring: float = 5.0
    most: int = 4

    def breeders(
        self, now: Population, seen: Visited, rng: np.random.Generator
    ) -> tuple[Population, Places]:
        """Raise beta, thin if the weights have become uneven, and choose who breeds."""
        likelihood = seen.log_likelihood[now.rows]
        # A whole round of moves belongs to one step of beta; a batch is a part of a round.
        keep = self.keep ** min(1.0, self.batch / len(now.rows))
        beta = next_beta(now.log_weights, likelihood, now.beta, keep)
        weights = now.log_weights + (beta - now.beta) * likelihood
        rows = now.rows
        uneven = effective_size(weights) < self.draw_below * min(self.size, len(rows))
        if uneven or len(rows) > self.most * self.size:
            places, weights = distinct(weights, self.size, rng)
            rows = rows[places]
        if uneven:
            # Which particles move is free; those that have bred before would repeat themselves.
            drawn = normalised(weights) / (1.0 + seen.offspring[rows] / self.tiring)
            chosen = systematic(drawn, self.batch, rng)
        else:
            chosen = rng.permutation(len(rows))
        return Population(rows, weights - weights.max(), beta), rows[chosen]

    def absorb(
        self, now: Population, parents: Places, children: Places, seen: Visited
    ) -> Population:
        """Share each parent's weight with its children."""
        pairs = np.unique(np.stack([parents, children], axis=1), axis=0)
        # A parent stands in its own family, once.
        families = np.concatenate([np.stack([now.rows, now.rows], axis=1), pairs])
        families = np.unique(families, axis=0)
        value = seen.log_constraint + now.beta * seen.log_likelihood
        heads = np.searchsorted(now.rows, families[:, 0])
        total = np.full(len(now.rows), -np.inf)
        np.logaddexp.at(total, heads, value[families[:, 1]])
        share = now.log_weights[heads] + value[families[:, 1]] - total[heads]
        rows, at = np.unique(families[:, 1], return_inverse=True)
        weights = np.full(len(rows), -np.inf)
        np.logaddexp.at(weights, at, share)
        return replace(now, rows=rows, log_weights=weights)


@dataclass(frozen=True)
class Elitist:
    """The best distinct structures ever seen breed, those too like a better one set back.

    It optimises, and finds more that hit the target per call than sampling does; its population
    is no sample of the posterior.

    Attributes:
        size: Particles.
        batch: How many are drawn to breed.
        kinship: How alike two structures are, None to keep the best whatever they look like.
        similar_cost: Log units that a twin of a better particle pays.
        similar_above: Similarity from which it pays, rising linearly.
        flatness: The smaller, the more often the best breed; rank-based weights of Tripp,
            Daxberger and Hernandez-Lobato, NeurIPS 2020 (arXiv:2006.09191), eq. 2.
        tiring: Offspring after which a particle breeds half as often: what surrounds it has been
            seen by then, and more of it would be repeats.
    """

    size: int
    batch: int
    kinship: Kinship | None = None
    similar_cost: float = 2.0
    similar_above: float = 0.85
    flatness: float = 0.01
    tiring: float = 5.0

    def breeders(
        self, now: Population, seen: Visited, rng: np.random.Generator
    ) -> tuple[Population, Places]:
        """Draw by rank and by how much was made of each already, systematically."""
        order = np.argsort(-seen.reward[now.rows], kind="stable")
        weights = 1.0 / (self.flatness * len(order) + np.arange(len(order), dtype=np.float64))
        weights /= 1.0 + seen.offspring[now.rows[order]] / self.tiring
        drawn = systematic(weights, self.batch, rng)
        return now, now.rows[order[rng.permutation(drawn)]]

    def absorb(
        self, now: Population, parents: Places, children: Places, seen: Visited
    ) -> Population:
        """Choose anew from the best of the archive."""
        del now, parents, children
        rows = self.chosen(seen)
        return Population(rows, seen.reward[rows] - seen.reward[rows].max(), 1.0)

    def chosen(self, seen: Visited) -> Places:
        """Return the rows of the best distinct structures, sorted."""
        if self.kinship is None or self.similar_cost == 0:
            return np.sort(seen.best(self.size))
        rows = seen.best(4 * self.size)
        structures: Sequence[str] = [seen.structures[i] for i in rows]
        places = spread_out(
            structures, seen.reward[rows], self.size, self.kinship,
            self.similar_cost, self.similar_above,
        )  # fmt: skip
        return np.sort(rows[places])
