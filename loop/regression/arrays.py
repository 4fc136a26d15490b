"""What scikit-learn hands over, as a table."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loop.core.candidate import FieldValue
from loop.core.ports import Table
from loop.errors import DataError


def table_of(rows: Any, structure: str, *, plain: bool) -> Table:
    """Return X as a table.

    Args:
        rows: DataFrame, list, array or Series.
        structure: Name of the column of structures that come without one.
        plain: X holds numbers, one row each.

    Raises:
        DataError: X is none of these.
    """
    if isinstance(rows, pd.DataFrame):
        columns = {str(name): _cells(rows[name].tolist()) for name in rows.columns}
        return Table("X", columns, 0)
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise DataError(f"X is {type(rows).__name__}; expected structures, one a row")
    if plain:
        array = np.asarray(rows, dtype=np.float64)
        if array.ndim != 2:
            raise DataError(f"X has shape {array.shape}; expected one row of numbers each")
        return Table("X", {f"x{i}": _cells(array[:, i].tolist()) for i in range(array.shape[1])}, 0)
    if isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.shape[1] == 1:
        rows = rows[:, 0]
    if isinstance(rows, np.ndarray) and rows.ndim != 1:
        raise DataError(f"X has shape {rows.shape}; expected one column of structures")
    return Table("X", {structure: _cells(list(rows))}, 0)


def _cells(cells: Sequence[Any]) -> list[FieldValue]:
    return [_cell(row, cell) for row, cell in enumerate(cells)]


def _cell(row: int, cell: Any) -> FieldValue:
    if isinstance(cell, str):
        return str(cell)
    if cell is None or cell is pd.NA:
        return None
    if isinstance(cell, int | float | np.number):
        return None if np.isnan(cell) else float(cell)
    raise DataError(f"X holds {type(cell).__name__} in row {row}; expected texts or numbers")


def values_of(y: Any, n: int) -> list[FieldValue]:
    """Return y as a column.

    Raises:
        DataError: it is no list of n finite numbers.
    """
    values: NDArray[np.float64] = np.asarray(y, dtype=np.float64)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.shape != (n,):
        raise DataError(f"y has shape {values.shape}; expected one value for each of {n} rows")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DataError(f"y holds {values[bad[0]]} in row {bad[0]}; expected finite numbers")
    return [float(value) for value in values]
