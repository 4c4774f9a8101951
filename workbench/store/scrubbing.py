"""Removing from the files what erasing left beside the rows."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from workbench.errors import StorageUnavailable
from workbench.store.engine import WAIT_SECONDS


def scrub(engine: Engine) -> None:
    """Leave erased words in no file that the database writes.

    SQLite has overwritten them in the database file (secure_delete); this empties the journal or WAL, where pages
    stand as they were. PostgreSQL drops the dead rows; what its WAL, replicas and backups keep is its administrator's
    to expire. Copies made before a migration (`*.bak`) are left alone.

    Raises:
        StorageUnavailable: others were reading or writing all the time.
    """
    if engine.dialect.name == "sqlite":
        _scrub_sqlite(Path(str(engine.url.database)))
        return
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM text, audit_salt, draft, generation")


def _scrub_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StorageUnavailable("The removed words may still stand in the database's journal. Remove again.")
            return
        # This connection has SQLite's own journal mode: a commit deletes the journal, whoever left it there.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {version:d}")  # writes a page, changes nothing
        connection.execute("COMMIT")
