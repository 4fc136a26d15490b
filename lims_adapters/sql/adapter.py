"""Any table or view of a lab's own database: orders are rows, results are rows."""

import json
from collections.abc import Iterator, Sequence
from typing import ClassVar

import sqlalchemy as sa

from lims_adapters.sql.client import LabDatabase
from lims_adapters.sql.config import OrdersTable, SqlConfig
from lims_adapters.sql.mapping import mapping_problems
from lims_adapters.sql.parse import NAMESPACE, Row, read_rows
from lims_adapters.sql.row import asked_for, order_row
from lims_adapters.sql.tables import LabTables, as_plain
from lims_adapters.transport.crystal_file import shown_structure
from lims_adapters.transport.exchange import FileExchange
from lims_adapters.transport.folder import ExchangeFolder, FolderConfig
from lims_adapters.transport.mapping import ended
from loop.core.canonical import Json, canonical_json, digest
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultBatch
from loop.errors import AdapterError, ConfigError, Problem


class SqlLab:
    """A lab that keeps orders and results in its own database.

    Results come as snapshots per order. What is new is told by a digest of each order's rows, so
    edits count whatever the clocks say; a cursor column only narrows what is looked at.
    """

    Config: ClassVar[type[SqlConfig]] = SqlConfig

    def __init__(self, config: SqlConfig, context: LabContext) -> None:
        self._config = config
        self._context = context
        self._database = LabDatabase(config)
        self._tables = LabTables(config, self._database)
        folder = ExchangeFolder(FolderConfig(), context.folder)
        self._by_hand = FileExchange(folder, settle_seconds=0)

    def capabilities(self) -> Capabilities:
        """Say what a database can do under this mapping."""
        orders = self._config.orders
        return Capabilities(
            cancel=bool(orders and orders.cancelled_word),
            idempotent_submit=True,
            cursor=True,
            snapshots=not self._config.results.cursor or bool(self._config.results.withdrawn),
            compare_and_set=bool(orders and orders.cancelled_word),
        )

    def check(self) -> list[Problem]:
        """Return what of connection, rights and mapping does not hold."""
        try:
            return mapping_problems(
                self._config, self._database, self._context.definition.properties
            )
        except (AdapterError, ConfigError) as error:
            shown = self._config.url
            return [
                Problem("[lims]", "lims.url", shown, f"a database that answers: {error.message}")
            ]

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order's oldest row, or None."""
        if self._config.orders is None:
            known = self._by_hand.folder.exists(f"orders/{order_id}.txt")
            return self._receipt_by_hand(order_id) if known else None
        with self._database.reading() as connection:
            return self._found(connection, self._config.orders, order_id)

    def _found(
        self, connection: sa.Connection, orders: OrdersTable, order_id: str
    ) -> Receipt | None:
        table = self._database.table(orders.table)
        column = table.c[orders.order_id]
        keys = list(table.primary_key.columns) or [column]
        asked = sa.select(column, *keys).where(column == order_id).order_by(*keys)
        for row in connection.execute(asked):
            if row[0] == order_id:
                name = "/".join(str(part) for part in row[1:])
                return Receipt(order_id=order_id, external_id=f"{orders.table}/{name}")
        return None

    @staticmethod
    def _receipt_by_hand(order_id: str) -> Receipt:
        return Receipt(order_id=order_id, external_id=f"orders/{order_id}.txt")

    def submit(self, order: WorkOrder) -> Receipt:
        """Insert the order's row unless it is there, in one transaction.

        Raises:
            AdapterError: the database refuses the row.
            RetryableAdapterError: it may or may not have it.
        """
        orders = self._config.orders
        if orders is None:
            self._by_hand.make()
            text = self.preview(order).encode()
            self._by_hand.folder.write(f"orders/{order.order_id}.txt", text)
            return self._receipt_by_hand(order.order_id)
        try:
            with self._database.writing() as connection:
                known = self._found(connection, orders, order.order_id)
                if known is None:
                    row = order_row(orders, order)
                    connection.execute(sa.insert(self._database.table(orders.table)).values(row))
                    known = self._found(connection, orders, order.order_id)
        except AdapterError:
            # Another worker's row may be what a unique column refused ours for.
            known = self.find(order.order_id)
            if known is None:
                raise
        if known is None:
            raise AdapterError(f"{orders.table} does not show the row of {order.order_id}")
        return known

    def preview(self, order: WorkOrder) -> str:
        """Return the row that would be written, one column a line."""
        orders = self._config.orders
        if orders is None:
            made = shown_structure(order.candidate)
            return (
                f"order_id: {order.order_id}\ncandidate: {order.candidate.label}\n"
                f"structure: {made}\nmeasure: {asked_for(order)}\nnote: {order.note}\n"
            )
        lines = (
            f"{orders.table}.{key} = {value}" for key, value in order_row(orders, order).items()
        )
        return "\n".join(lines) + "\n"

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return a snapshot of each order whose rows or status are not as the cursor knows them."""
        seen, newest = _read_cursor(cursor)
        by_id = {order.order_id: order for order in orders}
        with self._database.reading() as connection:
            states = self._tables.states(connection, list(by_id))
            touched, newest = self._tables.touched(connection, newest, list(by_id))
            closed = {o for o, (word, _) in states.items() if self._is_news(word)}
            rows = self._tables.rows(
                connection, sorted((touched | closed | set(seen)) & set(by_id))
            )
        batches, kept = [], {}
        for order_id in sorted(rows):
            state = states.get(order_id, ("", ""))
            shown: dict[str, Json] = {"rows": as_plain(rows[order_id]), "state": list(state)}
            content = canonical_json(shown)
            mark = digest(content)[:16]
            is_empty = not rows[order_id] and order_id not in closed
            if seen.get(order_id, "") != ("" if is_empty else mark):
                batches.append(self._batch(by_id[order_id], rows[order_id], state, digest(content)))
            if not is_empty and order_id in touched | closed:
                kept[order_id] = mark
        text = canonical_json({"seen": kept, "newest": newest})
        return Poll(batches=tuple(batches), cursor=text)

    def _is_news(self, word: str) -> bool:
        if not word:
            return False
        return ended(word, self._config.status)[0] is not None

    def _batch(
        self, order: WorkOrder, rows: Sequence[Row], state: tuple[str, str], content_digest: str
    ) -> ResultBatch:
        reading = read_rows(self._config, rows, order, self._context.definition.decimal)
        results = [*reading.results, *self._outcome(order, state)]
        source = f"table {self._config.results.table}, order {order.order_id}"
        return ResultBatch(
            token=f"{order.order_id}/{content_digest[:16]}",
            source=source,
            content_digest=content_digest,
            results=() if reading.problems else tuple(results),
            problems=tuple(reading.problems),
            snapshot_of=(order.order_id,),
            namespace=NAMESPACE,
        )

    def _outcome(self, order: WorkOrder, state: tuple[str, str]) -> list[LabResult]:
        word, reason = state
        if not word:
            return []
        outcome, note = ended(word, self._config.status)
        if outcome is None:
            return []
        return [
            LabResult(
                order_id=order.order_id,
                result_id=f"{NAMESPACE}{order.order_id}/outcome",
                outcome=outcome,
                note=f"{note}: {reason}" if reason else note,
                place=f"status of {order.order_id}",
            )
        ]

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Nothing to note: the cursor says what was recorded."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Write the word for cancelled over the status of an order that is still open."""
        orders = self._config.orders
        if orders is None or not orders.cancelled_word:
            return False
        table = self._database.table(orders.table)
        status, identity = table.c[orders.status], table.c[orders.order_id]
        with self._database.writing() as connection:
            now = self._tables.states(connection, [order.order_id]).get(order.order_id)
            if now is None or (now[0] and ended(now[0], self._config.status)[0] is not None):
                return False
            if now[0] and self._meaning(now[0]) == "measured":
                return False
            rows = self._tables.rows(connection, [order.order_id])[order.order_id]
            if any(row["value"] is not None and not row.get("withdrawn") for row in rows):
                return False
            values: dict[str, object] = {orders.status: orders.cancelled_word}
            if orders.note:
                values[orders.note] = reason
            same = status == now[0] if now[0] else sa.or_(status.is_(None), status == "")
            change = sa.update(table).where(identity == order.order_id, same).values(values)
            return connection.execute(change).rowcount > 0

    def _meaning(self, word: str) -> str | None:
        known = {key.casefold(): meaning for key, meaning in self._config.status.items()}
        return known.get(word.strip().casefold())

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write prediction and reason into the column that is ours."""
        orders = self._config.orders
        if orders is None or not orders.annotation:
            raise AdapterError(
                "the mapping names no column for annotations",
                hint="name one under [lims.orders] annotation",
            )
        table = self._database.table(orders.table)
        with self._database.writing() as connection:
            connection.execute(
                sa.update(table)
                .where(table.c[orders.order_id] == order.order_id)
                .values({orders.annotation: text})
            )

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every order row that carries an id of this campaign, with its results."""
        mapped = self._config.orders
        if mapped is None:
            return
        by_id = {order.order_id: order for order in orders}
        table = self._database.table(mapped.table)
        identity = table.c[mapped.order_id]
        keys = list(table.primary_key.columns) or [identity]
        prefix = f"{self._context.slug}-"
        asked = sa.select(identity, *keys).order_by(*keys)
        ours = sa.or_(identity.startswith(prefix, autoescape=True), identity.in_(list(by_id)))
        with self._database.reading() as connection:
            names: dict[str, list[str]] = {}
            for row in connection.execute(asked.where(ours)):
                name = "/".join(str(part) for part in row[1:])
                names.setdefault(row[0], []).append(f"{mapped.table}/{name}")
            states = self._tables.states(connection, list(names))
            rows = self._tables.rows(connection, list(names))
        for order_id, found in names.items():
            known = by_id.get(order_id)
            decimal = self._context.definition.decimal
            reading = read_rows(self._config, rows[order_id], known, decimal) if known else None
            yield RemoteOrder(
                order_id=order_id,
                external_id=found[0],
                state=states.get(order_id, ("", ""))[0],
                duplicates=tuple(found[1:]),
                results=tuple(reading.results) if reading else (),
            )


def _read_cursor(cursor: str | None) -> tuple[dict[str, str], str | None]:
    if cursor is None:
        return {}, None
    try:
        known = json.loads(cursor)
        return dict(known["seen"]), known["newest"]
    except (ValueError, KeyError, TypeError) as error:
        raise AdapterError(
            f"the cursor {cursor[:80]!r} was not written by this kind of lab system",
            hint="a campaign that changes its [lims] kind starts reading from the beginning",
        ) from error
