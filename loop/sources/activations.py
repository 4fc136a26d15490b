"""Activations of networks in numpy, in place: they are the cost of a big pool."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from loop.sources.inputs import Floats


def _silu(x: Floats) -> None:
    # x / (1 + exp(-x)) without its overflow.
    half = x * np.float32(0.5)
    np.tanh(half, out=x)
    x += np.float32(1.0)
    x *= half


def _relu(x: Floats) -> None:
    np.maximum(x, np.float32(0.0), out=x)


def _tanh(x: Floats) -> None:
    np.tanh(x, out=x)


def _elu(x: Floats) -> None:
    low = np.expm1(np.minimum(x, np.float32(0.0)))
    np.maximum(x, np.float32(0.0), out=x)
    x += low


def _gelu(x: Floats) -> None:
    from scipy.special import erf

    x *= (np.float32(0.5) * (1 + erf(x / np.float32(np.sqrt(2.0))))).astype(np.float32)


def _sigmoid(x: Floats) -> None:
    np.tanh(x * np.float32(0.5), out=x)
    x += np.float32(1.0)
    x *= np.float32(0.5)


def _softplus(x: Floats) -> None:
    np.logaddexp(x, np.float32(0.0), out=x)


def _leaky_relu(x: Floats) -> None:
    np.maximum(x, x * np.float32(0.01), out=x)


ACTIVATIONS: Final[Mapping[str, Callable[[Floats], None]]] = {
    "silu": _silu,
    "relu": _relu,
    "tanh": _tanh,
    "elu": _elu,
    "gelu": _gelu,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "leaky-relu": _leaky_relu,
}
"""Each as torch's module of that name by default: exact GELU, slope 0.01, alpha 1."""
