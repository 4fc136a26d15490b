"""The posterior mean of a Gaussian process, kept as the points and weights it is made of."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from loop.sources.body import Answer, Tensors
from loop.sources.inputs import Floats


@dataclass(frozen=True)
class KernelMean:
    """Weighted kernels at training points: a Matérn-5/2 over one length, and a linear part.

    Attributes:
        points: Inputs of the training rows, shape `(n, d)`, float16; none for a linear mean.
        alpha: Weight of each, in standard deviations of the source, times the kernel's variance,
            shape `(n,)`, float64.
        slope: Of the linear part, shape `(d,)`, float64.
        length: Of the Matérn kernel, shape `(1,)`, float64, positive.
    """

    points: NDArray[np.float16]
    alpha: NDArray[np.float64]
    slope: NDArray[np.float64]
    length: NDArray[np.float64]

    @property
    def width(self) -> int:
        """It has no features."""
        return 0

    def ready(self) -> Answer:
        """Return what answers."""
        points = self.points.astype(np.float32)

        def answer(x: Floats) -> tuple[Floats, Floats]:
            mean = x.astype(np.float64) @ self.slope
            if len(points):
                mean += matern(distances(x, points) / self.length[0]) @ self.alpha
            return mean.astype(np.float32)[:, None], np.zeros((len(x), 0), dtype=np.float32)

        return answer

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {
            "kernel.points": self.points,
            "kernel.alpha": self.alpha,
            "kernel.slope": self.slope,
            "kernel.length": self.length,
        }

    @classmethod
    def of(cls, tensors: Tensors, inputs: int) -> Self:
        """Return what `tensors` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: the arrays do not fit each other, or the inputs of the card.
        """
        found = cls(*(tensors[f"kernel.{name}"] for name in ("points", "alpha", "slope", "length")))
        shapes = (found.points.shape, found.alpha.shape, found.slope.shape, found.length.shape)
        n = len(found.alpha)
        if shapes != ((n, inputs), (n,), (inputs,), (1,)):
            raise ValueError(f"arrays of shapes {shapes} for {inputs} inputs")
        if not found.length[0] > 0:
            raise ValueError(f"the length of the kernel is {found.length[0]}")
        return found


def distances(x: Floats, points: Floats) -> NDArray[np.float64]:
    """Return the Euclidean distances of rows `(n, d)` and `(m, d)`, shape `(n, m)`."""
    products = (x @ points.T).astype(np.float64)
    squares = [np.einsum("ij,ij->i", a, a, dtype=np.float64) for a in (x, points)]
    return np.asarray(
        np.sqrt(np.maximum(squares[0][:, None] + squares[1][None] - 2 * products, 0.0))
    )


def matern(r: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Matérn-5/2 correlation at distances in units of the length.

    Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, equation 4.17.
    """
    s = np.sqrt(5.0) * r
    return np.asarray((1.0 + s + s**2 / 3.0) * np.exp(-s))
