"""What a simulated lab answers from: a column of the pool, a formula, a table or a list."""

import math

from lims_adapters.simulated.config import SimulatedLabConfig
from lims_adapters.simulated.known_compositions import known_compositions
from lims_adapters.simulated.listed_values import listed_values
from lims_adapters.simulated.oracle import true_value
from loop.core.candidate import Candidate, Material
from loop.core.definition import GeneratedSpace
from loop.core.lab_ports import LabContext
from loop.errors import DataError, Problem


class Truth:
    """The true value of every property of every candidate."""

    def __init__(self, config: SimulatedLabConfig, context: LabContext) -> None:
        self._config = config
        self._context = context

    def value(self, candidate: Candidate, name: str) -> float:
        """Return the true value of a property of a candidate.

        Raises:
            AdapterError: the candidate's structure cannot be read.
            DataError: the table is gone, or can no longer be read.
        """
        if name in self._config.oracles:
            return true_value(self._config.oracles[name], candidate.structure)
        if name in self._config.tables:
            known = known_compositions(self._context.folder, self._config.tables[name])
            return known.value(candidate.structure)
        if name in self._config.values:
            listed = listed_values(self._context.folder / self._config.values[name])
            return listed[candidate.candidate_id]
        return number(candidate, self._config.columns[name])

    def problems(self) -> list[Problem]:
        """Return what is missing to answer from."""
        found: list[Problem] = []
        for name in self._context.definition.properties:
            if name in self._config.oracles:
                found += self._oracle_problems(name)
            elif name in self._config.tables:
                found += self._table_problems(name)
            elif name in self._config.values:
                found += self._list_problems(name)
            else:
                found += self._column_problems(name)
        return [*found, *self._failure_problems()]

    def _column_problems(self, name: str) -> list[Problem]:
        column, place = self._config.columns.get(name), f"lims.columns.{name}"
        if column is None:
            expected = "a column of the pool, or an oracle or a table under [lims]"
            return [Problem("[lims]", place, "nothing", expected)]
        if isinstance(self._context.definition.space, GeneratedSpace):
            expected = "an oracle or a table under [lims]: no column knows generated candidates"
            return [Problem("[lims]", place, column, expected)]
        values = self._context.pool.fields.get(column)
        if values is None:
            known = ", ".join(self._context.pool.fields)
            return [Problem("[lims]", place, column, f"a column of the pool: {known}")]
        bad = [i for i, v in enumerate(values) if not isinstance(v, float)]
        if not bad:
            return []
        got = f"{len(bad)} candidates without a number, first {self._context.pool.labels[bad[0]]}"
        return [Problem("[lims]", place, got, "a true value for every candidate")]

    def _oracle_problems(self, name: str) -> list[Problem]:
        material = self._context.definition.space.material
        if material in {Material.MOLECULE, Material.POLYMER}:
            return []
        expected = f"a column: the oracles read SMILES, this material is {material.value}"
        return [Problem("[lims]", f"lims.oracles.{name}", self._config.oracles[name], expected)]

    def _table_problems(self, name: str) -> list[Problem]:
        place, table = f"lims.tables.{name}", self._config.tables[name]
        material = self._context.definition.space.material
        if material not in {Material.COMPOSITION, Material.CRYSTAL}:
            expected = f"a column or an oracle: tables hold formulas, this is a {material.value}"
            return [Problem("[lims]", place, table.file, expected)]
        try:
            known_compositions(self._context.folder, table)
        except DataError as error:
            return list(error.problems) or [Problem("[lims]", place, table.file, error.message)]
        return []

    def _list_problems(self, name: str) -> list[Problem]:
        place, file = f"lims.values.{name}", self._config.values[name]
        try:
            listed = listed_values(self._context.folder / file)
        except DataError as error:
            return list(error.problems) or [Problem("[lims]", place, file, error.message)]
        pool = self._context.pool
        missing = [pool.labels[i] for i, key in enumerate(pool.ids) if key not in listed]
        if not missing:
            return []
        got = f"{len(missing)} candidates without a value, first {missing[0]}"
        return [Problem("[lims]", place, got, "a true value for every candidate")]

    def _failure_problems(self) -> list[Problem]:
        column, place = self._config.synthesis_failure_column, "lims.synthesis_failure_column"
        if not column:
            return []
        values = self._context.pool.fields.get(column)
        if values is None:
            known = ", ".join(self._context.pool.fields)
            return [Problem("[lims]", place, column, f"a column of the pool: {known}")]
        bad = [i for i, v in enumerate(values) if not (isinstance(v, float) and 0 <= v <= 1)]
        if not bad:
            return []
        label = self._context.pool.labels[bad[0]]
        shown = f"{values[bad[0]]!r} for {label}"
        return [Problem("[lims]", place, shown, "a chance in [0, 1] for every candidate")]


def number(candidate: Candidate, column: str) -> float:
    """Return the number in a column of a candidate, 0 where there is none."""
    value = candidate.fields.get(column)
    return value if isinstance(value, float) and math.isfinite(value) else 0.0
