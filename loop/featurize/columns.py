"""Plain numeric columns, as given."""

from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from loop.core.candidate import CandidatePool, FieldValue
from loop.core.canonical import digest
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent
from loop.errors import DataError, Problem
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1


class ColumnsConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _number(value: FieldValue) -> np.float32 | None:
    try:
        number = np.float32("nan" if value is None else value)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


class NumericColumns:
    """The columns that `space.features` names."""

    Config: ClassVar[type[BaseModel]] = ColumnsConfig
    materials: ClassVar[frozenset[str]] = frozenset({"columns"})

    def __init__(self, config: ColumnsConfig) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of name, code version and settings."""
        return version_digest("columns", _VERSION, {}, self.config.model_dump())

    def featurize(
        self,
        pool: CandidatePool,
        space: PoolSpace,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> FeatureMatrix:
        """Describe every candidate; a missing or non-numeric cell is a failure, its row 0.

        Raises:
            DataError: the pool has no such column.
        """
        del cache
        absent = [name for name in space.features if name not in pool.fields]
        if absent:
            have = "one of: " + ", ".join(sorted(pool.fields))
            raise DataError(
                "feature columns are missing from the pool",
                hint="mend space.features in the campaign file, or add the columns",
                problems=[Problem("pool", "column", name, have) for name in absent],
            )
        values = np.zeros((len(pool), len(space.features)), dtype=np.float32)
        failures: dict[int, str] = {}
        for j, name in enumerate(space.features):
            for row, cell in enumerate(pool.fields[name]):
                number = _number(cell)
                if number is None:
                    failures.setdefault(row, f"column {name} holds {cell!r}, not a finite number")
                else:
                    values[row, j] = number
            progress("reading columns", (j + 1) / len(space.features))
        values[list(failures)] = 0.0
        block = FeatureBlock("columns", "reals", tuple(space.features), values)
        content = "\n".join((pool.digest, self.digest(), *space.features))
        return FeatureMatrix((block,), digest(content), failures)
