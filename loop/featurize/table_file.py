"""A table described outside of a campaign: every row in, a file of descriptors out."""

import csv
import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Table
from loop.errors import ConfigError, DataError, Problem
from loop.featurize.feature_file import WRITERS, as_text

_SHOWN: Final = 20


@dataclass(frozen=True)
class Wanted:
    """What is to be described.

    Attributes:
        file: CSV or parquet.
        material: What its rows are.
        structure: Column of the structures; unused for plain columns.
        features: For the featurizer of plain columns: their names.
        out: A .parquet, .csv or .npz file.
        workers: Processes for big tables; the featurizer's own choice when absent.
        cache: Folder where values are kept, if anywhere.
    """

    file: Path
    material: Material
    structure: str
    out: Path
    features: tuple[str, ...] = ()
    workers: int | None = None
    cache: Path | None = None

    def space(self) -> PoolSpace:
        """Return the table as the space of a campaign."""
        return PoolSpace.model_construct(
            material=self.material, structure=self.structure, features=self.features
        )


@dataclass(frozen=True)
class Failure:
    """A row that could not be described; `row` counts as the file does."""

    row: int
    structure: str
    reason: str


@dataclass(frozen=True)
class Described:
    """Account of a description.

    Attributes:
        out: The file that was written.
        n_rows: Rows of the table, and of the file.
        blocks: Name, kind and number of columns of each block.
        failures: The rows without values.
        failures_file: Where they are listed, if there are any.
    """

    out: Path
    n_rows: int
    blocks: tuple[tuple[str, str, int], ...]
    failures: tuple[Failure, ...]
    failures_file: Path | None


def read_choice(path: str) -> dict[str, Any]:
    """Return the featurizer of a TOML file: `[[blocks]]`, or `[featurizer]` as in a campaign.

    Raises:
        ConfigError: there is no such file, or it is no such TOML.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise ConfigError(f"the featurizer {path} cannot be read: {cause}") from cause
    choice = content.get("featurizer", content)
    if not isinstance(choice, dict) or not {"kind", "blocks"} & set(choice):
        raise ConfigError(
            f"{path} names no blocks; it has {', '.join(content) or 'nothing'}",
            hint='write [[blocks]] and below it kind = "…", once for every block',
        )
    return {"kind": "blocks", **choice}


def pool_of(table: Table, wanted: Wanted) -> CandidatePool:
    """Return every row of a table as a candidate, whatever is wrong with it.

    Raises:
        DataError: the table lacks the column of the structures.
    """
    own = None if wanted.material is Material.COLUMNS else wanted.structure
    if own is not None and own not in table.columns:
        expected = f"one of {', '.join(table.columns)}"
        raise DataError(
            f"{table.source} has no column with structures",
            problems=[Problem(table.source, "--structure", own, expected)],
        )
    structures = tuple(as_text(v) for v in table.columns[own]) if own else ("",) * len(table)
    numbers = tuple(str(table.first_row + row) for row in range(len(table)))
    fields = {name: tuple(column) for name, column in table.columns.items() if name != own}
    return CandidatePool(wanted.material, numbers, structures, numbers, fields)


def refuse_format(out: Path) -> None:
    """Return if descriptors can be written to such a file.

    Raises:
        ConfigError: its name ends otherwise, or its folder is missing.
    """
    if out.suffix not in WRITERS:
        raise ConfigError(f"--out is {out}; expected a name that ends in {', '.join(WRITERS)}")
    if not out.parent.is_dir():
        raise ConfigError(f"--out is {out}; there is no folder {out.parent}")


def write_described(
    wanted: Wanted, table: Table, pool: CandidatePool, matrix: FeatureMatrix
) -> Described:
    """Write the descriptors, and beside them the failures if there are any.

    A row that failed has no values: an empty cell, or in `.npz` a row of 0 marked in `failed`.

    Raises:
        DataError: no row could be described; nothing is written.
    """
    failures = tuple(
        Failure(table.first_row + row, pool.structures[row], reason)
        for row, reason in matrix.failures.items()
    )
    if len(failures) == len(pool):
        problems = [
            Problem(table.source, f"row {f.row}", f.structure, f.reason) for f in failures[:_SHOWN]
        ]
        raise DataError(f"none of {len(pool)} rows can be described", problems=problems)
    beside = wanted.out.with_suffix(".failures.csv")
    if failures:
        with _whole(beside) as draft:
            _write_failures(draft, failures)
    else:
        beside.unlink(missing_ok=True)
    with _whole(wanted.out) as draft:
        WRITERS[wanted.out.suffix](draft, table, matrix)
    blocks = tuple((block.name, block.kind, len(block.columns)) for block in matrix.blocks)
    return Described(wanted.out, len(pool), blocks, failures, beside if failures else None)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a name to write to; the file gets its own once it is whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_failures(path: Path, failures: Sequence[Failure]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("row", "structure", "reason"))
        writer.writerows((f.row, f.structure, f.reason) for f in failures)
