"""Reads the tables that ship in the wheels of `chemicals` and `thermo`.

The files are opened as they are: importing `chemicals` would run its own, slower look-up, one
compound at a time. A release of the wheels that moves a table is refused by name.
"""

import json
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loop.errors import DataError, MissingExtraError

PACKAGES = ("chemicals", "thermo")


class WheelTables:
    """Tables of the installed wheels, each read once."""

    def __init__(self, data_set: str) -> None:
        """Find the packages.

        Args:
            data_set: Who asks, for messages.

        Raises:
            MissingExtraError: `chemicals` or `thermo` is not installed.
        """
        self._data_set = data_set
        self._folders = {name: _folder(name, data_set) for name in PACKAGES}
        self._tables: dict[str, pd.DataFrame] = {}

    @staticmethod
    def releases(*also: str) -> dict[str, str]:
        """Return the versions of the wheels, and of the packages named in `also`."""
        return {name: metadata.version(name) for name in (*PACKAGES, *also)}

    def path(self, package: str, name: str) -> Path:
        """Return the path of a file in a wheel.

        Raises:
            DataError: this release of the wheel has no such file.
        """
        path = self._folders[package] / name
        if not path.is_file():
            raise DataError(
                f"the data set {self._data_set} expects the file {name!r} in the package "
                f"{package} {metadata.version(package)}, which has none",
                hint='install the releases it was written for: pip install "synthloop[demo]"',
            )
        return path

    def table(self, name: str, cas: str = "CAS") -> pd.DataFrame:
        """Return a table of `chemicals`, indexed by CAS number as integer.

        CAS numbers are text with hyphens in some tables and integers in others; both become
        the same integer. Rows without one are left out.

        Args:
            name: Path inside the package.
            cas: Column with the CAS number.
        """
        return self.once(name, lambda: self._read(name, cas))

    def once(self, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return what `make` gave when it was first asked for under this name."""
        if name not in self._tables:
            self._tables[name] = make()
        return self._tables[name]

    def _read(self, name: str, cas: str) -> pd.DataFrame:
        path = self.path("chemicals", name)
        table = pd.read_csv(path, sep="\t", dtype={cas: str}, low_memory=False)
        numbers = cas_numbers(table[cas])
        return table[numbers > 0].set_index(pd.Index(numbers[numbers > 0], name="cas"))

    def correlations(self, name: str) -> dict[str, dict[str, Any]]:
        """Return a file of fitted correlations of `thermo`: CAS number as text to its fits."""
        text = self.path("thermo", f"Misc/{name}").read_text(encoding="utf-8")
        found: dict[str, dict[str, Any]] = json.loads(text)
        return found


def cas_numbers(column: pd.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return CAS numbers as integers, shape `(n,)`; 0 where there is none."""
    digits = column.astype(str).str.strip().str.replace("-", "", regex=False)
    return pd.to_numeric(digits, errors="coerce").fillna(0).to_numpy(np.int64)


def cas_text(number: int) -> str:
    """Return a CAS number as it is written, for example 71-43-2 for 71432."""
    return f"{number // 1000}-{number // 10 % 100:02d}-{number % 10}"


def _folder(package: str, data_set: str) -> Path:
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingExtraError(
            f"the data set {data_set} is read from the package {package!r}",
            hint='pip install "synthloop[demo]"',
        )
    return Path(spec.origin).parent
