"""Blocks as a scikit-learn transformer, for use outside the loop."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from loop.core.candidate import CandidatePool, FieldValue, Material
from loop.core.definition import PoolSpace
from loop.errors import ConfigError, DataError, Problem
from loop.featurize.bundle import BlockFeaturizer, BundleConfig
from loop.featurize.rows import side_by_side
from loop.featurize.workers import available_cores

_SHOWN: Final = 20


class DescriptorTransformer(TransformerMixin, BaseEstimator):
    """Texts of structures to descriptors.

    Args:
        material: "molecule", "polymer", "composition" or "columns".
        blocks: The blocks with their options, as `[{"kind": "morgan", "radius": 3}]`.
        structure: Column with the structures, when the input is a DataFrame; its other columns
            are the fields that blocks can read. Not needed for a single column.
        n_jobs: Processes for inputs that would keep one busy for long: None or 1 for this one
            alone, -1 for one on each core.
        on_failure: "raise" names the rows that cannot be described, "nan" fills them with NaN.
        cache: Folder in which values are kept; none when None.

    Attributes:
        featurizer_: The featurizer, once fitted.
        names_: Names of the columns, "block: column".
    """

    def __init__(
        self,
        material: str = "molecule",
        blocks: Sequence[Mapping[str, Any]] = (),
        *,
        structure: str | None = None,
        n_jobs: int | None = None,
        on_failure: str = "raise",
        cache: str | os.PathLike[str] | None = None,
    ) -> None:
        self.material = material
        self.blocks = blocks
        self.structure = structure
        self.n_jobs = n_jobs
        self.on_failure = on_failure
        self.cache = cache

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Build the blocks; only a category's levels, where not given, are learnt from the rows.

        Raises:
            ConfigError: a parameter or a block cannot be used; the message says which.
            DataError: the input is no list, array, Series or DataFrame of texts.
        """
        del y
        if self.on_failure not in {"raise", "nan"}:
            raise ConfigError(f'on_failure is {self.on_failure!r}; expected "raise" or "nan"')
        pool = self._pool(X)
        config = BundleConfig.model_validate(
            {"blocks": [dict(block) for block in self.blocks], "workers": _processes(self.n_jobs)}
        )
        self.featurizer_ = BlockFeaturizer(config).settled(pool)
        self.names_ = [
            f"{name}: {column}"
            for name, columns in self.featurizer_.columns()
            for column in columns
        ]
        return self

    def transform(self, X: Any) -> NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """Return the descriptors, shape `(n, d)`, float64 if a block is, else float32.

        Raises:
            DataError: rows cannot be described and `on_failure` is "raise"; every one is named
                with its reason, the first 20 in the message.
        """
        check_is_fitted(self, "featurizer_")
        pool = self._pool(X)
        space = PoolSpace.model_construct(material=pool.material)
        cache = None if self.cache is None else Path(self.cache)
        matrix = self.featurizer_.featurize(pool, space, cache=cache)
        if matrix.failures and self.on_failure == "raise":
            raise _refused(pool, matrix.failures)
        values = side_by_side(matrix.blocks)
        values[list(matrix.failures)] = np.nan
        return values

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns, "block: column"."""
        del input_features
        check_is_fitted(self, "featurizer_")
        return np.array(self.names_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is text and that nothing is learnt from it."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.requires_fit = True
        tags.no_validation = True
        return tags

    def _pool(self, rows: Any) -> CandidatePool:
        try:
            material = Material(self.material)
        except ValueError:
            known = ", ".join(m.value for m in Material)
            raise ConfigError(f"material is {self.material!r}; expected one of: {known}") from None
        fields: dict[str, tuple[FieldValue, ...]] = {}
        if isinstance(rows, pd.DataFrame):
            column = self._structure_column(rows, material)
            fields = {str(c): _cells(rows[c]) for c in rows.columns if c != column}
            texts = [""] * len(rows) if column is None else _texts(rows[column].tolist())
        else:
            texts = _texts(_one_column(rows))
        numbers = tuple(str(row) for row in range(len(texts)))
        return CandidatePool(material, numbers, tuple(texts), numbers, fields)

    def _structure_column(self, frame: pd.DataFrame, material: Material) -> str | None:
        if material is Material.COLUMNS:
            return None
        names = [str(name) for name in frame.columns]
        if self.structure is None and len(names) == 1:
            return names[0]
        if self.structure in names:
            return self.structure
        raise DataError(
            f"structure is {self.structure!r}; expected a column of the table: {', '.join(names)}"
        )


def _processes(n_jobs: int | None) -> int:
    if n_jobs is None:
        return 1
    if n_jobs == 0:
        raise ConfigError("n_jobs is 0; expected a number of processes, or -1 for all cores")
    return n_jobs if n_jobs > 0 else max(1, available_cores() + 1 + n_jobs)


def _one_column(rows: Any) -> list[Any]:
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise DataError(f"the input is {type(rows).__name__}; expected a list of texts")
    if isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.shape[1] == 1:
        rows = rows[:, 0]
    if isinstance(rows, np.ndarray) and rows.ndim != 1:
        raise DataError(f"the input has shape {rows.shape}; expected one column of texts")
    return list(rows)


def _texts(cells: Sequence[Any]) -> list[str]:
    bad = [(row, cell) for row, cell in enumerate(cells) if not isinstance(cell, str)]
    if bad:
        problems = [
            Problem("input", f"row {row}", repr(cell), "a text") for row, cell in bad[:_SHOWN]
        ]
        raise DataError(f"{len(bad)} structures are no texts", problems=problems)
    return [str(cell) for cell in cells]


def _cells(column: "pd.Series[Any]") -> tuple[FieldValue, ...]:
    missing = column.isna().tolist()
    return tuple(
        None if absent else cell if isinstance(cell, str) else float(cell)
        for cell, absent in zip(column.tolist(), missing, strict=True)
    )


def _refused(pool: CandidatePool, failures: Mapping[int, str]) -> DataError:
    problems = [
        Problem("input", f"row {row}", pool.structures[row], reason)
        for row, reason in sorted(failures.items())[:_SHOWN]
    ]
    return DataError(
        f"{len(failures)} of {len(pool)} rows cannot be described",
        problems=problems,
        hint='mend or remove them, or set on_failure="nan"',
    )
