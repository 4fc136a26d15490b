"""The acquisition `log-ei`: analytic over the whole pool, joint over its best."""

import warnings
from typing import Any, ClassVar

import numpy as np
import torch
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.objective import GenericMCObjective
from botorch.sampling.normal import SobolQMCNormalSampler
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import erfcx, log_ndtr, ndtr

from loop.core.objective import Minimize, Objective, TargetRange, Vector
from loop.core.ports import Choice, ChoiceRequest

_LOG_2PI = float(np.log(2 * np.pi))


class LogEIConfig(BaseModel):
    """Options of `log-ei`.

    Attributes:
        shortlist: How many of the pool's best are considered jointly.
        mc_samples: Quasi-random samples of the joint posterior.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shortlist: int = Field(default=100, ge=2, le=2000)
    mc_samples: int = Field(default=128, ge=16, le=4096)


def log_expected_improvement(mean: Vector, sd: Vector, best: float) -> Vector:
    """Return the logarithm of the expected improvement over `best`; larger is better.

    Args:
        mean: Posterior mean of the utility, `(n,)`.
        sd: Posterior sd of the utility, `(n,)`, > 0.
        best: Utility to beat.

    Returns:
        log E[max(u - best, 0)], `(n,)`; finite at any distance.

    Source: Ament et al., NeurIPS 2023, arXiv:2310.20708, eq. 9. Below z = -1 the sum
    phi(z) + z Phi(z) cancels, so it is written with the scaled complementary error function.
    """
    z = (mean - best) / sd
    near = np.log(np.maximum(np.exp(-0.5 * z**2 - 0.5 * _LOG_2PI) + z * ndtr(z), 1e-300))
    tail = np.minimum(z, -1.0)
    scaled = np.abs(tail) * np.sqrt(np.pi / 2) * erfcx(-tail / np.sqrt(2))
    # 1 - scaled tends to 1/z**2; beyond 1e4 sd the difference is below rounding.
    rest = np.where(tail < -1e4, 1 / tail**2, np.maximum(1.0 - scaled, 1e-300))
    far = -0.5 * tail**2 - 0.5 * _LOG_2PI + np.log(rest)
    return np.asarray(np.where(z > -1.0, near, far) + np.log(sd))


def log_probability_in_range(mean: Vector, sd: Vector, low: float, high: float) -> Vector:
    """Return log P(low <= y <= high), `(n,)`, exact on both tails."""
    a, b = (low - mean) / sd, (high - mean) / sd
    # The far side is mirrored, so that the difference is taken of two small numbers.
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    upper, lower = log_ndtr(b), log_ndtr(a)
    return np.asarray(upper + np.log1p(-np.exp(np.minimum(lower - upper, -1e-16))))


class LogExpectedImprovement:
    """Expected improvement, in logarithms, batches chosen one after the other.

    Every available candidate is scored analytically; the best of them are scored jointly with
    qLogNEI, pending orders and already chosen ones taken into account.
    """

    Config: ClassVar[type[LogEIConfig]] = LogEIConfig

    def __init__(self, config: LogEIConfig) -> None:
        self._config = config

    def choose(self, request: ChoiceRequest) -> list[Choice]:
        """Return at most `request.size` distinct available rows, best first."""
        size = min(request.size, len(request.available))
        if size == 0:
            return []
        mean, sd = request.surrogate.posterior(request.available)
        sd = np.maximum(sd, 1e-12)
        scores, best = _pool_scores(request, mean, sd)
        length = min(max(self._config.shortlist, size), len(scores))
        short = np.sort(np.argsort(-scores, kind="stable")[:length])
        order, values = self._joint(request, request.available[short], size)
        return [
            _choice(request, int(short[i]), value, mean, sd, best)
            for i, value in zip(order, values, strict=True)
        ]

    def _joint(
        self, request: ChoiceRequest, rows: NDArray[np.intp], size: int
    ) -> tuple[list[int], list[float]]:
        surrogate = request.surrogate
        candidates = surrogate.inputs(rows)
        pending = surrogate.inputs(request.pending) if len(request.pending) else None
        chosen: list[int] = []
        values: list[float] = []
        with torch.no_grad(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            # BoTorch warns that row numbers are not scaled to the unit cube: they are not inputs.
            warnings.simplefilter("ignore")
            torch.manual_seed(request.seed)
            acquisition = qLogNoisyExpectedImprovement(
                surrogate.botorch_model(),
                X_baseline=surrogate.inputs(request.observed),
                sampler=SobolQMCNormalSampler(
                    torch.Size([self._config.mc_samples]), seed=request.seed
                ),
                objective=GenericMCObjective(utility(request.objective)),
                prune_baseline=False,
            )
            for _ in range(size):
                waiting = [candidates[chosen]] if chosen else []
                waiting += [pending] if pending is not None else []
                acquisition.set_X_pending(torch.cat(waiting) if waiting else None)
                scores = torch.cat([acquisition(c.unsqueeze(-2)) for c in candidates.split(256)])
                scores[chosen] = -torch.inf
                best = int(torch.argmax(scores))
                chosen.append(best)
                values.append(float(scores[best]))
        return chosen, values


def utility(objective: Objective) -> Any:
    """Return `Objective.signed` for torch samples `(..., q, 1)`, giving `(..., q)`."""

    def turned(samples: torch.Tensor, X: torch.Tensor | None = None) -> torch.Tensor:  # noqa: N803
        del X
        y = samples[..., 0]
        if isinstance(objective, TargetRange):
            return -(objective.low - y).clamp_min(0) - (y - objective.high).clamp_min(0)
        return -y if isinstance(objective, Minimize) else y

    return turned


def _pool_scores(request: ChoiceRequest, mean: Vector, sd: Vector) -> tuple[Vector, float]:
    """Return the analytic score of every available row, and the utility to beat."""
    objective = request.objective
    observed, _ = request.surrogate.posterior(request.observed)
    # The best posterior mean, not the best value: one lucky measurement must not end the search.
    best = float(np.max(objective.signed(observed)))
    if isinstance(objective, TargetRange):
        return log_probability_in_range(mean, sd, objective.low, objective.high), best
    return log_expected_improvement(objective.signed(mean), sd, best), best


def _choice(
    request: ChoiceRequest, index: int, score: float, mean: Vector, sd: Vector, best: float
) -> Choice:
    m, s = float(mean[index]), float(sd[index])
    objective = request.objective
    if isinstance(objective, TargetRange):
        inside = np.array([m]), np.array([s]), objective.low, objective.high
        chance, share = float(np.exp(log_probability_in_range(*inside)[0])), None
    else:
        gain = float(objective.signed(np.array([m]))[0]) - best
        chance = float(ndtr(gain / s))
        expected = float(np.exp(log_expected_improvement(np.array([gain]), np.array([s]), 0.0)[0]))
        share = min(max(1.0 - max(gain, 0.0) / expected, 0.0), 1.0) if expected > 0 else 1.0
    return Choice(
        row=int(request.available[index]),
        score=score,
        mean=m,
        sd=s,
        chance_to_improve=chance,
        explore_share=share,
    )
