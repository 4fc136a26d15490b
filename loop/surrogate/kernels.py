"""A kernel over row numbers that looks the features up.

Tanimoto for counts: Ralaivola et al., Neural Networks 18 (2005) 1093. Length-scale prior scaled
by dimension: Hvarfner, Hellsten, Nardi, ICML 2024 (arXiv:2402.02229).
"""

import math
from collections import OrderedDict
from typing import Any, Final

import numpy as np
import torch
from gpytorch.kernels import Kernel
from gpytorch.priors import NormalPrior

from loop.core.ports import FeatureMatrix

_CLIP: Final = 5.0
_MEMORY: Final = 6
_LARGEST_KEPT: Final = 4_000_000


class FeatureStore:
    """Features of the whole pool, prepared once: reals standardised and clipped, counts."""

    def __init__(self, features: FeatureMatrix) -> None:
        usable = features.usable()
        reals = [b.values.astype(np.float64) for b in features.blocks if b.kind == "reals"]
        counts = [b.values for b in features.blocks if b.kind == "counts"]
        self.reals = _standardised(np.concatenate(reals, axis=1), usable) if reals else None
        self.counts = _occupied(np.concatenate(counts, axis=1)) if counts else None
        self._kept: OrderedDict[bytes, tuple[Any, Any]] = OrderedDict()

    def pairs(self, left: torch.Tensor, right: torch.Tensor) -> tuple[Any, Any]:
        """Return distances of reals and similarities of counts, each `(l, r)` or None."""
        key = left.numpy().tobytes() + b"|" + right.numpy().tobytes()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        distance = similarity = None
        if self.reals is not None:
            exact = "donot_use_mm_for_euclid_dist"
            distance = torch.cdist(self.reals[left], self.reals[right], compute_mode=exact)
        if self.counts is not None:
            similarity = tanimoto(self.counts[left].double(), self.counts[right].double())
        if len(left) * len(right) <= _LARGEST_KEPT:
            self._kept[key] = (distance, similarity)
            while len(self._kept) > _MEMORY:
                self._kept.popitem(last=False)
        return distance, similarity


def tanimoto(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return sum(min) / sum(max) of all pairs of rows; 1 for two empty rows."""
    total = left.sum(-1)[:, None] + right.sum(-1)[None]
    apart = torch.cdist(left, right, p=1.0)
    return torch.where(total > 0, (total - apart) / (total + apart).clamp_min(1.0), 1.0)


def _standardised(values: Any, usable: Any) -> torch.Tensor | None:
    known = values[usable]
    if not len(known):
        return None
    sd = known.std(axis=0)
    # float32 input: a spread this far below the size of the values is rounding.
    varies = sd > 1e-6 * np.maximum(np.abs(known).max(axis=0), 1e-30)
    if not varies.any():
        return None
    scaled = (values[:, varies] - known[:, varies].mean(axis=0)) / sd[varies]
    return torch.from_numpy(np.clip(scaled, -_CLIP, _CLIP))


def _occupied(values: Any) -> torch.Tensor | None:
    occupied = values.any(axis=0)
    return torch.from_numpy(np.ascontiguousarray(values[:, occupied])) if occupied.any() else None


class StoreKernel(Kernel):
    """1 + a * Matern-5/2(reals) + b * Tanimoto(counts), over row numbers.

    The 1 is the prior variance of the mean, in units of the standardised property. Parameters
    are kept as logarithms, with normal priors on them.
    """

    has_lengthscale = False

    def __init__(self, store: FeatureStore) -> None:
        super().__init__()
        self.store = store
        if store.reals is not None:
            self._log("log_reals_scale", math.log(0.3), 1.5)
            middle = math.sqrt(2.0) + 0.5 * math.log(store.reals.shape[1])
            self._log("log_lengthscale", middle, math.sqrt(3.0))
        if store.counts is not None:
            self._log("log_counts_scale", math.log(0.3), 1.5)

    def _log(self, name: str, middle: float, spread: float) -> None:
        start = torch.tensor(middle, dtype=torch.float64)
        self.register_parameter(name, torch.nn.Parameter(start.clone()))
        width = torch.tensor(spread, dtype=torch.float64)
        self.register_prior(f"{name}_prior", NormalPrior(start, width), name)

    def forward(self, x1: Any, x2: Any, diag: bool = False, **_: Any) -> Any:  # noqa: FBT001, FBT002 - the signature of gpytorch
        """Return the covariance of rows `x1` `(..., n, 1)` and `x2` `(..., m, 1)`."""
        i, j = x1[..., 0].long(), x2[..., 0].long()
        left, at = torch.unique(i, return_inverse=True)
        right, to = torch.unique(j, return_inverse=True)
        table = self.between(left, right)
        if diag:
            return table[at, to]
        return table[at.unsqueeze(-1), to.unsqueeze(-2)]

    def between(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Return the covariance of two lists of row numbers, shape `(l, r)`."""
        distance, similarity = self.store.pairs(left, right)
        total = torch.ones(len(left), len(right), dtype=torch.float64)
        if distance is not None:
            r = math.sqrt(5.0) * distance / self.log_lengthscale.exp()
            total = total + self.log_reals_scale.exp() * (1 + r + r * r / 3) * torch.exp(-r)
        if similarity is not None:
            total = total + self.log_counts_scale.exp() * similarity
        return total

    def variance(self) -> torch.Tensor:
        """Return the prior variance, the same for every row."""
        total = torch.ones((), dtype=torch.float64)
        if self.store.reals is not None:
            total = total + self.log_reals_scale.exp()
        if self.store.counts is not None:
            total = total + self.log_counts_scale.exp()
        return total
