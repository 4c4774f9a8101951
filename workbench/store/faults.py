"""What goes wrong under the database, said as a WorkbenchError."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

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
_POSTGRES = {  # by SQLSTATE, so that psycopg is not imported where it is not used
    "55P03": BUSY,  # lock not available
    "40P01": BUSY,  # deadlock detected
    "40001": BUSY,  # serialization failure
    "53300": BUSY,  # too many connections
    "25006": READ_ONLY,
    "42501": READ_ONLY,  # insufficient privilege
}
_POSTGRES_FULL = "53100"
_POSTGRES_GONE = ("08", "28", "3D", "57")
"""Classes: the connection broke; it would not let us in; there is no such database; it is being shut down."""


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
    return _of_postgres(error, getattr(cause, "sqlstate", None))


def _of_sqlite(cause: sqlite3.Error) -> WorkbenchError | None:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest its shade
    if code == sqlite3.SQLITE_FULL:
        return StorageFull()
    return StorageUnavailable(_SQLITE[code]) if code in _SQLITE else None


def _of_postgres(error: Exception, state: str | None) -> WorkbenchError | None:
    if state == _POSTGRES_FULL:
        return StorageFull()
    if state in _POSTGRES:
        return StorageUnavailable(_POSTGRES[state])
    unanswered = state is None and isinstance(error, OperationalError)
    # What it says may quote the address, so it is not passed on.
    return StorageUnavailable() if unanswered or (state or "").startswith(_POSTGRES_GONE) else None
