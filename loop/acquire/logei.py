"""Batches by log noisy expected improvement, first alone over all rows, then jointly.

qLogNEI: Ament et al., NeurIPS 2023 (arXiv:2310.20708); greedy batches with pending points:
Wilson, Hutter, Deisenroth, NeurIPS 2018 (arXiv:1805.10196).
"""

import warnings
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.objective import GenericMCObjective
from botorch.sampling.normal import SobolQMCNormalSampler
from linear_operator.utils.warnings import NumericalWarning
from pydantic import BaseModel, ConfigDict, Field

from loop.acquire.improvement import chance_to_improve, explore_share, log_score
from loop.acquire.shortlist import best_apart
from loop.core.ports import Choice, ChoiceRequest, Rows
from loop.errors import ModelError


class LogEIConfig(BaseModel):
    """Settings.

    Attributes:
        shortlist: Rows, best alone, among which the batch is chosen jointly.
        twins_above: Tanimoto similarity of counts to a better row above which a row is left off
            the shortlist; 1 keeps all. Generated pools are full of near twins: 0.9 is apt there.
        mc_samples: Quasi-random posterior samples of the joint choice.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    shortlist: Annotated[int, Field(ge=1, le=2000)] = 100
    twins_above: Annotated[float, Field(gt=0, le=1)] = 1.0
    mc_samples: Annotated[int, Field(ge=16, le=4096)] = 128


def eligible(request: ChoiceRequest) -> Rows:
    """Return the rows that may be chosen: available, described, not observed, not pending."""
    busy = np.concatenate([request.observed, request.pending])
    rows = np.setdiff1d(request.available, busy).astype(np.intp)
    return rows[request.features.usable()[rows]]


def joint_acquisition(request: ChoiceRequest, mc_samples: int) -> Any:
    """Return qLogNEI of the request, pending rows included.

    Utilities are counted in standard deviations of the observations: botorch smooths the
    improvement by absolute temperatures, which would make the batch depend on the unit.
    """
    spread = float(np.std(request.y))
    scale = spread if spread > 0 else 1.0

    def utility(samples: Any, X: Any = None) -> Any:  # noqa: N803 - botorch passes X by name
        del X
        values = samples[..., 0].detach().numpy()
        return torch.from_numpy(np.asarray(request.objective.signed(values)) / scale)

    surrogate = request.surrogate
    pending = np.setdiff1d(request.pending, request.observed).astype(np.intp)
    return qLogNoisyExpectedImprovement(
        model=surrogate.botorch_model(),
        X_baseline=surrogate.inputs(request.observed),
        sampler=SobolQMCNormalSampler(torch.Size([mc_samples]), seed=request.seed),
        objective=GenericMCObjective(utility),
        X_pending=surrogate.inputs(pending) if len(pending) else None,
        prune_baseline=False,
        cache_root=False,
    )


class LogExpectedImprovement:
    """Analytic log EI over all rows, then greedy joint qLogNEI over the best of them.

    For a target range the first step ranks by log P(inside the range). Scores are logarithms of
    the improvement in standard deviations of the observations. Where candidates may fail to be
    made, the log chance of each is added, alone and when it joins the batch; that the ones chosen
    before it may fail as well is left out of account.
    """

    Config: ClassVar[type[BaseModel]] = LogEIConfig

    def __init__(self, config: LogEIConfig) -> None:
        self.config = config

    def choose(self, request: ChoiceRequest) -> list[Choice]:
        """Return at most `request.size` distinct eligible rows, best first.

        Raises:
            ModelError: nothing was observed yet.
        """
        if not len(request.observed):
            raise ModelError("nothing is observed yet", hint="choose the batch by a design")
        rows = eligible(request)
        if not len(rows) or request.size < 1:
            return []
        known, _ = request.surrogate.posterior(request.observed)
        best = float(request.objective.signed(known).max())
        mean, sd = request.surrogate.posterior(rows)
        alone = log_score(request.objective, mean, sd, best) + request.log_chance(rows)
        most = max(self.config.shortlist, request.size)
        at = best_apart(alone, rows, request.features, most, self.config.twins_above)
        picks = self._greedy(request, rows[at])
        places = np.array([at[i] for i, _ in picks])
        m, s = mean[places], sd[places]
        chance = chance_to_improve(request.objective, m, s, best)
        share = explore_share(request.objective, m, s, best)
        return [
            Choice(int(rows[p]), score, float(m[k]), float(s[k]), float(chance[k]), float(share[k]))
            for k, (p, (_, score)) in enumerate(zip(places, picks, strict=True))
        ]

    def _greedy(self, request: ChoiceRequest, shortlist: Rows) -> list[tuple[int, float]]:
        """Return places in the shortlist, in the order chosen, with their log acquisition."""
        picks: list[tuple[int, float]] = []
        inputs, chance = request.surrogate.inputs(shortlist), request.log_chance(shortlist)
        with torch.random.fork_rng(devices=[]), torch.no_grad(), warnings.catch_warnings():
            # Near twins in the pool make the joint covariance singular; jitter of 1e-8 mends it.
            warnings.simplefilter("ignore", NumericalWarning)
            torch.manual_seed(request.seed)
            acquisition = joint_acquisition(request, self.config.mc_samples)
            pending = acquisition.X_pending
            for _ in range(min(request.size, len(shortlist))):
                left = np.setdiff1d(np.arange(len(shortlist)), [i for i, _ in picks])
                scores = acquisition(inputs[left].unsqueeze(1)).numpy() + chance[left]
                best = int(np.argmax(scores))
                picks.append((int(left[best]), float(scores[best])))
                chosen = inputs[[i for i, _ in picks]]
                together = chosen if pending is None else torch.cat([pending, chosen])
                acquisition.set_X_pending(together)
        return picks
