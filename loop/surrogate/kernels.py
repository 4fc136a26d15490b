"""Sums of kernels over row numbers, with gradients in the logarithms of their parameters.

Every part has its own variance and, where it has one, its own length scale, with normal priors on
the logarithms. One `1` is always added: the prior variance of the mean, in units of the
standardised property, which is thereby integrated out. Length-scale prior of descriptors scaled
by dimension: Hvarfner, Hellsten, Nardi, ICML 2024 (arXiv:2402.02229).
"""

import math
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from loop.surrogate.store import Array, FeatureStore, Index, Tables

ABSENT: Final = -math.inf
"""Logarithm of the variance of a part that a model leaves out."""
_LOG_SPREAD: Final = 1.5


@dataclass(frozen=True)
class Part:
    """One addend of a kernel.

    Attributes:
        label: For people.
        form: "gram" (a similarity or scalar product as it is), "matern" (Matern-5/2 of a
            distance) or "matern*gram".
        gram: Key of the similarity or product table, see `FeatureStore.tables`.
        distance: Key of the distance table.
        variance: Prior median of the variance; its logarithm has the prior sd 1.5.
        scale: Prior median of the length scale.
        scale_spread: Prior sd of the logarithm of the length scale.
    """

    label: str
    form: Literal["gram", "matern", "matern*gram"]
    gram: str = ""
    distance: str = ""
    variance: float = 0.3
    scale: float = 1.0
    scale_spread: float = 0.7

    @property
    def size(self) -> int:
        """Number of parameters: log variance and, with a distance, log length scale."""
        return 2 if self.distance else 1

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the tables it is made of."""
        return tuple(k for k in (self.gram, self.distance) if k)

    def covariance(self, theta: Array, tables: Tables) -> Array:
        """Return its covariance; `theta` holds its own parameters."""
        values = np.exp(theta[0]) * tables[self.gram] if self.gram else np.exp(theta[0])
        if not self.distance:
            return np.asarray(values)
        r = tables[self.distance] * (math.sqrt(5.0) / math.exp(theta[1]))
        return np.asarray(values * ((1.0 + r + r * r / 3.0) * np.exp(-r)))

    def with_gradient(self, theta: Array, tables: Tables) -> tuple[Array, ...]:
        """Return covariance and, with a distance, its derivative by the log length scale.

        The derivative by the log variance is the covariance itself.
        """
        if not self.distance:
            return (self.covariance(theta, tables),)
        values = np.exp(theta[0]) * tables[self.gram] if self.gram else np.exp(theta[0])
        r = tables[self.distance] * (math.sqrt(5.0) / math.exp(theta[1]))
        decay = values * np.exp(-r)
        third = r * r / 3.0
        return decay * (1.0 + r + third), decay * (third * (1.0 + r))


@dataclass(frozen=True)
class KernelSum:
    """1 + the sum of parts, over one store.

    A vector of parameters holds those of every part in turn, then the log noise variance.

    Attributes:
        parts: The addends.
        keys: Keys of all tables needed.
        slices: Place of each part's parameters.
    """

    parts: tuple[Part, ...]
    keys: tuple[str, ...] = field(init=False)
    slices: tuple[slice, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the parameters."""
        keys = dict.fromkeys(k for p in self.parts for k in p.keys)
        ends = np.cumsum([p.size for p in self.parts]).tolist()
        places = tuple(slice(e - p.size, e) for e, p in zip(ends, self.parts, strict=True))
        object.__setattr__(self, "keys", tuple(keys))
        object.__setattr__(self, "slices", places)

    @property
    def size(self) -> int:
        """Number of parameters, the noise not counted."""
        return sum(p.size for p in self.parts)

    def prior(self) -> tuple[Array, Array]:
        """Return mean and sd of the normal prior on the log parameters, each `(size,)`."""
        middle, spread = [], []
        for part in self.parts:
            middle.append(math.log(part.variance))
            spread.append(_LOG_SPREAD)
            if part.distance:
                middle.append(math.log(part.scale))
                spread.append(part.scale_spread)
        return np.array(middle), np.array(spread)

    def covariance(self, theta: Array, tables: Tables, shape: tuple[int, int]) -> Array:
        """Return the covariance of the rows that the tables are of."""
        total = np.ones(shape)
        for part, at in zip(self.parts, self.slices, strict=True):
            if theta[at][0] != ABSENT:
                total += part.covariance(theta[at], tables)
        return total

    def with_gradient(self, theta: Array, tables: Tables, n: int) -> tuple[Array, list[Array]]:
        """Return the covariance `(n, n)` and its derivatives by every log parameter."""
        total = np.ones((n, n))
        derivatives: list[Array] = []
        for part, at in zip(self.parts, self.slices, strict=True):
            found = part.with_gradient(theta[at], tables)
            total += found[0]
            derivatives.extend(found)
        return total, derivatives

    def diagonal(self, theta: Array, store: FeatureStore, rows: Index) -> Array:
        """Return the prior variance of rows, `(len(rows),)`."""
        total = np.ones(len(rows))
        for part, at in zip(self.parts, self.slices, strict=True):
            if theta[at][0] != ABSENT:
                one = store.diagonal(part.gram, rows) if part.gram else 1.0
                total += np.exp(theta[at][0]) * one
        return total

    def embed(self, small: "KernelSum", theta: Array) -> Array:
        """Return the parameters of a nested model in this one's layout; other parts are absent."""
        full = np.full(self.size + 1, ABSENT)
        for part, at in zip(self.parts, self.slices, strict=True):
            if part in small.parts:
                full[at] = theta[small.slices[small.parts.index(part)]]
            elif part.size > 1:
                full[at.stop - 1] = 0.0
        full[-1] = theta[-1]
        return full
