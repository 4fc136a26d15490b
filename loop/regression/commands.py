"""What the command line does with models of tables."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from loop.core.candidate import Material
from loop.core.ports import Progress, Table, silent
from loop.errors import ConfigError, DataError
from loop.regression.card import ModelCard
from loop.regression.describing import Workshop
from loop.regression.folder import read_model, refuse_folder, write_model
from loop.regression.foreseen import Predictions
from loop.regression.measured import SHOWN, measured
from loop.regression.model import fit_model
from loop.regression.request import FitRequest
from loop.regression.structures import structures_of, text_of
from loop.settings import Settings
from loop.space.pool import PoolFiles

COLUMNS: Final = (
    "row", "structure", "mean", "sd", "low90", "high90", "unit", "sd_model", "distance",
    "leverage", "outside", "failure",
)  # fmt: skip


@dataclass(frozen=True)
class PredictedRow:
    """One row of a table; numbers are None where `failure` says why.

    Attributes:
        row: Its number in the file.
        structure: As it stands there; for plain columns their values.
        mean: Prediction.
        sd: Standard deviation of one new measurement, noise included.
        low90: Lower end of its 90 % interval.
        high90: Upper end.
        unit: Of all of these.
        sd_model: Standard deviation without noise.
        distance: To the nearest structure of the training.
        leverage: Near 1 for what is unlike everything in the training.
        outside: The interval is no calibrated probability.
        failure: Why there is no prediction, or empty.
    """

    row: int
    structure: str
    mean: float | None
    sd: float | None
    low90: float | None
    high90: float | None
    unit: str
    sd_model: float | None
    distance: float | None
    leverage: float | None
    outside: bool | None
    failure: str


def read_table(file: Path) -> Table:
    """Return the table of a CSV or parquet file.

    Raises:
        DataError: it cannot be read.
    """
    return PoolFiles().read(file)


def fit_table(
    settings: Settings,
    table: Table,
    request: FitRequest,
    out: Path,
    *,
    skip: bool = False,
    progress: Progress = silent,
) -> ModelCard:
    """Fit a model to a table and write it; return its card.

    Args:
        settings: Name the workspace with the source library.
        table: As it was read.
        request: What is asked.
        out: Folder of the model.
        skip: Leave out rows that cannot be used instead of refusing the table.
        progress: Told how far it is.

    Raises:
        ConfigError: the folder cannot be used, or the surrogate is unknown.
        DataError: rows cannot be used; all are named, and nothing is written.
        ModelError: no fit was found.
    """
    refuse_folder(out)
    if request.material is Material.COLUMNS and not request.features:
        raise ConfigError("material columns needs --features with the names of numeric columns")
    workshop = Workshop(settings)
    workshop.surrogate(request)
    found = measured(table, request, skip=skip)
    return write_model(fit_model(request, found, workshop, skip=skip, progress=progress), out)


def predict_table(
    settings: Settings, folder: Path, file: Path, progress: Progress = silent
) -> tuple[list[PredictedRow], ModelCard]:
    """Return a prediction, or a failure, for every row of a table, with the card of the model.

    Raises:
        NotFoundError: there is no model in the folder.
        ModelError: it is damaged, or descriptors or source library are other ones than at the fit.
        DataError: the table cannot be read or lacks a column, or every row failed.
    """
    model, card = read_model(folder)
    request = model.request
    table = read_table(file)
    found = structures_of(table, request)
    good = [row for row in range(len(table)) if row not in found.problems]
    failures = {row: f"expected {p.expected}" for row, p in found.problems.items()}
    places: dict[int, int] = {}
    told = None
    if good:
        pool = found.pool(request.material, good, [str(row) for row in good])
        told = model.predict(pool, Workshop(settings), progress)
        failures |= {good[at]: why for at, why in told.failures.items()}
        places = {row: at for at, row in enumerate(good) if at not in told.failures}
    if len(failures) == len(table):
        problems = [found.problems[row] for row in sorted(found.problems)]
        raise DataError(
            f"none of {len(table)} rows of {table.source} can be described",
            problems=problems[:SHOWN],
            hint=next(iter(failures.values())) if not problems else "",
        )
    rows = [
        _row(table, request, row, None if row in failures else told, places.get(row, 0), failures)
        for row in range(len(table))
    ]
    return rows, card


def _row(
    table: Table,
    request: FitRequest,
    row: int,
    told: Predictions | None,
    at: int,
    failures: dict[int, str],
) -> PredictedRow:
    named = request.features or (request.structure,)
    text = ", ".join(text_of(table.columns[name][row]) for name in named)

    def number(values: np.ndarray | None) -> float | None:
        return None if values is None or np.isnan(values[at]) else float(values[at])

    return PredictedRow(
        row=table.first_row + row,
        structure=text,
        mean=number(told.mean if told else None),
        sd=number(told.sd if told else None),
        low90=number(told.low if told else None),
        high90=number(told.high if told else None),
        unit=request.unit,
        sd_model=number(told.sd_model if told else None),
        distance=number(told.distance if told else None),
        leverage=number(told.leverage if told else None),
        outside=bool(told.outside[at]) if told else None,
        failure=failures.get(row, ""),
    )


def refuse_file(out: Path) -> None:
    """Return if predictions can be written to such a file.

    Raises:
        ConfigError: its name ends otherwise, or there is no folder above it.
    """
    if out.suffix != ".csv":
        raise ConfigError(f"--out is {out}; expected a name that ends in .csv")
    if not out.parent.is_dir():
        raise ConfigError(f"--out is {out}; there is no folder {out.parent}")


def write_predictions(rows: list[PredictedRow], out: Path) -> None:
    """Write predictions as CSV, whole or not at all.

    Raises:
        ConfigError: the file cannot be one.
    """
    refuse_file(out)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(rows))
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        draft.write_text(text.getvalue(), encoding="utf-8", newline="")
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _cells(rows: list[PredictedRow]) -> Iterator[list[object]]:
    for row in rows:
        cells = [getattr(row, name) for name in COLUMNS]
        yield ["" if cell is None else repr(cell) if isinstance(cell, float) else cell
               for cell in cells]  # fmt: skip
