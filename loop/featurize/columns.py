"""Numeric columns of the pool, as they are."""

from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from loop.core.candidate import CandidatePool
from loop.core.canonical import digest
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent


class ColumnsConfig(BaseModel):
    """No options: the columns are `space.features`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NumericColumns:
    """The columns that `space.features` names."""

    Config: ClassVar[type[ColumnsConfig]] = ColumnsConfig
    materials: ClassVar[frozenset[str]] = frozenset({"columns"})

    def __init__(self, config: ColumnsConfig) -> None:
        del config

    def digest(self) -> str:
        """Return a digest of everything that decides the numbers but the pool."""
        return digest("columns 1")

    def featurize(
        self, pool: CandidatePool, space: PoolSpace, progress: Progress = silent
    ) -> FeatureMatrix:
        """Return the columns; a missing or non-numeric cell is a failure of its row."""
        values = np.zeros((len(pool), len(space.features)), dtype=np.float32)
        failures: dict[int, str] = {}
        for column, name in enumerate(space.features):
            for row, value in enumerate(pool.fields[name]):
                if isinstance(value, float):
                    values[row, column] = value
                else:
                    failures[row] = f"column {name!r} holds {value!r}, not a number"
        values[list(failures)] = 0.0
        progress("describing candidates", 1.0)
        block = FeatureBlock("columns", "reals", space.features, values)
        key = digest(self.digest() + pool.digest + "|".join(space.features))
        return FeatureMatrix((block,), key, failures)
