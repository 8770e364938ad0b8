"""Alembic runs this: our metadata, our names, the connection that the caller hands in."""

from alembic import context

from server.db.rows import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew.
)
with context.begin_transaction():
    context.run_migrations()
