"""The connection: bound parameters only, names only as the database itself spells them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    NoSuchTableError,
    SQLAlchemyError,
)

from lims_adapters.sql.config import SqlConfig
from loop.errors import AdapterError, ConfigError, LabAccessError, RetryableAdapterError

_REFUSED = ("authentication failed", "access denied", "no password supplied", "password missing")
_NO_RIGHT = "42501"


class LabDatabase:
    """One database; every use is a connection of its own, so that nothing outlives a crash.

    Raises:
        RetryableAdapterError: from every method, the database does not answer.
        LabAccessError: from every method, it does not let us in.
        AdapterError: from every method, it refuses.
    """

    def __init__(self, config: SqlConfig) -> None:
        self._config = config
        self._engine: sa.Engine | None = None
        self._tables: dict[str, sa.Table] = {}

    def _connected(self) -> sa.Engine:
        if self._engine is None:
            try:
                url = sa.make_url(self._config.url)
                if self._config.secret:
                    url = url.set(password=self._config.secret.read().get_secret_value())
                self._engine = sa.create_engine(
                    url,
                    poolclass=sa.NullPool,
                    hide_parameters=True,
                    connect_args=_limits(url, self._config.timeout_seconds),
                )
            except (ArgumentError, NoSuchModuleError) as error:
                raise ConfigError(
                    f"[lims] url: {self._config.url!r} is no address of a database: {error}",
                    hint="write it like postgresql+psycopg://lab@db.example.org/lims",
                ) from error
            except ModuleNotFoundError as error:
                raise ConfigError(
                    f"[lims] url: {self._config.url!r} needs the driver {error.name!r}",
                    hint=f"pip install {error.name}",
                ) from error
        return self._engine

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name for the kind of database."""
        return self._connected().dialect.name

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection whose reads see one state of the database."""
        isolation = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self._guarded(), self._connected().connect() as bare:
            connection = bare.execution_options(**isolation)
            if self.dialect == "sqlite":
                # The driver begins no transaction for reads by itself.
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a transaction that no other writer's can interleave with."""
        with self._guarded(), self._connected().connect() as bare:
            if self.dialect == "sqlite":
                # Locks before the first look: two writers must not both find nothing.
                bare.exec_driver_sql("BEGIN IMMEDIATE")
                yield bare
                bare.commit()
                return
            connection = bare.execution_options(isolation_level="SERIALIZABLE")
            with connection.begin():
                yield connection

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except NoSuchTableError as error:
            raise AdapterError(f"the lab's database has no table {error}") from error
        except IntegrityError as error:
            raise AdapterError(
                f"the lab's database refuses the row: {_words(error)}",
                hint="look at columns and constants under [lims.orders]",
            ) from error
        except DBAPIError as error:
            raise _translated(error) from error
        except SQLAlchemyError as error:
            raise AdapterError(f"the lab's database: {type(error).__name__}: {error}") from error

    def table(self, name: str) -> sa.Table:
        """Return a table or view as the database describes it.

        Raises:
            NoSuchTableError: only inside `reading` or `writing`, which turn it into AdapterError.
        """
        if name not in self._tables:
            schema, _, plain = name.rpartition(".")
            with self._guarded():
                self._tables[name] = sa.Table(
                    plain, sa.MetaData(), schema=schema or None, autoload_with=self._connected()
                )
        return self._tables[name]

    def names(self, schema: str | None) -> list[str]:
        """Return the tables and views that we may see."""
        with self._guarded():
            inspector = sa.inspect(self._connected())
            found = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        return sorted(f"{schema}.{name}" if schema else name for name in found)

    def rights(self, table: sa.Table, *, write: bool) -> str:
        """Return what we may not do with a table, in words, or an empty text."""
        with self.reading() as connection:
            if self.dialect != "postgresql":
                connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).all()
                read_only = self.dialect == "sqlite" and write and _is_read_only(connection)
                return "write to this file" if read_only else ""
            for right in ("SELECT", *(("INSERT",) if write else ())):
                name = connection.dialect.identifier_preparer.format_table(table)
                asked = sa.select(sa.func.has_table_privilege(name, right))
                if not connection.execute(asked).scalar_one():
                    who = connection.execute(sa.select(sa.func.current_user())).scalar_one()
                    return f"{right} as {who}"
        return ""


def _is_read_only(connection: sa.Connection) -> bool:
    from pathlib import Path

    path = connection.engine.url.database
    import os

    return bool(path) and path != ":memory:" and not os.access(Path(str(path)), os.W_OK)


def _limits(url: sa.URL, seconds: float) -> dict[str, Any]:
    backend = url.get_backend_name()
    if backend == "postgresql":
        wait = f"-c statement_timeout={int(seconds * 1000)} -c timezone=UTC"
        return {"connect_timeout": max(2, int(seconds)), "options": wait}
    if backend == "sqlite":
        return {"timeout": seconds}
    return {"connect_timeout": max(2, int(seconds))} if backend == "mysql" else {}


def _words(error: DBAPIError) -> str:
    """Return the first line of what the driver says; parameters are never among it."""
    return str(error.orig).strip().splitlines()[0][:200] if str(error.orig).strip() else "no words"


def _translated(error: DBAPIError) -> AdapterError:
    text = _words(error)
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == _NO_RIGHT or state.startswith("28") or any(w in text.lower() for w in _REFUSED):
        return LabAccessError(
            f"the lab's database does not let us: {text}",
            hint="look at the user in `url`, at `secret`, and at the rights given to it",
        )
    if (
        isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
        or error.connection_invalidated
    ):
        if "no such table" in text or "readonly database" in text:
            return AdapterError(f"the lab's database refuses: {text}")
        return RetryableAdapterError(f"the lab's database does not answer: {text}")
    return AdapterError(f"the lab's database refuses: {text}")
