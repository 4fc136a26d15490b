"""Ways to read one property out of the tables of the wheels: a column, or a fit at 298.15 K."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loop.datasets.wheel_tables import WheelTables, cas_numbers

TEMPERATURE: Final = 298.15
_NEAR: Final = 10.0

Reader = Callable[[WheelTables], pd.Series]
Formula = Callable[[pd.DataFrame], pd.Series | NDArray[np.float64]]


def column(name: str, value: str, scale: float = 1.0) -> Reader:
    """Return a reader of one column of a table of `chemicals`, times `scale`."""

    def read(wheels: WheelTables) -> pd.Series:
        return pd.to_numeric(wheels.table(name)[value], errors="coerce").dropna() * scale

    return read


def near_room_temperature(name: str, value: str, temperature: str) -> Reader:
    """Return a reader of the values measured within 10 K of 298.15 K; others are left out."""

    def read(wheels: WheelTables) -> pd.Series:
        table = wheels.table(name)
        away = (pd.to_numeric(table[temperature], errors="coerce") - TEMPERATURE).abs()
        return pd.to_numeric(table[value], errors="coerce")[away <= _NEAR].dropna()

    return read


def fit(
    name: str, formula: Formula, low: str = "Tmin", high: str = "Tmax", cas: str = "CAS"
) -> Reader:
    """Return a reader that evaluates a correlation at 298.15 K, inside its own range only.

    Args:
        name: Table of `chemicals` with one correlation per row.
        formula: Rows to values at `TEMPERATURE`.
        low: Column with the lowest temperature of the range, K.
        high: Column with the highest.
        cas: Column with the CAS number.
    """

    def read(wheels: WheelTables) -> pd.Series:
        table = wheels.table(name, cas)
        inside = (table[low] <= TEMPERATURE) & (table[high] >= TEMPERATURE)
        rows = table[inside]
        return pd.Series(np.asarray(formula(rows), dtype=float), index=rows.index).dropna()

    return read


def saturated_fit(name: str, formula: Formula) -> Reader:
    """Return a reader of a VDI correlation, used between melting and critical temperature.

    Those tables give no range; both limits stand in VDI's table of vapour pressures.
    """
    limits = "Vapor Pressure/VDI PPDS Boiling temperatures at different pressures.tsv"

    def read(wheels: WheelTables) -> pd.Series:
        bounds = wheels.table(limits)[["Tm", "Tc"]].add_prefix("limit_")
        rows = wheels.table(name).join(bounds, how="inner")
        rows = rows[(rows["limit_Tm"] < TEMPERATURE) & (rows["limit_Tc"] > TEMPERATURE)]
        return pd.Series(np.asarray(formula(rows), dtype=float), index=rows.index).dropna()

    return read


def json_fits(
    name: str, section: str, model: str, formula: Callable[[Mapping[str, float]], float]
) -> Reader:
    """Return a reader of correlations of `thermo` at 298.15 K, inside their own range only."""

    def read(wheels: WheelTables) -> pd.Series:
        numbers: list[str] = []
        values: list[float] = []
        for cas, record in wheels.correlations(name).items():
            fits: dict[str, dict[str, Any]] = record.get(section, {}).get(model, {})
            for coefficients in fits.values():
                if coefficients["Tmin"] <= TEMPERATURE <= coefficients["Tmax"]:
                    numbers.append(cas)
                    values.append(formula(coefficients))
        return pd.Series(values, index=pd.Index(cas_numbers(pd.Series(numbers, dtype=str))))

    return read
