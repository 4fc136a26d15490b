"""Networks that are asked together: an ensemble of one architecture, or a shotgun population."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from loop.sources.body import Answer, Tensors
from loop.sources.inputs import Floats
from loop.sources.learners import Architecture, Design
from loop.sources.network import Network, forward


@dataclass(frozen=True)
class Ensemble:
    """Networks; predictions are their mean, features their last hidden layers side by side.

    Attributes:
        members: The networks.
        architectures: Of each.
        reals: How many of the inputs, the first ones, are reals; the others are counts.
    """

    members: tuple[Network, ...]
    architectures: tuple[Architecture, ...]
    reals: int

    @property
    def width(self) -> int:
        """Number of features."""
        return sum(architecture.hidden[-1] for architecture in self.architectures)

    def ready(self) -> Answer:
        """Return what answers."""
        ready = [
            (member.ready(), shown(architecture, self.reals), architecture.activation)
            for member, architecture in zip(self.members, self.architectures, strict=True)
        ]

        def answer(x: Floats) -> tuple[Floats, Floats]:
            predictions, features = None, []
            for layers, columns, activation in ready:
                outputs, hidden = forward(layers, x[:, columns], activation)
                predictions = outputs if predictions is None else predictions + outputs
                features.append(hidden)
            assert predictions is not None  # noqa: S101
            return predictions / np.float32(len(ready)), np.concatenate(features, axis=1)

        return answer

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        named: dict[str, NDArray[Any]] = {}
        for i, member in enumerate(self.members):
            named |= member.tensors(i)
        return named

    @classmethod
    def of(
        cls, tensors: Tensors, architectures: Sequence[Architecture], shape: tuple[int, int, int]
    ) -> Self:
        """Return what `tensors` gave.

        Args:
            tensors: By name.
            architectures: Of the members.
            shape: Number of inputs, how many of them are reals, number of sources.

        Raises:
            KeyError: an array is missing.
            ValueError: the layers are not those of the architectures.
        """
        inputs, reals, sources = shape
        members = tuple(
            Network.of(tensors, i, len(a.hidden) + 1) for i, a in enumerate(architectures)
        )
        for member, architecture in zip(members, architectures, strict=True):
            wide = len(range(*shown(architecture, reals).indices(inputs)))
            widths = [wide, *architecture.hidden, sources]
            expected = [*pairwise(widths)]
            found = [weight.shape for weight in member.weights]
            if found != expected or [len(bias) for bias in member.biases] != widths[1:]:
                raise ValueError(f"layers of shapes {found}; the card says {expected}")
        return cls(members, tuple(architectures), reals)


def shown(architecture: Architecture, reals: int) -> slice:
    """Return which inputs a network reads."""
    wanted = architecture.inputs if isinstance(architecture, Design) else "all"
    return {"all": slice(None), "reals": slice(0, reals), "counts": slice(reals, None)}[wanted]
