"""Files that are written once: whole or not at all."""

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import StorageFull


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other writers, of this process or another."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_once(path: Path, data: bytes) -> None:
    """Write a new file under a temporary name, make it durable, then give it its name.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
        StorageFull: the disk is full; nothing is left behind.
    """
    temporary = _temporary(path, data)
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()
    _sync(path.parent)


def _temporary(path: Path, data: bytes) -> Path:
    with full_disk_is_told():
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o644)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return Path(name)


@contextmanager
def full_disk_is_told() -> Iterator[None]:
    """Turn "no space left" into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull from error
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_held: list[int] = []


def hold(path: Path) -> bool:
    """Hold a lock file until this process ends; False when another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    _held.append(handle)  # kept open: closing it would give the lock up
    return True
