"""Make the committed element table: `python -m loop.featurize.elements.build`.

It needs the extra `elements-build` and, without its forty dependencies, matminer:
`pip install synthloop[elements-build]; pip install --no-deps matminer==0.10.1`. The releases are
fixed in `sources.VERSIONS`. It prints the error of the filled values by column, and which
columns are left out for it.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.element_symbols import DESCRIBED, SYMBOLS
from loop.errors import DataError
from loop.featurize.elements.catalogue import CANDIDATES, Property
from loop.featurize.elements.imputation import fill, hidden_value_errors
from loop.featurize.elements.sources import LICENCES, VERSIONS, known_values

# A column is left out when more than a third of H to Pu has no value, or when values that were
# hidden come back with an error above 0.6 standard deviations and more than a few are affected.
_WIDEST_GAP: Final = 94 // 3
_LARGEST_ERROR: Final = 0.6
_A_FEW: Final = 5
_DIGITS: Final = 6


@dataclass(frozen=True)
class Built:
    """The table and what is known about its making.

    Attributes:
        properties: Kept columns, p of them.
        values: Shape `(103, p)`, no gaps.
        imputed: Shape `(103, p)`: the value was filled in.
        errors: Shape `(p,)`: of `hidden_value_errors`.
        left_out: Columns that are not in the table, with the reason.
    """

    properties: tuple[Property, ...]
    values: NDArray[np.float64]
    imputed: NDArray[np.bool_]
    errors: NDArray[np.float64]
    left_out: tuple[tuple[Property, str], ...]


def check_versions() -> None:
    """Refuse to build from other releases than the committed table's.

    Raises:
        DataError: another release is installed.
        PackageNotFoundError: a source is not installed.
    """
    for package, wanted in VERSIONS.items():
        if (found := version(package)) != wanted:
            raise DataError(
                f"the element table is made from {package} {wanted}; {found} is installed",
                hint=f"pip install --no-deps {package}=={wanted}",
            )


def build() -> Built:
    """Read the sources, judge the columns, fill the gaps of those that stay."""
    check_versions()
    known = known_values(CANDIDATES)
    logarithmic = np.array([p.scale == "log" for p in CANDIDATES])
    errors = hidden_value_errors(known, logarithmic)
    reasons = [_reason(known[:, j], errors[j]) for j in range(len(CANDIDATES))]
    kept = np.array([not reason for reason in reasons])
    return Built(
        tuple(p for p, reason in zip(CANDIDATES, reasons, strict=True) if not reason),
        rounded(fill(known[:, kept], logarithmic[kept])),
        np.isnan(known[:, kept]),
        errors[kept],
        tuple((p, reason) for p, reason in zip(CANDIDATES, reasons, strict=True) if reason),
    )


def _reason(column: NDArray[np.float64], error: float) -> str:
    gaps, all_gaps = int(np.isnan(column[:94]).sum()), int(np.isnan(column).sum())
    if gaps > _WIDEST_GAP:
        return f"{gaps} of H to Pu are unknown"
    if error > _LARGEST_ERROR and all_gaps > _A_FEW:
        return f"hidden values come back with an error of {error:.2f} sd, {all_gaps} are unknown"
    return ""


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values as the table writes them, with six significant digits."""
    texts = [[f"{value:.{_DIGITS}g}" for value in row] for row in values]
    return np.array(texts, dtype=np.float64)


def write(built: Built, folder: Path) -> None:
    """Write `values.csv`, `imputed.csv` and `properties.csv`."""
    names = [p.name for p in built.properties]
    values = [[f"{v:.{_DIGITS}g}" for v in row] for row in built.values]
    flags = [["1" if flag else "0" for flag in row] for row in built.imputed]
    for file, cells in (("values.csv", values), ("imputed.csv", flags)):
        rows = [[SYMBOLS[z], *cells[z]] for z in range(DESCRIBED)]
        _write_csv(folder / file, ["symbol", *names], rows)
    rows = [
        [
            p.name, p.unit, p.package, VERSIONS[p.package], LICENCES[p.package],
            p.attribute, p.scale, str(int(built.imputed[:, j].sum())),
            "" if np.isnan(built.errors[j]) else f"{built.errors[j]:.2f}",
        ]
        for j, p in enumerate(built.properties)
    ]  # fmt: skip
    header = [
        "name", "unit", "package", "version", "licence", "attribute", "scale", "imputed",
        "error_sd",
    ]  # fmt: skip
    _write_csv(folder / "properties.csv", header, rows)


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _report(built: Built) -> str:
    lines = ["column                           filled  error [sd of the column]"]
    for j, p in enumerate(built.properties):
        if built.imputed[:, j].any():
            lines.append(f"{p.name:32s} {built.imputed[:, j].sum():6d}  {built.errors[j]:.2f}")
    lines.append(f"{len(built.properties)} columns; median error {np.nanmedian(built.errors):.2f}")
    lines.extend(f"left out: {p.name}: {reason}" for p, reason in built.left_out)
    return "\n".join(lines)


if __name__ == "__main__":
    table = build()
    write(table, Path(__file__).parent)
    sys.stdout.write(_report(table) + "\n")
