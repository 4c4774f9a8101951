"""Run by alembic for every command, on the connection that `migrate.config_for` was given."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import AutoString

from workbench.store.tables import UTC, Table, Words


def _plain_type(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Types of ours may change their name; what a migration says stays what it was."""
    plain = {UTC: "sa.DateTime(timezone=True)", Words: "sa.Text()", AutoString: "sa.String()"}
    if kind == "type" and (name := plain.get(type(item))):
        return name
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite changes a column by copying its table
    render_item=_plain_type,
)
with context.begin_transaction():
    context.run_migrations()
