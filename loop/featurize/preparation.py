"""Descriptors made ready for a model: fitted on training rows, stored, applied to new rows.

In this order: a column without a value in the training rows, or with one value only, is dropped;
missing values become the column's median; columns are centred and scaled, and clipped; of two
columns that say nearly the same the later one is dropped.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from loop.core.canonical import Json, canonical_json
from loop.errors import DataError, ModelError, Problem
from loop.featurize.correlation import uncorrelated
from loop.featurize.scaling import centre_and_scale, scaled_and_clipped, varying

_FORMAT: Final = "synthloop/preparation/1"
_SHOWN: Final = 10


class PreparationConfig(BaseModel):
    """What is done.

    Attributes:
        scale: "standard" (mean and sd), "robust" (median and quartiles; the sd where the
            quartiles are equal, as in a column that is mostly 0), or "none".
        clip: Largest distance from the centre, in scales; None for no limit.
        correlation: Largest Pearson |r| of two columns that both stay; None keeps all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: Literal["standard", "robust", "none"] = "standard"
    clip: Annotated[float, Field(gt=0)] | None = 10.0
    correlation: Annotated[float, Field(gt=0, le=1)] | None = 0.95


@dataclass(frozen=True)
class Preparation:
    """A fitted transform.

    Attributes:
        config: What is done.
        columns: Names of the d columns that go in.
        kept: Indices of the columns that come out, sorted, shape `(k,)`, intp.
        medians: What a missing value becomes, shape `(k,)`, float64, in the column's unit.
        centre: Shape `(k,)`, float64, in the column's unit.
        scale: Shape `(k,)`, float64, positive, in the column's unit.
        n_imputed: Training rows in which the column was missing, shape `(k,)`, int64.
    """

    config: PreparationConfig
    columns: tuple[str, ...]
    kept: NDArray[np.intp]
    medians: NDArray[np.float64]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    n_imputed: NDArray[np.int64]

    @classmethod
    def fit(
        cls,
        values: NDArray[Any],
        columns: Sequence[str],
        config: PreparationConfig,
        rows: NDArray[np.intp] | None = None,
    ) -> Self:
        """Return the transform that training rows ask for.

        Args:
            values: Shape `(n, d)`; NaN where a value is missing.
            columns: Names, unique, length d.
            config: What is done.
            rows: The training rows; all when absent.

        Raises:
            DataError: there are no training rows, a value is infinite, or no column is left.
        """
        names = tuple(columns)
        _check_names(names, values.shape[1])
        training = np.asarray(values if rows is None else values[rows], dtype=np.float64)
        if not len(training):
            raise DataError("there are no training rows to fit a preparation on")
        _check_finite(training, names)
        missing = np.isnan(training)
        kept = np.flatnonzero(varying(training, missing))
        if not len(kept):
            raise DataError(
                f"all {len(names)} columns are constant or empty in the {len(training)} training "
                "rows", hint="use other descriptors, or more rows",
            )  # fmt: skip
        training, missing = training[:, kept], missing[:, kept]
        medians = np.nanmedian(training, axis=0)
        training = np.where(missing, medians, training)
        centre, scale = centre_and_scale(training, config.scale)
        ready = scaled_and_clipped(training, centre, scale, config.clip)
        chosen = np.arange(len(kept))
        if config.correlation is not None:
            chosen = uncorrelated(ready, config.correlation)
        n_imputed = missing.sum(axis=0, dtype=np.int64)
        return cls(
            config, names, kept[chosen], medians[chosen], centre[chosen], scale[chosen],
            n_imputed[chosen],
        )  # fmt: skip

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that come out, length k."""
        return tuple(self.columns[i] for i in self.kept)

    def apply(self, values: NDArray[Any], columns: Sequence[str]) -> NDArray[np.float64]:
        """Return rows made ready, shape `(n, k)`, float64, finite.

        Args:
            values: Shape `(n, d)`; NaN where a value is missing.
            columns: Their names.

        Raises:
            DataError: the columns are not those it was fitted on, or a value is infinite.
        """
        self.check(columns)
        chosen = np.asarray(values[:, self.kept], dtype=np.float64)
        _check_finite(chosen, self.names)
        chosen = np.where(np.isnan(chosen), self.medians, chosen)
        return scaled_and_clipped(chosen, self.centre, self.scale, self.config.clip)

    def check(self, columns: Sequence[str]) -> None:
        """Return if these are the columns it was fitted on, in the same order.

        Raises:
            DataError: they are not; the problems name the columns.
        """
        if tuple(columns) == self.columns:
            return
        lacking = [c for c in self.columns if c not in set(columns)]
        strange = [c for c in columns if c not in set(self.columns)]
        problems = [Problem("columns", c, "missing", "as in the training rows") for c in lacking]
        problems += [Problem("columns", c, "unknown", "no such column") for c in strange]
        if not problems:
            at = next(i for i, c in enumerate(columns) if c != self.columns[i])
            problems = [Problem("columns", f"number {at + 1}", columns[at], repr(self.columns[at]))]
        raise DataError(
            f"the preparation was fitted on {len(self.columns)} other columns: {len(lacking)} of "
            f"them are missing, {len(strange)} are new",
            problems=problems[:_SHOWN],
            hint="describe the rows with the featurizer of the training rows",
        )

    def dump(self) -> bytes:
        """Return it as safetensors with JSON metadata."""
        config = self.config.model_dump()
        plain: Json = {"format": _FORMAT, "config": config, "columns": self.columns}
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in _ARRAYS}
        arrays["kept"] = arrays["kept"].astype(np.int64)
        content: bytes = save_arrays(arrays, {"preparation": canonical_json(plain)})
        return content

    @classmethod
    def load(cls, content: bytes, columns: Sequence[str]) -> Self:
        """Return what `dump` stored.

        Args:
            content: The bytes.
            columns: Names of the columns it is going to be applied to.

        Raises:
            ModelError: the bytes are no preparation.
            DataError: it was fitted on other columns; the problems name them.
        """
        try:
            arrays = load_arrays(content)
            plain = json.loads(_metadata(content)["preparation"])
            config = PreparationConfig.model_validate(plain["config"])
            parts = {name: arrays[name] for name in _ARRAYS}
            names = tuple(str(name) for name in plain["columns"])
        except (SafetensorError, ValueError, KeyError, TypeError, ValidationError) as cause:
            raise ModelError(f"these bytes are no stored preparation: {cause}") from cause
        if plain.get("format") != _FORMAT:
            raise ModelError(
                f"this preparation is of format {plain.get('format')!r}, not {_FORMAT!r}"
            )
        parts["kept"] = parts["kept"].astype(np.intp)
        loaded = cls(config, names, **parts)
        loaded.check(columns)
        return loaded


_ARRAYS: Final = ("kept", "medians", "centre", "scale", "n_imputed")


def _metadata(content: bytes) -> dict[str, str]:
    # The format: eight bytes with the length of a JSON header, the header, the arrays.
    length = int.from_bytes(content[:8], "little")
    metadata: dict[str, str] = json.loads(content[8 : 8 + length])["__metadata__"]
    return metadata


def _check_names(names: tuple[str, ...], d: int) -> None:
    if len(names) != d:
        raise DataError(f"{d} columns came with {len(names)} names")
    if len(set(names)) < d:
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError(f"column names must be unique; twice: {', '.join(twice[:_SHOWN])}")


def _check_finite(values: NDArray[np.float64], names: Sequence[str]) -> None:
    places = np.argwhere(np.isinf(values))
    if len(places):
        problems = [
            Problem("values", f"row {row}, column {names[column]}", "infinity", "a number or NaN")
            for row, column in places[:_SHOWN]
        ]
        raise DataError(f"{len(places)} values are infinite", problems=problems)
