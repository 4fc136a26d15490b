"""Rows beside those that a model was fitted on."""

from typing import Any

import numpy as np

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import ModelError


def appended(trained: FeatureMatrix, new: FeatureMatrix) -> FeatureMatrix:
    """Return the fitted rows followed by new ones; the former alone decide all scales.

    Raises:
        ModelError: the new rows have other columns.
    """
    ours = [(b.name, b.kind, b.columns) for b in trained.blocks]
    if ours != [(b.name, b.kind, b.columns) for b in new.blocks]:
        raise ModelError(
            "the rows are described by other columns than those that the model was fitted on",
            hint="fit the model again",
        )
    blocks = tuple(
        FeatureBlock(a.name, a.kind, a.columns, _stacked(a.values, b.values))
        for a, b in zip(trained.blocks, new.blocks, strict=True)
    )
    n = len(trained)
    reference = np.zeros(n + len(new), dtype=np.bool_)
    reference[:n] = True if trained.reference is None else trained.reference
    failures = {**trained.failures, **{n + row: why for row, why in new.failures.items()}}
    return FeatureMatrix(blocks, trained.digest, failures, reference=reference)


def _stacked(first: Any, second: Any) -> Any:
    return np.concatenate([first, second], axis=0)
