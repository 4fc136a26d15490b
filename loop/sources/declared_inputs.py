"""Descriptors to the inputs of a user's own model: as its author declares them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import FeatureMatrix
from loop.errors import ModelError
from loop.sources.inputs import Floats

_CHUNK: Final = 4096


@dataclass(frozen=True)
class DeclaredInputs:
    """All columns in the order of the declared blocks, less a centre, over a scale.

    Attributes:
        centre: Shape `(d,)`, float64; zeros where the model standardises inside.
        scale: Shape `(d,)`, float64, positive; ones where it does.
    """

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]

    @property
    def width(self) -> int:
        """Number of inputs."""
        return len(self.centre)

    @property
    def reals(self) -> int:
        """Number of inputs: the model does not tell counts from reals."""
        return self.width

    def apply(self, matrix: FeatureMatrix, rows: NDArray[np.intp]) -> Floats:
        """Return the inputs of rows, shape `(len(rows), width)`, float32.

        Raises:
            ModelError: the matrix has another number of columns than was declared.
        """
        blocks = [block.values[rows].astype(np.float64) for block in matrix.blocks]
        x = np.concatenate(blocks, axis=1) if blocks else np.zeros((len(rows), 0))
        if x.shape[1] != self.width:
            raise ModelError(
                f"the descriptors have {x.shape[1]} columns; the source model was declared with "
                f"{self.width}"
            )
        return np.ascontiguousarray((x - self.centre) / self.scale, dtype=np.float32)

    def chunks(self, matrix: FeatureMatrix) -> Iterator[tuple[slice, Floats]]:
        """Yield the inputs of all rows in chunks."""
        for start in range(0, len(matrix), _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, len(matrix)), dtype=np.intp)
            yield slice(start, start + len(rows)), self.apply(matrix, rows)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {"inputs.centre": self.centre, "inputs.scale": self.scale}

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return what `tensors` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: centre and scale differ in length, or a scale is not positive.
        """
        found = cls(tensors["inputs.centre"], tensors["inputs.scale"])
        if found.centre.shape != found.scale.shape or not (found.scale > 0).all():
            raise ValueError("the declared inputs have no positive scale for each centre")
        return found
