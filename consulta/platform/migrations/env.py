"""Alembic's entry: the connection is always handed over, there is no configuration file."""

from alembic import context

from consulta.platform.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
