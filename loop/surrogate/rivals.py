"""Models of the same observations, fitted so that they can be weighed against each other."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from loop.surrogate.gp import most_probable
from loop.surrogate.inference import Fit
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import GaussianMixture, Members, loo_log_scores, renumbered
from loop.surrogate.observed import Observed
from loop.surrogate.store import Array

_ROUNDS: Final = 300


@dataclass(frozen=True)
class Rival:
    """One model.

    Attributes:
        name: For people.
        fit: Its most probable hyperparameters and its evidence.
        members: One, or draws, in the layout of the kernel that holds all rivals' parts.
        scores: Leave-one-out log densities of the standardised observations, shape `(n,)`.
    """

    name: str
    fit: Fit
    members: Members
    scores: Array


def rival(
    name: str,
    kernel: KernelSum,
    full: KernelSum,
    observed: Observed,
    draws: tuple[int, int] = (0, 0),
) -> Rival:
    """Return a fitted model.

    Args:
        name: For people.
        kernel: Its kernel.
        full: The kernel that holds the parts of all rivals.
        observed: The observations.
        draws: How many draws of the hyperparameters stand for it, 0 for the most probable ones;
            and their seed.

    Raises:
        ModelError: no fit was found.
    """
    fit, posterior = most_probable(kernel, observed)
    best = Members(fit.theta[None], np.ones(1))
    o = observed
    mixture = GaussianMixture(o.store, kernel, best, o.rows, o.z, o.added)
    members = Members(*posterior.draws(fit, *draws)) if draws[0] else best
    return Rival(name, fit, renumbered(members, kernel, full), loo_log_scores(mixture)[0])


def evidence_weights(rivals: list[Rival], prior: Array) -> Array:
    """Return the posterior probabilities of rivals with prior probabilities, each `(k,)`."""
    logs = np.array([r.fit.evidence for r in rivals]) + np.log(prior)
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def stacking_weights(scores: Array, worth: float = 1.0) -> Array:
    """Return the weights whose mixture foresees left-out observations best.

    Stacking of predictive distributions: Yao, Vehtari, Simpson, Gelman, Bayesian Analysis 13
    (2018) 917, by expectation maximisation, with a Dirichlet prior that pulls towards equal
    weights.

    Args:
        scores: Leave-one-out log densities, shape `(k, n)`.
        worth: Of the prior, in observations.
    """
    k, n = scores.shape
    densities = np.exp(scores - scores.max(axis=0))
    weights = np.full(k, 1.0 / k)
    for _ in range(_ROUNDS):
        owed = weights[:, None] * densities
        owed /= owed.sum(axis=0)
        weights = (owed.sum(axis=1) + worth / k) / (n + worth)
    return weights
