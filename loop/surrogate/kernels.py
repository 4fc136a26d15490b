"""Kernels over a pool that is looked up by row."""

from typing import Any

import gpytorch
import torch
from gpytorch.priors import NormalPrior


def tanimoto(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the min-max similarity of count vectors.

    Args:
        first: Counts `(a, d)`, float.
        second: Counts `(b, d)`, float.

    Returns:
        Sum of minima over sum of maxima, `(a, b)`, in [0, 1]; 1 for two empty vectors.

    Source: Ralaivola et al., Neural Networks 18, 1093 (2005).
    """
    total = first.sum(-1, keepdim=True) + second.sum(-1).unsqueeze(-2)
    # The sum of absolute differences gives the minima: min = (a + b - |a - b|) / 2.
    distance = torch.cdist(first, second, p=1)
    shared = (total - distance) / 2
    return torch.where(total > 0, shared / (total - shared).clamp_min(1e-12), 1.0)


class PoolKernel(gpytorch.kernels.Kernel):
    """Sum of a Matérn-5/2 kernel on descriptors and a Tanimoto kernel on counts.

    Its input is a pool row number, `(..., n, 1)`; features are looked up. Parameters are kept as
    logarithms with normal priors on them: a log-normal prior on the natural scale has its mode
    far below its median.

    Source of the length-scale prior: Hvarfner, Hellsten & Nardi, ICML 2024, arXiv:2402.02229,
    with one length scale for all dimensions.
    """

    has_lengthscale = False

    def __init__(self, reals: torch.Tensor | None, counts: torch.Tensor | None) -> None:
        super().__init__()
        self.reals, self.counts = reals, counts
        names: dict[str, tuple[float, float]] = {}
        if reals is not None:
            dimension = max(reals.shape[-1], 1)
            names["log_lengthscale"] = (0.5 * float(torch.tensor(dimension).log()) + 0.35, 0.7)
            names["log_variance_reals"] = (-1.0, 1.0)
        if counts is not None:
            names["log_variance_counts"] = (-1.0, 1.0)
        for name, (mean, spread) in names.items():
            start = torch.nn.Parameter(torch.tensor(mean, dtype=torch.float64))
            self.register_parameter(name, start)
            self.register_prior(
                f"{name}_prior", NormalPrior(mean, spread), _getter(name), _setter(name)
            )

    def forward(
        self,
        x1: torch.Tensor,
        x2: torch.Tensor,
        diag: bool = False,  # noqa: FBT001, FBT002 - gpytorch calls it so
        **params: Any,
    ) -> torch.Tensor:
        """Return the covariance of rows, `(..., a, b)`, or its diagonal."""
        del params
        first, second = x1.squeeze(-1).round().long(), x2.squeeze(-1).round().long()
        if diag:
            variance = torch.zeros(first.shape, dtype=torch.float64)
            if self.reals is not None:
                variance = variance + self.log_variance_reals.exp()
            if self.counts is not None:
                variance = variance + self.log_variance_counts.exp()
            return variance
        total = torch.zeros((), dtype=torch.float64)
        if self.reals is not None:
            distance = torch.cdist(self.reals[first], self.reals[second])
            total = total + self.log_variance_reals.exp() * _matern52(
                distance / self.log_lengthscale.exp()
            )
        if self.counts is not None:
            total = total + self.log_variance_counts.exp() * tanimoto(
                self.counts[first].double(), self.counts[second].double()
            )
        return total


def _matern52(r: torch.Tensor) -> torch.Tensor:
    scaled = 5.0**0.5 * r
    covariance: torch.Tensor = (1.0 + scaled + scaled.square() / 3.0) * (-scaled).exp()
    return covariance


def _getter(name: str) -> Any:
    return lambda module: getattr(module, name)


def _setter(name: str) -> Any:
    def put(module: Any, value: Any) -> None:
        module.initialize(**{name: value})

    return put
