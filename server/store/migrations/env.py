"""Gives Alembic the connection and transaction that `server/store/migrate.py` opened."""

from __future__ import annotations

from alembic import context

from server.store.recording_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction is around all of it
    render_as_batch=True,
)
context.run_migrations()
