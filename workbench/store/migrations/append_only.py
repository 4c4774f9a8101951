"""Triggers that keep rows from being changed or deleted. SQLite drops them with a table that a migration copies."""

from alembic import op

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION workbench_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def protect(table: str) -> None:
    """From here on, rows of the table are added and never changed or deleted."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRES_FUNCTION)
        for events, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_append_only_{each.lower()} BEFORE {events} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION workbench_append_only()"
            )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or deleted'); END"
        )


def unprotect(table: str) -> None:
    """Take the triggers away, for as long as a migration must touch the table."""
    if op.get_bind().dialect.name == "postgresql":
        for each in ("row", "statement"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only_{each} ON {table}")
        return
    for event in ("update", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only_{event}")
