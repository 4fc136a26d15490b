"""What every kind of model has in common once it is trained: arrays in, arrays out."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from loop.sources.inputs import Floats

Tensors = Mapping[str, NDArray[Any]]
Answer = Callable[[Floats], tuple[Floats, Floats]]
"""Inputs `(n, d)` to predictions `(n, s)` and features `(n, width)`, float32."""


class Body(Protocol):
    """The trained part of a model; everything it knows is in its tensors."""

    @property
    def width(self) -> int:
        """Number of features; 0 if it has none."""

    def ready(self) -> Answer:
        """Return what answers, prepared once for many chunks.

        Raises:
            MissingExtraError: a library that it needs is not installed.
        """

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return everything it knows, by name."""
