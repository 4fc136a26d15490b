"""What guessing would have found in the same pool for the same money."""

from dataclasses import dataclass

import numpy as np

from loop.core.objective import Objective, Vector


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
    n_top = max(1, round(0.01 * len(truth)))
    top = set(np.argsort(-utility, kind="stable")[:n_top].tolist())
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
        top1_in_pool=n_top,
        top1_random=float(np.mean(tops)),
    )
