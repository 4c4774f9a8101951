"""What goes wrong under the database, said as a WorkbenchError."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, TimeoutError

from workbench.errors import StorageFull, StorageUnavailable, WorkbenchError

BUSY = "The database is busy with another change. Nothing of this change was saved. Try again in a moment."
BROKEN = (
    "The database file is damaged or is not a database. It was left as it is, and instruction files are safe. "
    "Put a backup in its place."
)
READ_ONLY = "The database cannot be written to. Nothing was changed. Check who may write to its folder."
DISK = "The disk reported an error. This change was not saved; what was saved before is safe. Check the disk."

_FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT}
_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_NOTADB: BROKEN,
    sqlite3.SQLITE_CORRUPT: BROKEN,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_IOERR: DISK,
    sqlite3.SQLITE_CANTOPEN: "",
}
_PG_BUSY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure, pg.TooManyConnections)


@contextmanager
def explained() -> Iterator[None]:
    """Turn faults of the disk and of the database into StorageFull or StorageUnavailable; let all else pass."""
    try:
        yield
    except (DBAPIError, TimeoutError, OSError, sqlite3.Error) as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning from error


def meaning_of(error: Exception) -> WorkbenchError | None:
    """The deliberate error for a fault of disk or database; None when it is something else, such as a bug."""
    if isinstance(error, TimeoutError):
        return StorageUnavailable(BUSY)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):
        return StorageFull() if cause.errno in _FULL_ERRNO else None
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    return _of_postgres(cause) if isinstance(cause, pg.Error) else None


def _of_sqlite(cause: sqlite3.Error) -> WorkbenchError | None:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest its shade
    if code == sqlite3.SQLITE_FULL:
        return StorageFull()
    return StorageUnavailable(_SQLITE[code]) if code in _SQLITE else None


def _of_postgres(cause: pg.Error) -> WorkbenchError | None:
    if isinstance(cause, pg.DiskFull):
        return StorageFull()
    if isinstance(cause, _PG_BUSY):
        return StorageUnavailable(BUSY)
    if isinstance(cause, pg.ReadOnlySqlTransaction | pg.InsufficientPrivilege):
        return StorageUnavailable(READ_ONLY)
    # No state at all: the server never answered. Class 08: the connection broke; 28 and 3D: it would not let us in;
    # 57: it is being shut down. What it says may quote the address, so it is not passed on.
    if isinstance(cause, pg.OperationalError) and (cause.sqlstate or "08")[:2] in {"08", "28", "3D", "57"}:
        return StorageUnavailable()
    return None
