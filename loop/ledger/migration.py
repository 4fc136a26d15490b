"""Which release made the database, and the way to this one."""

from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from loop.errors import SchemaVersionError


def configuration(connection: sa.Connection | None = None) -> Config:
    """Return alembic's configuration; the scripts lie in the package."""
    config = Config()
    config.set_main_option("script_location", str(files("loop.ledger") / "migrations"))
    config.attributes["connection"] = connection
    return config


def revisions(engine: sa.Engine) -> tuple[str | None, str | None]:
    """Return the revision of the database and the one of this release."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), head


def ensure_current(engine: sa.Engine) -> None:
    """Set up an empty database; accept a current one.

    Raises:
        SchemaVersionError: it is of another release.
    """
    current, head = revisions(engine)
    if current == head:
        return
    if current is None and not sa.inspect(engine).has_table("event"):
        upgrade(engine)
        return
    raise SchemaVersionError(
        f"the database is at revision {current}, this release expects {head}",
        hint="make a copy, then run: synthloop ledger upgrade",
    )


def upgrade(engine: sa.Engine) -> None:
    """Bring the database to this release, in one transaction."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Two programs may find the same empty database.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7410002)"))
        command.upgrade(configuration(connection), "head")
