"""One BoTorch model for everything that knows the joint distribution of pool rows.

Inputs are row numbers, so that features are never carried through the acquisition and pair tables
are looked up. Mixtures answer with their first two moments, as one Gaussian.
"""

from typing import Any, Final, Protocol

import numpy as np
import torch
from botorch.models.model import Model
from botorch.posteriors.gpytorch import GPyTorchPosterior
from gpytorch.distributions import MultivariateNormal
from linear_operator import to_linear_operator

from loop.surrogate.store import Array, Index

_LARGEST_TABLE: Final = 1024


class JointPosterior(Protocol):
    """The joint distribution of any rows, as a mixture of Gaussians, in the property's unit."""

    @property
    def weights(self) -> Array:
        """Weights of the members, shape `(m,)`."""

    @property
    def noise(self) -> Array:
        """Noise variance of the members, shape `(m,)`."""

    def joint(self, rows: Index) -> tuple[Array, Array]:
        """Return means `(m, r)` and covariances `(m, r, r)` of the members."""


class RowModel(Model):
    """`botorch.models.model.Model` over row numbers, in the property's unit.

    Conditioning on further observations is exact for every member and weighs the members anew by
    how well each foresaw them.

    Args:
        base: The joint distribution of rows.
        taken: Rows conditioned on, `(..., k, 1)`, or None.
        values: Their values, `(..., k, 1)`.
    """

    def __init__(self, base: JointPosterior, taken: Any = None, values: Any = None) -> None:
        super().__init__()
        self._base, self._taken, self._values = base, taken, values

    @property
    def num_outputs(self) -> int:
        """One property."""
        return 1

    @property
    def batch_shape(self) -> torch.Size:
        """Shape of the fantasies it holds."""
        return torch.Size([]) if self._taken is None else self._values.shape[:-2]

    def posterior(
        self,
        X: torch.Tensor,  # noqa: N803 - the signature of botorch
        output_indices: list[int] | None = None,
        observation_noise: bool | torch.Tensor = False,  # noqa: FBT001, FBT002 - as above
        posterior_transform: Any = None,
    ) -> Any:
        """Return the posterior of rows `X`, `(..., q, 1)`, as a `GPyTorchPosterior`."""
        del output_indices
        mean, covariance, noise = self._moments(X)
        if isinstance(observation_noise, torch.Tensor):
            extra = observation_noise[..., 0].expand(mean.shape)
            covariance = covariance + torch.diag_embed(extra)
        elif observation_noise:
            covariance = covariance + torch.diag_embed(noise.unsqueeze(-1).expand(mean.shape))
        found = GPyTorchPosterior(MultivariateNormal(mean, to_linear_operator(covariance)))
        return found if posterior_transform is None else posterior_transform(found, X=X)

    def _moments(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return mean, covariance and noise variance, in chunks where the batch is large."""
        shape = _broadcast(rows.shape[:-2], self.batch_shape)
        wide = rows.expand(*shape, *rows.shape[-2:])
        few = len(torch.unique(rows)) <= _LARGEST_TABLE or self._taken is not None
        if few or len(shape) == 0:
            return self._chunk(wide)
        flat = wide.reshape(-1, *rows.shape[-2:])
        step = max(1, _LARGEST_TABLE // rows.shape[-2])
        pieces = [self._chunk(c) for c in torch.split(flat, step)]
        mean, covariance, noise = (torch.cat(p) for p in zip(*pieces, strict=True))
        q = rows.shape[-2]
        return mean.reshape(*shape, q), covariance.reshape(*shape, q, q), noise.reshape(shape)

    def _chunk(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        asked = rows[..., 0].long()
        if self._taken is None:
            known, (at,) = _numbered(asked)
            return self._plain(known, at)
        known, (at, of) = _numbered(asked, self._taken[..., 0].long())
        return self._conditioned(known, at, of)

    def _tables(self, known: Index) -> tuple[torch.Tensor, torch.Tensor]:
        mean, covariance = self._base.joint(known)
        return torch.from_numpy(mean), torch.from_numpy(covariance)

    def _plain(self, known: Index, at: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        means, covariances = self._tables(known)
        weights = torch.from_numpy(self._base.weights)
        mean = weights @ means
        off = means - mean
        spread = torch.einsum("m,mi,mj->ij", weights, off, off)
        covariance = torch.einsum("m,mij->ij", weights, covariances) + spread
        noise = weights @ torch.from_numpy(self._base.noise)
        gathered = covariance[at.unsqueeze(-1), at.unsqueeze(-2)]
        return mean[at], gathered, noise.expand(at.shape[:-1])

    def _conditioned(
        self, known: Index, at: Any, of: Any
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        means, covariances = self._tables(known)
        noise = torch.from_numpy(self._base.noise)
        shape = self.batch_shape
        of = of.expand(*shape, of.shape[-1])
        own = covariances[:, of.unsqueeze(-1), of.unsqueeze(-2)]
        inner = noise.reshape(-1, *[1] * (own.dim() - 1)) * torch.eye(own.shape[-1]).to(own)
        root = torch.linalg.cholesky(own + inner)
        gap = (self._values[..., 0] - means[:, of]).unsqueeze(-1)
        white = torch.linalg.solve_triangular(root, gap, upper=False)
        cross = covariances[:, of.unsqueeze(-1), at.unsqueeze(-2)]
        half = torch.linalg.solve_triangular(root, cross, upper=False)
        mean = means[:, at] + (half.mT @ white)[..., 0]
        covariance = covariances[:, at.unsqueeze(-1), at.unsqueeze(-2)] - half.mT @ half
        foreseen = -0.5 * (white**2).sum((-1, -2)) - root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        prior = torch.from_numpy(np.log(self._base.weights))
        logs = foreseen + prior.reshape(-1, *[1] * len(shape))
        weights = torch.softmax(logs, dim=0)
        middle = (weights.unsqueeze(-1) * mean).sum(0)
        off = mean - middle
        spread = off.unsqueeze(-1) * off.unsqueeze(-2)
        total = (weights[..., None, None] * (covariance + spread)).sum(0)
        return middle, total, (weights * noise.reshape(-1, *[1] * len(shape))).sum(0)

    def condition_on_observations(
        self,
        X: torch.Tensor,  # noqa: N803 - the signature of botorch
        Y: torch.Tensor,  # noqa: N803 - as above
        **_: Any,
    ) -> "RowModel":
        """Return the model given values `Y` `(..., k, 1)` at rows `X` `(..., k, 1)`."""
        shape = _broadcast(X.shape[:-2], Y.shape[:-2], self.batch_shape)
        taken, values = X.expand(*shape, *X.shape[-2:]), Y.expand(*shape, *Y.shape[-2:])
        if self._taken is not None:
            taken = torch.cat([self._taken.expand(*shape, *self._taken.shape[-2:]), taken], -2)
            values = torch.cat([self._values.expand(*shape, *self._values.shape[-2:]), values], -2)
        return RowModel(self._base, taken, values)

    def fantasize(
        self,
        X: torch.Tensor,  # noqa: N803 - the signature of botorch
        sampler: Any,
        observation_noise: torch.Tensor | None = None,
        **_: Any,
    ) -> "RowModel":
        """Return the model given values drawn at rows `X`; batch `(samples, ...)`."""
        noise = True if observation_noise is None else observation_noise
        with torch.no_grad():
            drawn = sampler(self.posterior(X, observation_noise=noise))
        return self.condition_on_observations(X, drawn)


def _broadcast(*shapes: torch.Size) -> torch.Size:
    return torch.Size(np.broadcast_shapes(*shapes))


def _numbered(*parts: torch.Tensor) -> tuple[Index, list[torch.Tensor]]:
    """Return the distinct rows, sorted, and each part as places among them."""
    flat = torch.cat([p.reshape(-1) for p in parts])
    known, inverse = torch.unique(flat, return_inverse=True)
    pieces = torch.split(inverse, [p.numel() for p in parts])
    rows = known.numpy().astype(np.intp)
    return rows, [piece.reshape(p.shape) for piece, p in zip(pieces, parts, strict=True)]


def row_inputs(rows: Index) -> torch.Tensor:
    """Return row numbers as a float64 tensor `(len(rows), 1)`."""
    return torch.from_numpy(np.asarray(rows, dtype=np.float64))[:, None]
