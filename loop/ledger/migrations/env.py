"""Runs the migrations on the connection that the program gives."""

from alembic import context

from loop.ledger.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
