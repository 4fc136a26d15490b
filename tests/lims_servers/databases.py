"""Databases for servers, in the Postgres that the tests start."""

import sqlalchemy as sa


def create_database(server: str, name: str) -> None:
    """Make an empty database.

    Args:
        server: Address of the Postgres, without a database's name.
        name: Of the new database.
    """
    engine = sa.create_engine(
        server.replace("postgresql://", "postgresql+psycopg://") + "/postgres",
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
