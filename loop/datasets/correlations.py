"""Equations whose fitted coefficients the wheels carry, evaluated at 298.15 K for whole tables.

Names are those of the sources: DIPPR equations 100, 101, 106; PPDS equations of the VDI Heat
Atlas (2010); Viswanath & Natarajan, Databook on the Viscosity of Liquids (1989); Jasper, J. Phys.
Chem. Ref. Data 1, 841 (1972); Mulero et al., J. Phys. Chem. Ref. Data 41, 043105 (2012);
Somayajulu, Int. J. Thermophys. 9, 559 (1988); Kabo & Roganov, Thermodynamics of Organic Compounds
in the Gas State (1994).
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loop.datasets.table_readers import TEMPERATURE

T: Final = TEMPERATURE
GAS_CONSTANT: Final = 8.314462618
Values = NDArray[np.float64]


def _numbers(rows: pd.DataFrame, *names: str) -> list[Values]:
    return [pd.to_numeric(rows[name], errors="coerce").to_numpy(float) for name in names]


def dippr_100(rows: pd.DataFrame) -> Values:
    """Return A + B T + C T^2 + D T^3 + E T^4."""
    return np.asarray(
        sum(np.nan_to_num(c) * T**i for i, c in enumerate(_numbers(rows, *"ABCDE"))), dtype=float
    )


def dippr_101(rows: pd.DataFrame) -> Values:
    """Return exp(C1 + C2/T + C3 ln T + C4 T^C5): viscosity in Pa s."""
    c1, c2, c3, c4, c5 = _numbers(rows, "C1", "C2", "C3", "C4", "C5")
    return np.asarray(np.exp(c1 + c2 / T + c3 * np.log(T) + c4 * T**c5))


def dippr_106(rows: pd.DataFrame) -> Values:
    """Return A (1 - Tr)^(B + C Tr + D Tr^2 + E Tr^3)."""
    tc, a, b, c, d, e = _numbers(rows, "Tc", *"ABCDE")
    tr = T / tc
    return np.asarray(a * (1 - tr) ** (b + c * tr + d * tr**2 + e * tr**3))


def perry_vaporization(rows: pd.DataFrame) -> Values:
    """Return C1 (1 - Tr)^(C2 + C3 Tr + C4 Tr^2) in J/mol; Perry's table 2-150."""
    tc, c1, c2, c3, c4 = _numbers(rows, "Tc", "C1", "C2", "C3", "C4")
    tr = T / tc
    return np.asarray(c1 * (1 - tr) ** (c2 + c3 * tr + c4 * tr**2))


def ppds_9(rows: pd.DataFrame) -> Values:
    """Return E exp(A q^(1/3) + B q^(4/3)), q = (C - T)/(T - D): viscosity in Pa s."""
    a, b, c, d, e = _numbers(rows, *"ABCDE")
    root = np.cbrt((c - T) / (T - d))
    return np.asarray(e * np.exp(a * root + b * root**4))


def ppds_12(rows: pd.DataFrame) -> Values:
    """Return R Tc (A t^(1/3) + B t^(2/3) + C t + D t^2 + E t^6), t = 1 - Tr, in J/mol."""
    tc, a, b, c, d, e = _numbers(rows, "Tc", *"ABCDE")
    t = 1 - T / tc
    series = a * np.cbrt(t) + b * np.cbrt(t) ** 2 + c * t + d * t**2 + e * t**6
    return np.asarray(GAS_CONSTANT * tc * series)


def vdi_density(rows: pd.DataFrame) -> Values:
    """Return rhoc + A t^0.35 + B t^(2/3) + C t + D t^(4/3), t = 1 - Tr, in kg/m3."""
    tc, rhoc, a, b, c, d = _numbers(rows, "Tc", "rhoc", *"ABCD")
    t = 1 - T / tc
    return np.asarray(rhoc + a * t**0.35 + b * t ** (2 / 3) + c * t + d * t ** (4 / 3))


def viswanath_natarajan_3(rows: pd.DataFrame) -> Values:
    """Return 10^(A + B/(C - T)) mPa s, in Pa s. Dutt & Prasad's table has the same form."""
    a, b, c = _numbers(rows, *"ABC")
    return np.asarray(10 ** (a + b / (c - T) - 3))


def antoine(rows: pd.DataFrame) -> Values:
    """Return exp(A - B/(T + C)): vapour pressure in Pa."""
    a, b, c = _numbers(rows, *"ABC")
    with np.errstate(
        over="ignore"
    ):  # A few rows have a pole near T; the plausible range ends them.
        return np.asarray(np.exp(a - b / (T + c)))


def jasper(rows: pd.DataFrame) -> Values:
    """Return a - b (T - 273.15) mN/m."""
    a, b = _numbers(rows, "a", "b")
    return a - b * (T - 273.15)


def mulero(rows: pd.DataFrame) -> Values:
    """Return the sum of sigma_i (1 - Tr)^n_i, in mN/m."""
    tc, *terms = _numbers(rows, "Tc", "sigma0", "n0", "sigma1", "n1", "sigma2", "n2")
    total = sum(s * (1 - T / tc) ** n for s, n in zip(terms[::2], terms[1::2], strict=True))
    return np.asarray(1e3 * total, dtype=float)


def somayajulu(rows: pd.DataFrame) -> Values:
    """Return A x^(5/4) + B x^(9/4) + C x^(13/4) mN/m, x = 1 - Tr."""
    tc, a, b, c = _numbers(rows, "Tc", *"ABC")
    x = 1 - T / tc
    return np.asarray(a * x**1.25 + b * x**2.25 + c * x**3.25)


def trc_heat_capacity(rows: pd.DataFrame) -> Values:
    """Return the ideal-gas heat capacity in J/mol/K; equation of Kabo & Roganov."""
    a0, a1, a2, a3, a4, a5, a6, a7 = _numbers(rows, *(f"a{i}" for i in range(8)))
    y = np.where(a7 < T, (T - a7) / (T + a6), 0.0)
    last = a4 - np.where(a7 == T, 0.0, a5 / np.where(a7 == T, 1.0, T - a7) ** 2)
    series = a0 + a1 / T**2 * np.exp(-a2 / T) + a3 * y**2 + last * y**8
    return np.asarray(GAS_CONSTANT * series)


def permittivity(rows: pd.DataFrame) -> Values:
    """Return A + B T + C T^2 + D T^3, the relative permittivity."""
    a, b, c, d = (np.nan_to_num(v) for v in _numbers(rows, *"ABCD"))
    return np.asarray(a + b * T + c * T**2 + d * T**3)


def polynomial(coefficients: Mapping[str, float]) -> float:
    """Return DIPPR 100 of one JSON record."""
    return float(sum(coefficients.get(c, 0.0) * T**i for i, c in enumerate("ABCDEFG")))


def sigma_of(coefficients: Mapping[str, float]) -> float:
    """Return the sum of sigma_i (1 - Tr)^n_i of one JSON record, in N/m."""
    x = 1 - T / coefficients["Tc"]
    terms = [(coefficients.get(f"sigma{i}", 0.0), coefficients.get(f"n{i}", 0.0)) for i in range(3)]
    return float(sum(sigma * x**power for sigma, power in terms))
