"""The mapping against the live database: names with their near matches, rights, demands."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from lims_adapters.sql.client import LabDatabase
from lims_adapters.sql.config import OrdersTable, ResultsTable, SqlConfig
from lims_adapters.transport.mapping import unknown_name
from loop.errors import Problem


def mapping_problems(
    config: SqlConfig, database: LabDatabase, properties: Iterable[str]
) -> list[Problem]:
    """Return what of the mapping does not fit the database or the campaign.

    Args:
        config: The mapping.
        database: The lab's.
        properties: Names in the campaign.

    Raises:
        AdapterError: the database does not answer or refuses.
    """
    problems = _property_problems(config, set(properties))
    problems += _table_problems("lims.results", config.results, database, write=False)
    if config.orders:
        problems += _table_problems("lims.orders", config.orders, database, write=True)
    return problems


def _property_problems(config: SqlConfig, properties: Collection[str]) -> list[Problem]:
    missing = [
        Problem("[lims]", f"lims.properties.{name}", "nothing", "what the lab calls this property")
        for name in properties
        if name not in config.properties
    ]
    unknown = [
        unknown_name(f"lims.properties.{name}", name, properties, "a property of the campaign")
        for name in config.properties
        if name not in properties
    ]
    without = [
        Problem("[lims]", f"lims.properties.{name}.unit", "nothing", "a unit, or results.unit")
        for name, mapped in config.properties.items()
        if not mapped.unit and not config.results.unit
    ]
    return missing + unknown + without


def _table_problems(
    place: str, mapped: OrdersTable | ResultsTable, database: LabDatabase, *, write: bool
) -> list[Problem]:
    schema = mapped.table.rpartition(".")[0] or None
    known = database.names(schema)
    if mapped.table not in known:
        return [unknown_name(f"{place}.table", mapped.table, known, "a table or view")]
    table = database.table(mapped.table)
    columns = [c.name for c in table.columns]
    problems = [
        unknown_name(f"{place}.{key}", column, columns, f"a column of {mapped.table}")
        for key, column in mapped.named().items()
        if column not in columns
    ]
    if problems:
        return problems
    lacking = database.rights(table, write=write)
    if lacking:
        problems.append(
            Problem("[lims]", f"{place}.table", mapped.table, f"the right to {lacking}")
        )
    if isinstance(mapped, OrdersTable):
        problems += _demands(place, mapped, table)
    return problems


def _demands(place: str, mapped: OrdersTable, table: sa.Table) -> list[Problem]:
    """Return the columns that must be filled and that nothing fills."""
    filled = {mapped.order_id, *mapped.columns.values(), *mapped.constants}
    return [
        Problem(
            "[lims]", f"{place}.constants", f"no value for {column.name}",
            f"a value: {mapped.table}.{column.name} may not be empty and has no default",
        )
        for column in table.columns
        if column.name not in filled
        and not column.nullable
        and column.server_default is None
        and column.computed is None
        and column.identity is None
        and not (column.primary_key and isinstance(column.type, sa.Integer))
    ]  # fmt: skip
