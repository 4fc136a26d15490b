"""Measured values of a table: one per structure, in one unit, with their noise."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.base import Frozen
from loop.core.candidate import CandidatePool
from loop.core.dataset import TrainingData
from loop.core.ports import Table
from loop.errors import DataError, Problem, UnitError
from loop.regression.cells import CellValue, cell_value, target_column
from loop.regression.request import FitRequest, split_header
from loop.regression.structures import Structures, structures_of, text_of

SHOWN: Final = 50


class Skipped(Frozen):
    """A row that the model has not learned from.

    Attributes:
        row: Its number in the file.
        text: What stood there.
        reason: Why it was left out.
    """

    row: int
    text: str
    reason: str


@dataclass(frozen=True)
class Measured:
    """The structures that were measured, sorted by key, so that the order of rows is of no matter.

    Attributes:
        pool: One candidate per structure; its id is the number of the first row.
        keys: Of the structures, length n.
        data: Their values, in the unit of the request.
        skipped: Rows that were left out.
        rows: How many rows went in.
    """

    pool: CandidatePool
    keys: tuple[str, ...]
    data: TrainingData
    skipped: tuple[Skipped, ...]
    rows: int

    def without(self, lost: Iterable[int], reasons: dict[int, str]) -> "Measured":
        """Return the same without some structures, each skipped for a reason."""
        gone = set(lost)
        keep = [i for i in range(len(self.keys)) if i not in gone]
        data, pool = self.data, self.pool
        noise = data.noise_variance
        return Measured(
            pool=CandidatePool(
                pool.material,
                tuple(pool.ids[i] for i in keep),
                tuple(pool.structures[i] for i in keep),
                tuple(pool.labels[i] for i in keep),
                {name: tuple(cells[i] for i in keep) for name, cells in pool.fields.items()},
            ),
            keys=tuple(self.keys[i] for i in keep),
            data=TrainingData(
                tuple(data.candidate_ids[i] for i in keep),
                data.y[keep],
                None if noise is None else noise[keep],
                data.replicates[keep],
                data.version,
            ),
            skipped=(
                *self.skipped,
                *(
                    Skipped(row=int(pool.ids[i]), text=pool.structures[i], reason=reasons[i])
                    for i in sorted(gone)
                ),
            ),
            rows=self.rows - int(sum(data.replicates[i] for i in gone)),
        )


def measured(table: Table, request: FitRequest, *, skip: bool = False) -> Measured:
    """Return the measured structures of a table.

    Rows without a value and limits ("< 5") are left out. Rows of one structure are replicates:
    their values are averaged. The noise of a mean is that stated beside every value ("5 ± 0.2"),
    else the spread of the replicates, pooled over all structures, else unknown.

    Args:
        table: As it was read.
        request: Names the columns and the unit.
        skip: Leave out rows that cannot be read instead of refusing the table.

    Raises:
        DataError: the table lacks a column, or rows cannot be read; all are named at once.
    """
    column = target_column(table, request)
    found = structures_of(table, request)
    unit = split_header(column)[1] or request.unit
    values: list[CellValue] = []
    skipped: list[Skipped] = []
    problems: list[Problem] = []
    for row, cell in enumerate(table.columns[column]):
        number = table.first_row + row
        try:
            value, reason = cell_value(row, cell, unit, request.unit)
        except UnitError as error:
            problems.append(
                Problem(
                    table.source, _at(number, column), text_of(cell), f"a unit: {error.message}"
                )
            )
            continue
        except DataError:
            expected = "a finite number that reads in one way only, as 1.5, 2e-3 or 512 ± 3"
            problems.append(Problem(table.source, _at(number, column), text_of(cell), expected))
            continue
        if reason:
            skipped.append(Skipped(row=number, text=text_of(cell), reason=reason))
        elif row in found.problems:
            problems.append(found.problems[row])
        elif value is not None:
            values.append(value)
    if problems and not skip:
        refuse(table.source, problems)
    skipped += [
        Skipped(row=_number_of(p), text=p.value, reason=f"expected {p.expected}") for p in problems
    ]
    if not values:
        raise DataError(
            f"{table.source} has no row with a structure and a value in {column!r}",
            hint="name the columns with --structure and --target",
        )
    return _joined(table, request, found, values, tuple(sorted(skipped, key=lambda s: s.row)))


def refuse(source: str, problems: Sequence[Problem]) -> None:
    """Refuse a table.

    Raises:
        DataError: always, with the first problems.
    """
    more = len(problems) - SHOWN
    raise DataError(
        f"{source} has {len(problems)} bad rows"
        + (f"; {more} more are not shown" if more > 0 else ""),
        problems=problems[:SHOWN],
        hint="mend the rows, or leave them out with --skip-bad-rows",
    )


def _at(number: int, column: str) -> str:
    return f"row {number}, column {column}"


def _number_of(problem: Problem) -> int:
    return int(problem.place.removeprefix("row ").partition(",")[0])


def _joined(
    table: Table,
    request: FitRequest,
    found: Structures,
    values: Sequence[CellValue],
    skipped: tuple[Skipped, ...],
) -> Measured:
    groups: dict[str, list[CellValue]] = {}
    for value in values:
        groups.setdefault(found.keys[value.row] or "", []).append(value)
    keys = tuple(sorted(groups))
    ordered = [sorted(groups[key], key=lambda v: (v.value, v.sd or 0.0)) for key in keys]
    # The first spelling in the order of spellings: the order of rows must not change the model.
    rows = [min((v.row for v in groups[key]), key=lambda r: found.texts[r]) for key in keys]
    ids = tuple(str(table.first_row + min(v.row for v in groups[key])) for key in keys)
    counts = np.array([len(group) for group in ordered], dtype=np.int64)
    y = np.array([math.fsum(v.value for v in group) / len(group) for group in ordered])
    data = TrainingData(ids, y, _noise(ordered, y, counts), counts, 0)
    return Measured(found.pool(request.material, rows, ids), keys, data, skipped, len(values))


def _noise(
    groups: Sequence[Sequence[CellValue]], y: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    if all(v.sd for group in groups for v in group):
        stated = [math.fsum((v.sd or 0.0) ** 2 for v in group) / len(group) for group in groups]
        return np.asarray(np.array(stated) / counts)
    freedom = int((counts - 1).sum())
    if freedom == 0:
        return None
    squares = math.fsum(
        (v.value - mean) ** 2 for group, mean in zip(groups, y, strict=True) for v in group
    )
    return np.asarray(squares / freedom / counts)
