"""What guessing would have found in the same pool for the same money."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from loop.backtest.search_record import best_rows
from loop.core.objective import Objective, Vector

TOP: Final = 0.01
GUESSES: Final = 2000


@dataclass(frozen=True)
class Comparison:
    """A campaign against random search, by true values.

    Attributes:
        best: True value of the best candidate the campaign measured, in the property's unit.
        percentile: Share of the pool that is not better, in percent.
        budget: Experiments spent.
        n_seeds: Random searches.
        random_median_best: Median over them of the best true value at the same budget.
        random_median_needed: Median experiments until random search is as good as `best`.
        top1_found: Candidates of the pool's best 1 % that the campaign measured.
        top1_in_pool: How many there are.
        top1_random: Mean number that random search measured.
    """

    best: float
    percentile: float
    budget: int
    n_seeds: int
    random_median_best: float
    random_median_needed: float
    top1_found: int
    top1_in_pool: int
    top1_random: float


def compare_with_random(
    truth: Vector,
    measured: np.ndarray,
    objective: Objective,
    budget: int,
    n_seeds: int,
    seed: int,
) -> Comparison:
    """Return a campaign's outcome beside random search without replacement.

    Args:
        truth: True value of every candidate, `(n,)`, in the property's unit.
        measured: Pool rows the campaign got a result for, `(k,)`.
        objective: What is wanted.
        budget: Orders the campaign placed; random search gets as many, and none of them fails.
        n_seeds: Random searches, at least 10.
        seed: Of the first one.
    """
    utility = objective.signed(truth)
    best_row = int(measured[np.argmax(utility[measured])])
    top = set(best_rows(utility, TOP).tolist())
    bests, needed, tops = [], [], []
    for offset in range(n_seeds):
        order = np.random.default_rng(seed + offset).permutation(len(truth))
        drawn = order[:budget]
        bests.append(truth[drawn[np.argmax(utility[drawn])]])
        needed.append(int(np.argmax(utility[order] >= utility[best_row])) + 1)
        tops.append(len(top & set(drawn.tolist())))
    return Comparison(
        best=float(truth[best_row]),
        percentile=100.0 * float(np.mean(utility <= utility[best_row])),
        budget=budget,
        n_seeds=n_seeds,
        random_median_best=float(np.median(bests)),
        random_median_needed=float(np.median(needed)),
        top1_found=len(top & set(measured.tolist())),
        top1_in_pool=len(top),
        top1_random=float(np.mean(tops)),
    )


@dataclass(frozen=True)
class Guessing:
    """Random search without replacement in the same pool; none of its orders fails.

    Attributes:
        first: Median of the orders until the first member of the best 1 %, over 2,000 draws.
        found: Mean number of its members among as many orders as the campaigns have.
        best: Median of the best true value among these, in the property's unit.
        in_pool: Members there are.
    """

    first: float
    found: float
    best: float
    in_pool: int


def guessed(objective: Objective, truth: Vector, budget: int) -> Guessing:
    """Return what random search in a pool comes to.

    Args:
        objective: What is wanted.
        truth: True value of every candidate, `(n,)`, in the property's unit.
        budget: Experiments.
    """
    utility = objective.signed(truth)
    top = best_rows(utility, TOP)
    rng = np.random.default_rng(0)
    orders = np.array([rng.permutation(len(utility)) for _ in range(GUESSES)])
    hits = np.isin(orders, top)
    drawn = orders[:, :budget]
    bests = drawn[np.arange(GUESSES), np.argmax(utility[drawn], axis=1)]
    return Guessing(
        first=float(np.median(np.argmax(hits, axis=1) + 1)),
        found=float(hits[:, :budget].sum(axis=1).mean()),
        best=float(np.median(truth[bests])),
        in_pool=len(top),
    )
