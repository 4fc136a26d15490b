"""What the tables hold: status of orders, rows of results, and which of them are new."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from lims_adapters.sql.client import LabDatabase
from lims_adapters.sql.config import SqlConfig
from lims_adapters.sql.parse import Row
from loop.core.canonical import Json

_CHUNK = 500


class LabTables:
    """The two tables of the mapping, read inside a connection that the caller holds."""

    def __init__(self, config: SqlConfig, database: LabDatabase) -> None:
        self._config = config
        self._database = database

    def states(
        self, connection: sa.Connection, order_ids: Sequence[str]
    ) -> dict[str, tuple[str, str]]:
        """Return status word and reason of the oldest row of each order."""
        orders = self._config.orders
        if orders is None or not orders.status:
            return {}
        table = self._database.table(orders.table)
        identity, word = table.c[orders.order_id], table.c[orders.status]
        reason = table.c[orders.note] if orders.note else sa.literal("")
        keys = list(table.primary_key.columns) or [identity]
        found: dict[str, tuple[str, str]] = {}
        for chunk in _chunks(order_ids):
            asked = sa.select(identity, word, reason).where(identity.in_(chunk)).order_by(*keys)
            for order_id, status, why in connection.execute(asked):
                found.setdefault(order_id, (str(status or ""), str(why or "")))
        return found

    def touched(
        self, connection: sa.Connection, newest: str | None, order_ids: Sequence[str]
    ) -> tuple[set[str], str | None]:
        """Return the orders with rows since the newest cursor, less the overlap, and the newest."""
        results = self._config.results
        if not results.cursor:
            return set(order_ids), None
        table = self._database.table(results.table)
        mark = table.c[results.cursor]
        asked = sa.select(table.c[results.order_id], mark).where(mark.is_not(None))
        since = self._since(newest)
        if since is not None:
            asked = asked.where(mark >= since)
        rows = connection.execute(asked).all()
        latest = max((value for _, value in rows), default=None)
        return {order_id for order_id, _ in rows}, newest if latest is None else as_text(latest)

    def _since(self, newest: str | None) -> object:
        results = self._config.results
        if newest is None:
            return None
        if results.cursor_kind == "id":
            return int(newest) - results.overlap
        column = self._database.table(results.table).c[results.cursor]
        since = datetime.fromisoformat(newest) - timedelta(seconds=results.overlap)
        # SQLite's tables often keep times as text, which compares as text.
        return since if isinstance(column.type, sa.DateTime) else since.isoformat(" ")

    def rows(self, connection: sa.Connection, order_ids: Sequence[str]) -> dict[str, list[Row]]:
        """Return all rows of each order, by our words, in the order of their ids."""
        results = self._config.results
        table = self._database.table(results.table)
        named = [table.c[column].label(key) for key, column in results.named().items()]
        identity = table.c[results.order_id]
        found: dict[str, list[Row]] = {order_id: [] for order_id in order_ids}
        for chunk in _chunks(order_ids):
            asked = (
                sa.select(*named).where(identity.in_(chunk)).order_by(table.c[results.result_id])
            )
            for row in connection.execute(asked).mappings():
                # A database may compare text without regard to case.
                if row["order_id"] in found:
                    found[row["order_id"]].append(dict(row))
        return found


def as_plain(rows: Sequence[Row]) -> list[Json]:
    """Return rows as text, to be compared by digest."""
    return [{key: as_text(value) for key, value in row.items()} for row in rows]


def as_text(value: object) -> str | None:
    """Return a value so that equal values have equal text, whatever the driver makes of them."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _CHUNK):
        yield names[start : start + _CHUNK]
