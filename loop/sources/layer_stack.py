"""Plain weights with declared layers, asked by numpy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.sources.activations import ACTIVATIONS
from loop.sources.inputs import Floats
from loop.sources.learners import Layer

_ARRAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "linear": ("weight", "bias"),
    "layer-norm": ("weight", "bias"),
    "batch-norm": ("weight", "bias", "running_mean", "running_var"),
}


@dataclass(frozen=True)
class LayerStack:
    """Layers as torch's modules of those names compute them in evaluation.

    Attributes:
        layers: First to last.
        weights: By the names of a torch state dict, torch's shapes.
    """

    layers: tuple[Layer, ...]
    weights: Mapping[str, NDArray[Any]]

    def outputs(self, inputs: int) -> int:
        """Return the number of outputs, once every layer fits the one before it.

        Raises:
            ValueError: an array is missing or of another shape; the message names layer, what
                was found and what was expected.
        """
        width = inputs
        for layer in self.layers:
            for array in _ARRAYS.get(layer.kind, ()):
                name = f"{layer.name}.{array}"
                if name not in self.weights:
                    known = ", ".join(sorted(self.weights)) or "none"
                    raise ValueError(f"there is no array {name!r}; the file has {known}")
                found = self.weights[name].shape
                if layer.kind == "linear" and array == "weight":
                    if len(found) != 2 or found[1] != width:
                        raise ValueError(
                            f"{name!r} has shape {found}; expected (outputs, {width}), for "
                            f"{width} inputs"
                        )
                    width = found[0]
                elif found != (width,):
                    raise ValueError(f"{name!r} has shape {found}; expected ({width},)")
        return width

    def ready(self) -> Callable[[Floats], Floats]:
        """Return what answers inputs `(n, d)` with outputs `(n, k)`."""
        steps = [_step(layer, self.weights) for layer in self.layers]

        def ask(x: Floats) -> Floats:
            hidden = np.array(x, dtype=np.float32)
            for step in steps:
                hidden = step(hidden)
            return hidden

        return ask


def _step(layer: Layer, weights: Mapping[str, NDArray[Any]]) -> Callable[[Floats], Floats]:
    names: Sequence[str] = _ARRAYS.get(layer.kind, ())
    arrays = [weights[f"{layer.name}.{name}"].astype(np.float32) for name in names]
    if layer.kind == "linear":
        weight = np.ascontiguousarray(arrays[0].T)
        return lambda x: x @ weight + arrays[1]
    if layer.kind == "batch-norm":
        factor = arrays[0] / np.sqrt(arrays[3] + np.float32(layer.eps))
        return lambda x: (x - arrays[2]) * factor + arrays[1]
    if layer.kind == "layer-norm":
        return lambda x: _normed(x, layer.eps) * arrays[0] + arrays[1]
    activate = ACTIVATIONS[layer.kind]

    def activated(x: Floats) -> Floats:
        activate(x)
        return x

    return activated


def _normed(x: Floats, eps: float) -> Floats:
    apart = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt((apart**2).mean(axis=1, keepdims=True) + np.float32(eps))
    return np.asarray(apart / spread, dtype=np.float32)
