"""Alembic's environment: the engine hands its connection over; there is no ini file."""

from alembic import context

from publisher.database.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
