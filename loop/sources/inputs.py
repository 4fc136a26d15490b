"""Descriptors to the inputs of a network: one scaling, fitted once and stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import ModelError

Floats = NDArray[np.float32]

_CLIP: Final = np.float32(5.0)
_LARGE: Final = 50.0
_CHUNK: Final = 4096


@dataclass(frozen=True)
class Inputs:
    """How descriptors become inputs.

    Reals that pass 50 in the training rows become sign(x) log(1 + |x|); all are standardised and
    clipped at 5. Counts become log(1 + c). What does not vary in the training rows is left out.

    Attributes:
        large: Which reals are taken in log form, shape `(r,)`, uint8.
        reals_kept: Which reals are kept, shape `(r,)`, uint8.
        counts_kept: Which counts are kept, shape `(c,)`, uint8.
        centre: Of the reals kept, float32.
        scale: Of the reals kept, float32, positive.
    """

    large: NDArray[np.uint8]
    reals_kept: NDArray[np.uint8]
    counts_kept: NDArray[np.uint8]
    centre: Floats
    scale: Floats

    @classmethod
    def fit(cls, matrix: FeatureMatrix, rows: NDArray[np.intp]) -> Self:
        """Return the scaling of the training rows."""
        reals = _joined(matrix, "reals", rows).astype(np.float64)
        counts = _joined(matrix, "counts", rows)
        large = np.abs(reals).max(axis=0, initial=0.0) > _LARGE
        values = np.where(large, np.sign(reals) * np.log1p(np.abs(reals)), reals)
        centre, deviation = values.mean(axis=0), values.std(axis=0)
        # float32 input: a spread this far below the size of the values is rounding.
        kept = deviation > 1e-6 * np.maximum(np.abs(values).max(axis=0, initial=0.0), 1e-30)
        return cls(
            large=large.astype(np.uint8),
            reals_kept=kept.astype(np.uint8),
            counts_kept=(counts.max(axis=0, initial=0) > 0).astype(np.uint8),
            centre=centre[kept].astype(np.float32),
            scale=deviation[kept].astype(np.float32),
        )

    @property
    def width(self) -> int:
        """Number of inputs."""
        return self.reals + int(self.counts_kept.sum())

    @property
    def reals(self) -> int:
        """Number of the inputs, the first ones, that are reals."""
        return int(self.reals_kept.sum())

    def apply(self, matrix: FeatureMatrix, rows: NDArray[np.intp]) -> Floats:
        """Return the inputs of rows, shape `(len(rows), width)`, float32.

        Raises:
            ModelError: the matrix has other columns than that of the training.
        """
        reals, counts = _joined(matrix, "reals", rows), _joined(matrix, "counts", rows)
        found, fitted = (reals.shape[1], counts.shape[1]), (len(self.large), len(self.counts_kept))
        if found != fitted:
            raise ModelError(
                f"the descriptors have {found[0]} reals and {found[1]} counts; the source model "
                f"was trained on {fitted[0]} and {fitted[1]}"
            )
        kept = self.reals_kept.astype(np.bool_)
        values = reals[:, kept].astype(np.float32)
        large = self.large.astype(np.bool_)[kept]
        values[:, large] = np.sign(values[:, large]) * np.log1p(np.abs(values[:, large]))
        scaled = np.clip((values - self.centre) / self.scale, -_CLIP, _CLIP)
        occupied = counts[:, self.counts_kept.astype(np.bool_)]
        return np.concatenate([scaled, np.log1p(occupied.astype(np.float32))], axis=1)

    def chunks(self, matrix: FeatureMatrix) -> Iterator[tuple[slice, Floats]]:
        """Yield the inputs of all rows in chunks: a big pool's would not fit into the cache."""
        for start in range(0, len(matrix), _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, len(matrix)), dtype=np.intp)
            yield slice(start, start + len(rows)), self.apply(matrix, rows)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {
            "inputs.large": self.large,
            "inputs.reals_kept": self.reals_kept,
            "inputs.counts_kept": self.counts_kept,
            "inputs.centre": self.centre,
            "inputs.scale": self.scale,
        }

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return what `tensors` gave.

        Raises:
            KeyError: an array is missing.
        """
        names = ("large", "reals_kept", "counts_kept", "centre", "scale")
        return cls(*(tensors[f"inputs.{name}"] for name in names))


def _joined(matrix: FeatureMatrix, kind: str, rows: NDArray[np.intp]) -> NDArray[Any]:
    blocks: Sequence[FeatureBlock] = [b for b in matrix.blocks if b.kind == kind]
    if not blocks:
        return np.zeros((len(rows), 0), dtype=np.float32)
    return np.concatenate([block.values[rows] for block in blocks], axis=1)
