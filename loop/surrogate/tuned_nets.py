"""Small networks on pretrained features that start as a linear probe and are pulled back to it.

f(h) = b + w h + u silu(V h), with h the last hidden layer of the sources' shared trunk. At the
start u = 0 and w, b are those of ridge regression, the linear probe. Training is by Adam (Kingma,
Ba, ICLR 2015) with decay towards the start instead of towards 0: L2-SP of Li, Grandvalet, Davoine,
ICML 2018 (arXiv:1802.01483).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from loop.errors import ModelError
from loop.surrogate.store import Array

_NAMES: Final = ("b", "w", "u", "v")
_PENALTIES: Final = 10.0 ** np.arange(-3.0, 3.5, 0.5)
_ADAPTER_DECAY: Final = 0.02
_RATE: Final = 0.01
_FORGET: Final = (0.9, 0.999)
_TINY: Final = 1e-8


@dataclass(frozen=True)
class TunedNets:
    """Networks of equal shape.

    Attributes:
        b: Shape `(k,)`.
        w: Shape `(k, d)`.
        u: Shape `(k, m)`.
        v: Shape `(k, m, d)`.
    """

    b: Array
    w: Array
    u: Array
    v: Array
    rate: float = 1.0

    @property
    def size(self) -> int:
        """Number of networks."""
        return len(self.b)

    def predict(self, x: Any) -> Array:
        """Return predictions of rows `x` `(n, d)` by every network, shape `(n, k)`."""
        inner = np.einsum("nd,kmd->nkm", x, self.v, optimize=True)
        hidden = inner * expit(inner)
        return np.asarray(self.b + x @ self.w.T + (hidden * self.u).sum(axis=2))

    def arrays(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return {name: getattr(self, name) for name in _NAMES}

    @classmethod
    def from_arrays(cls, arrays: dict[str, Any], width: int) -> "TunedNets":
        """Return what `arrays` gave, for inputs of `width` columns.

        Raises:
            ModelError: the arrays do not fit together.
        """
        found = cls(*(arrays[name] for name in _NAMES))
        k, m = found.u.shape if found.u.ndim == 2 else (-1, -1)
        shapes = (found.b.shape, found.w.shape, found.v.shape)
        if shapes != ((k,), (k, width), (k, m, width)):
            raise ModelError("the stored networks are damaged", hint="fit the model again")
        return found

    @staticmethod
    def names() -> frozenset[str]:
        """Return the names of the arrays."""
        return frozenset(_NAMES)


def linear_probe(x: Array, z: Array) -> tuple[float, Array, float]:
    """Return constant, weights `(d,)` and penalty of the ridge regression that foresees best.

    The penalty is that of least leave-one-out error among 13 from 0.001 to 1000 times d (Hastie,
    Tibshirani, Friedman, The Elements of Statistical Learning (2009), eq. 7.64), by the dual form.

    Args:
        x: Shape `(n, d)`.
        z: Shape `(n,)`.
    """
    middle, mean = x.mean(axis=0), float(z.mean())
    away = x - middle
    values, vectors = np.linalg.eigh(away @ away.T)
    best: tuple[float, float] | None = None
    for penalty in _PENALTIES * x.shape[1]:
        shrink = np.maximum(values, 0.0) / (np.maximum(values, 0.0) + penalty)
        hat = (vectors * shrink) @ vectors.T
        left = 1.0 - np.diag(hat) - 1.0 / len(z)
        error = (z - mean - hat @ (z - mean)) / np.maximum(left, 1e-6)
        loss = float(np.mean(error**2))
        if best is None or loss < best[0]:
            best = (loss, float(penalty))
    assert best is not None  # noqa: S101 - the grid is not empty
    dual = vectors @ ((vectors.T @ (z - mean)) / (np.maximum(values, 0.0) + best[1]))
    w = away.T @ dual
    return mean - float(middle @ w), w, best[1]


def tuning(
    x: Array, z: Array, seen: NDArray[np.bool_], width: int, rng: np.random.Generator
) -> Iterator[TunedNets]:
    """Yield the networks at the start and after every further step of training.

    Args:
        x: Pretrained features of the observations, shape `(n, d)`.
        z: Standardised observations, shape `(n,)`.
        seen: Which network is trained on which observation, shape `(n, k)`.
        width: m, the number of units of the added layer.
        rng: Draws V.
    """
    k = seen.shape[1]
    probes = [linear_probe(x[seen[:, j]], z[seen[:, j]]) for j in range(k)]
    share = seen / seen.sum(axis=0)
    start = [
        np.array([p[0] for p in probes]),
        np.array([p[1] for p in probes]),
        np.zeros((k, width)),
        rng.normal(size=(k, width, x.shape[1])) / np.sqrt(x.shape[1]),
    ]
    # The probe is where the squared error with its own penalty is least: the start is at rest.
    pull = np.array([p[2] for p in probes])[:, None] / seen.sum(axis=0)[:, None]
    decay = [np.zeros(k), pull, np.full((k, 1), _ADAPTER_DECAY), np.full((k, 1, 1), _ADAPTER_DECAY)]
    now = [p.copy() for p in start]
    first, second = [np.zeros_like(p) for p in start], [np.zeros_like(p) for p in start]
    step = 0
    while True:
        yield TunedNets(*(p.copy() for p in now))
        step += 1
        slopes = _slopes(now, x, z, share)
        for i, slope in enumerate(slopes):
            total = slope + decay[i] * (now[i] - start[i])
            first[i] = _FORGET[0] * first[i] + (1 - _FORGET[0]) * total
            second[i] = _FORGET[1] * second[i] + (1 - _FORGET[1]) * total**2
            ahead = first[i] / (1 - _FORGET[0] ** step)
            spread = np.sqrt(second[i] / (1 - _FORGET[1] ** step))
            now[i] = now[i] - _RATE * ahead / (spread + _TINY)


def _slopes(now: list[Array], x: Array, z: Array, share: Array) -> list[Array]:
    """Return the derivatives of half the mean squared error of each network."""
    b, w, u, v = now
    given = np.einsum("nd,kmd->nkm", x, v, optimize=True)
    gate = expit(given)
    hidden = given * gate
    error = (b + x @ w.T + (hidden * u).sum(axis=2) - z[:, None]) * share
    inner = error[:, :, None] * u * (gate + hidden * (1.0 - gate))
    return [
        error.sum(axis=0),
        error.T @ x,
        (error[:, :, None] * hidden).sum(axis=0),
        np.einsum("nkm,nd->kmd", inner, x, optimize=True),
    ]
