"""Bringing a database to the tables of this code; alembic is imported only when it is not there yet."""

import datetime as dt
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, inspect, select, text

from workbench.errors import NewerWorkspace, StorageUnavailable
from workbench.store.engine import WAIT_SECONDS, create_private, writer
from workbench.store.tables import Table

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest revision in `migrations/versions`, known without importing alembic."""

SCRIPTS = Path(__file__).parent / "migrations"

_MIGRATION_LOCK = 0x1A5C_0DE6  # any number, as long as it never changes and differs from the chain's


def migrate(engine: Engine, now: dt.datetime, scripts: Path = SCRIPTS, head: str = HEAD) -> None:
    """Create the tables or upgrade them, once, however many processes start together.

    All of it is one transaction that keeps every other writer out, so a crash leaves the database as it was. A SQLite
    file that holds something is copied beside itself first, as `<name>-<revision>-<time>.bak`.

    Raises:
        NewerWorkspace: this code does not know the database's revision.
        StorageUnavailable: it holds tables of something else.
    """
    with engine.connect() as connection:
        if stored_revision(connection) == head:
            return
    with writer(engine).connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.detach()  # foreign keys are off here, so it must not come back to the pool
            connection.connection.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            _upgrade(connection, now, scripts, head)


def stored_revision(connection: Connection) -> str | None:
    """The revision of the database; None when nothing of ours was ever put there."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def config_for(connection: Connection, scripts: Path = SCRIPTS) -> "Config":
    """What alembic's commands need, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, now: dt.datetime, scripts: Path, head: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    found = stored_revision(connection)
    if found == head:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = config_for(connection, scripts)
    if found is None:
        _refuse_foreign(connection)
    elif found not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise NewerWorkspace
    elif connection.dialect.name == "sqlite":
        _back_up(Path(str(connection.engine.url.database)), found, now)
    command.upgrade(config, head)
    if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"the migration broke references: {broken[:3]}")


def _refuse_foreign(connection: Connection) -> None:
    if taken := set(inspect(connection).get_table_names()) & set(Table.metadata.tables):
        raise StorageUnavailable(
            f"The database holds a table {min(taken)!r} that the workbench did not make. Nothing was changed. "
            "Give the workbench a database of its own."
        )


def _back_up(path: Path, revision: str, now: dt.datetime) -> None:
    """Copy what is committed. The caller's open transaction keeps writers out and lets this reader in."""
    target = path.with_name(f"{path.stem}-{revision}-{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}.bak")
    create_private(target)
    try:
        with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise
