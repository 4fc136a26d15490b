"""From a table to a pool: every row gets in, or an account is given of why not."""

import csv
import difflib
import gzip
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from loop.core.candidate import CandidatePool, FieldValue, Material
from loop.core.definition import PoolSpace
from loop.core.ports import PoolBuild, Table
from loop.core.space import ForbiddenPattern
from loop.errors import ConfigError, DataError, Problem
from loop.space.chain import UnreadableStructureError
from loop.space.chemistry import canonical_key, matches, pattern

if TYPE_CHECKING:
    from loop.space.crystals import CrystalRecord

_SHOWN: Final = 50
_ID = re.compile(r"[\w.:+-]{1,64}")
_LISTS: Final = {"space": "pool", "space.examples": "list of examples"}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")


class PoolFiles:
    """Reads tables and builds pools."""

    def read(self, path: Path, section: str = "space") -> Table:
        """Return the table of a CSV (also .gz, `;` or tab) or parquet file.

        Cells that are plain numbers become floats, empty ones None, all others stay text; a
        formula such as NaN (sodium nitride) is text.

        Args:
            path: The file.
            section: Of the campaign file, which says what the table lists: "space" or
                "space.examples".

        Raises:
            DataError: it cannot be read; the message names file and place.
        """
        try:
            return self._table(path)
        except _UnreadableError as found:
            raise DataError(
                f"the {_LISTS[section]} {path} cannot be read", problems=[found.problem]
            ) from found.__cause__

    def _table(self, path: Path) -> Table:
        if not path.exists():
            raise _unreadable(path, "file", "nothing", "a CSV or parquet file")
        if path.is_dir():
            raise _unreadable(path, "file", "a folder", "a CSV or parquet file")
        if path.suffix == ".parquet":
            return self._parquet(path)
        return self._csv(path)

    def _parquet(self, path: Path) -> Table:
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as cause:
            raise _unreadable(path, "file", str(cause)[:80], "a parquet file") from cause
        columns = {str(name): [_cell(v) for v in frame[name].tolist()] for name in frame.columns}
        return Table(str(path), columns, first_row=1)

    def _csv(self, path: Path) -> Table:
        try:
            raw = path.read_bytes()
            if raw[:2] == b"\x1f\x8b":
                raw = gzip.decompress(raw)
            text = raw.decode("utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
        except (OSError, EOFError) as cause:
            raise _unreadable(path, "file", str(cause), "a readable file") from cause
        except UnicodeDecodeError as cause:
            shown = repr(cause.object[cause.start : cause.start + 1])
            raise _unreadable(path, f"byte {cause.start}", shown, "UTF-8 text") from cause
        if "\x00" in text:
            raise _unreadable(path, "file", "binary data", "a text file")
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count)
        try:
            rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
        except csv.Error as cause:
            raise _unreadable(path, "file", str(cause), "a CSV table") from cause
        return _table(path, rows)

    def build(self, table: Table, space: PoolSpace, slug: str, section: str = "space") -> PoolBuild:
        """Return the pool of a table.

        Args:
            table: The table.
            space: How it is read.
            slug: The campaign.
            section: See `read`.

        Raises:
            ConfigError: a SMARTS pattern cannot be read.
            DataError: with one problem per bad row, unless `space` says to skip or merge.
        """
        del slug
        _check_columns(table, space, section)
        check_patterns(space.forbid)
        gather = _Gathered(table, space, section)
        for row in range(len(table)):
            gather.take(row)
        return gather.finish()


def _cell(value: object) -> FieldValue:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return float(value)
    return _parsed(str(value))


def _parsed(text: str) -> FieldValue:
    plain = text.strip()
    if not plain:
        return None
    if _NUMBER.fullmatch(plain) and math.isfinite(float(plain)):
        return float(plain)
    return plain


class _UnreadableError(Exception):
    """A table cannot be read; whoever knows what it lists says so."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def _unreadable(path: Path, place: str, value: str, expected: str) -> _UnreadableError:
    return _UnreadableError(Problem(str(path), place, value, expected))


def _table(path: Path, rows: list[list[str]]) -> Table:
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    if len(rows) < 2:
        given = str(max(len(rows) - 1, 0))
        raise _unreadable(path, "rows", given, "a header and at least one row below it")
    header = [name.strip() for name in rows[0]]
    problems = [
        Problem(str(path), f"row {number}", f"{len(row)} cells", f"{len(header)}, as in row 1")
        for number, row in enumerate(rows[1:], start=2)
        if len(row) != len(header)
    ]
    problems += [
        Problem(str(path), "row 1", name or "an empty name", "column names that are unique")
        for name in sorted({n for n in header if header.count(n) > 1 or not n})
    ]
    if problems:
        raise DataError(f"{path} is no table", problems=problems[:_SHOWN])
    columns = {name: [_parsed(row[i]) for row in rows[1:]] for i, name in enumerate(header)}
    return Table(str(path), columns, first_row=2)


def _check_columns(table: Table, space: PoolSpace, section: str) -> None:
    wanted = {f"{section}.label": space.label, f"{section}.id": space.id}
    if space.material is not Material.COLUMNS:
        wanted[f"{section}.structure"] = space.structure
    wanted |= {f"{section}.features[{i}]": name for i, name in enumerate(space.features)}
    known = list(table.columns)
    problems = []
    for place, name in wanted.items():
        if name is not None and name not in table.columns:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" ({near[0]!r}?)" if near else ""
            expected = f"a column of {table.source}: {', '.join(known)}{hint}"
            problems.append(Problem(table.source, place, name, expected))
    if problems:
        raise DataError(
            f"the {_LISTS[section]} {table.source} lacks columns",
            problems=problems,
            hint=f"name a column of the table under [{section}], or give the table that header",
        )


def check_patterns(forbid: Sequence[ForbiddenPattern]) -> None:
    """Return if RDKit reads every forbidden substructure.

    Raises:
        ConfigError: with one problem per pattern that it does not.
    """
    problems = [
        Problem("campaign file", f"space.forbid[{i}].smarts", f.smarts, "a SMARTS RDKit reads")
        for i, f in enumerate(forbid)
        if pattern(f.smarts) is None
    ]
    if problems:
        raise ConfigError(
            "a forbidden substructure cannot be read",
            problems=problems,
            hint="mend the SMARTS under [space], then check again",
        )


@dataclass
class _Gathered:
    """The rows that got in so far, and the account of the others."""

    table: Table
    space: PoolSpace
    section: str = "space"
    rows: list[int] = field(default_factory=list)
    structures: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    excluded: list[tuple[int, str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def _number(self, row: int) -> int:
        return row + self.table.first_row

    def _text(self, column: str, row: int) -> str:
        value = self.table.columns[column][row]
        if value is None:
            return ""
        return f"{value:g}" if isinstance(value, float) else value

    def _label(self, row: int) -> str:
        if self.space.label:
            return self._text(self.space.label, row)
        if self.space.material is Material.COLUMNS:
            return ""
        # A crystal may stand there as a file's whole text.
        return self._text(self.space.structure, row).split("\n", 1)[0]

    def _bad(self, row: int, column: str, value: str, expected: str) -> None:
        if self.space.on_invalid == "skip":
            self.excluded.append((self._number(row), self._label(row), f"unusable: {expected}"))
            return
        place = f"row {self._number(row)}, column {column}"
        self.problems.append(Problem(self.table.source, place, value, expected))

    def take(self, row: int) -> None:
        """Let a row in, or write down why not."""
        space = self.space
        for name in space.features:
            value = self.table.columns[name][row]
            if not isinstance(value, float):
                self._bad(row, name, self._text(name, row), "a number")
                return
        structure, key, label = self._structure(row)
        if key is None:
            return
        for rule in space.forbid:
            if matches(structure, rule.smarts):
                self.excluded.append(
                    (self._number(row), self._label(row), f"forbidden: {rule.reason}")
                )
                return
        if not self._unique(row, key):
            return
        self.keys[key] = row
        self.rows.append(row)
        self.structures.append(structure)
        self.labels.append(label)

    def _structure(self, row: int) -> tuple[str, str | None, str]:
        """Return what the pool stores, the key that duplicates share, and the label."""
        space = self.space
        label = self._label(row)
        if space.material is Material.COLUMNS:
            if space.id:
                return "", self._text(space.id, row), label
            return "", "|".join(self._text(name, row) for name in self.table.columns), label
        structure = self._text(space.structure, row)
        try:
            if space.material is Material.CRYSTAL:
                crystal = self._crystal(structure)
                return crystal.stored, crystal.key, label if space.label else crystal.label
            return structure, canonical_key(space.material, structure), label
        except UnreadableStructureError as error:
            self._bad(row, space.structure, structure, str(error))
            return structure, None, label

    def _crystal(self, cell: str) -> "CrystalRecord":
        from loop.space.crystals import crystal_text, read_crystal

        return read_crystal(crystal_text(cell, Path(self.table.source).parent))

    def _unique(self, row: int, key: str) -> bool:
        if key in self.keys:
            first = self._number(self.keys[key])
            if self.space.on_duplicate == "merge":
                self.excluded.append((self._number(row), self._label(row), "duplicate"))
                return False
            column = self.space.id or self.space.structure
            place = f"row {self._number(row)}, column {column}"
            expected = f"a candidate that is not in row {first} already"
            self.problems.append(
                Problem(self.table.source, place, self._text_or(column, row), expected)
            )
            return False
        if self.space.id:
            identity = self._text(self.space.id, row)
            if not _ID.fullmatch(identity) or identity in self.ids:
                self._bad(
                    row, self.space.id, identity, "a unique id of letters, digits and . : + - _"
                )
                return False
            self.ids[identity] = row
        return True

    def _text_or(self, column: str, row: int) -> str:
        return self._text(column, row) if column in self.table.columns else f"row {row}"

    def finish(self) -> PoolBuild:
        """Return the pool.

        Raises:
            DataError: rows were refused, or nothing is left.
        """
        source, space = self.table.source, self.space
        name = f"{_LISTS[self.section]} {source}"
        if self.problems:
            more = len(self.problems) - _SHOWN
            merge = ' / on_duplicate = "merge"' if space.on_duplicate == "refuse" else ""
            raise DataError(
                f"the {name} has {len(self.problems)} bad rows"
                + (f"; {more} more are not shown" if more > 0 else ""),
                problems=self.problems[:_SHOWN],
                hint=f'mend the rows, or set on_invalid = "skip"{merge} under [{self.section}]',
            )
        if not self.rows:
            reasons = Counter(reason for _, _, reason in self.excluded).most_common(3)
            raise DataError(
                f"nothing of the {name} is left: {len(self.excluded)} rows were excluded "
                f"({'; '.join(f'{n} {reason}' for reason, n in reasons)})",
                hint=f"mend the rows, or loosen forbid and on_invalid under [{self.section}]",
            )
        width = max(4, len(str(len(self.rows))))
        ids = [
            self._text(space.id, row) if space.id else f"c{n:0{width}d}"
            for n, row in enumerate(self.rows, start=1)
        ]
        own = {space.id, space.label}
        if space.material is not Material.COLUMNS:
            own.add(space.structure)
        pool = CandidatePool(
            material=space.material,
            ids=tuple(ids),
            structures=tuple(self.structures),
            labels=tuple(
                label or identity for identity, label in zip(ids, self.labels, strict=True)
            ),
            fields={
                name: tuple(column[row] for row in self.rows)
                for name, column in self.table.columns.items()
                if name not in own
            },
        )
        return PoolBuild(pool, tuple(self.excluded))
