"""The SQLAlchemy engine for a SQLite file or a PostgreSQL address."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError

from workbench.errors import StorageUnavailable

WRITES = "workbench_writes"
"""The execution option of a connection that will write."""

WAIT_SECONDS = 10
"""How long a change waits for another one before it is given up."""

_COMMON: dict[str, Any] = {"pool_timeout": WAIT_SECONDS, "hide_parameters": True}  # errors would quote people's words


def address_of(url_or_path: str | Path) -> URL:
    """What SQLAlchemy calls the database: an address as it is, with psycopg 3, or a path as a SQLite file.

    Raises:
        StorageUnavailable: the address cannot be read, or names a kind of database that is not supported.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return URL.create("sqlite", database=str(Path(url_or_path).absolute()))
    try:
        url = make_url(url_or_path)
    except (ArgumentError, ValueError):  # quotes the address, password and all
        raise StorageUnavailable("The database address cannot be read. Correct `database` in workbench.toml.") from None
    kind = url.get_backend_name()
    if kind in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite", database=str(Path(url.database or "").absolute()))
    raise StorageUnavailable(f"A database of the kind {kind!r} is not supported. Use a SQLite file or PostgreSQL.")


def make_engine(url: URL) -> Engine:
    """An engine whose transactions are BEGIN IMMEDIATE on SQLite when they write, and snapshots when they read."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(Path(str(url.database)))
    engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5}, **_COMMON)
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def writer(engine: Engine) -> Engine:
    """The same engine and pool, for transactions that write."""
    return engine.execution_options(**{WRITES: True})


def reader(engine: Engine) -> Engine:
    """The same engine and pool, for transactions that only read: one snapshot from the first query to the last."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def journal_mode(library: tuple[int, ...]) -> str:
    """WAL where the SQLite library of that version has no WAL-reset bug (sqlite.org/wal.html), else PERSIST."""
    sound = library >= (3, 51, 3) or (3, 50, 7) <= library < (3, 51) or (3, 44, 6) <= library < (3, 45)
    return "WAL" if sound else "PERSIST"


def _sqlite(path: Path) -> Engine:
    create_private(path)
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS}, **_COMMON)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _give_up_lost_transaction)
    return engine


def create_private(path: Path) -> None:
    """The file belongs to its owner alone, and its journal will too: SQLite copies the mode.

    An existing file is not opened here: closing it again would drop the locks that this process holds on it.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be opened: {error.strerror}. Check the folder.") from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # no BEGIN of the driver's own: ours comes from `_begin_sqlite`
    for pragma in (
        f"busy_timeout = {WAIT_SECONDS * 1000}",
        f"journal_mode = {journal_mode(sqlite3.sqlite_version_info)}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # or REPLACE would pass by the triggers that keep rows from being deleted
        "secure_delete = ON",
        "temp_store = MEMORY",  # temporary files would hold texts that erasing cannot reach
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _give_up_lost_transaction(context: ExceptionContext) -> None:
    """A full disk makes SQLite roll back by itself. What followed would be committed statement by statement."""
    driver = context.connection and context.connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
        context.is_disconnect = True  # SQLAlchemy then refuses everything until its own rollback
        context.invalidate_pool_on_disconnect = False


def _prepare_postgres(connection: Any, _record: Any) -> None:
    connection.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
    connection.commit()
