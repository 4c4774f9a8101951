import errno
import os
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import errors as pg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import select

from tests.workspaces import Clock
from workbench.errors import NewerWorkspace, StorageFull, StorageUnavailable
from workbench.store import audit, texts
from workbench.store import engine as engines
from workbench.store import store as stores
from workbench.store.engine import address_of, journal_mode
from workbench.store.faults import meaning_of
from workbench.store.store import Store, Unaudited
from workbench.store.tables import TextRow


def add(store: Store, words: str) -> str:
    with store.writing("ana", "a test") as tx:
        text_id = texts.add(tx, words)
        tx.audit("added", f"text:{text_id}", after=texts.hashed(tx, text_id))
    return text_id


def check_whole(store: Store, acknowledged: list[str]) -> None:
    with store.reading() as rx:
        assert sorted(rx.session.exec(select(TextRow.id))) == sorted(acknowledged)
        assert audit.verify(rx) == []
        assert audit.head(rx).seq == len(acknowledged)
        assert rx.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def fill(store: Store, size: int) -> list[str]:
    """Add words until the disk is full; the ids that were acknowledged."""
    acknowledged = []
    with pytest.raises(StorageFull, match="safe"):
        for number in range(100_000):
            acknowledged.append(add(store, f"{number} " + "x" * size))
    return acknowledged


@pytest.fixture
def sqlite(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path / "workbench.db", clock)
    yield opened
    opened.close()


def limit_pages(store: Store, pages: int) -> None:
    with store.writing("ana", Unaudited.PRESENCE) as tx:  # the pool gives its one connection to every block here
        tx.session.execute(text(f"PRAGMA max_page_count = {pages}"))


@pytest.mark.parametrize("size", [200, 3000, 40_000])
def test_a_full_database_keeps_all_that_was_saved_and_goes_on_later(sqlite: Store, size: int) -> None:
    limit_pages(sqlite, 200)
    acknowledged = fill(sqlite, size)
    check_whole(sqlite, acknowledged)
    limit_pages(sqlite, 2000)
    check_whole(sqlite, [*acknowledged, add(sqlite, "x" * size)])


def test_nothing_is_saved_after_a_fault_that_was_swallowed(sqlite: Store) -> None:
    """SQLite rolls back by itself; what follows would be committed statement by statement."""
    limit_pages(sqlite, 200)
    insert = text("INSERT INTO text (id, body, salted_hash) VALUES (:id, :body, '')")
    with pytest.raises(Exception, match=r"invalid|roll"), sqlite.writing("ana", Unaudited.AUTOSAVE) as tx:
        with pytest.raises(OperationalError):
            tx.session.execute(insert, {"id": "too long", "body": "x" * 4_000_000})
        tx.session.execute(insert, {"id": "after it", "body": "x"})
    check_whole(sqlite, [])


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("only root can make a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("mode", ["PERSIST", "WAL"])
@pytest.mark.parametrize("ballast", range(0, 600_000, 60_000))
def test_a_full_disk_keeps_all_that_was_saved_and_goes_on_later(
    tiny_disk: Path, clock: Clock, ballast: int, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "journal_mode", lambda _: mode)
    (tiny_disk / "ballast").write_bytes(b"x" * (300_000 + ballast))
    store = Store.open(tiny_disk / "workbench.db", clock)
    acknowledged = fill(store, 200 + ballast // 30)
    check_whole(store, acknowledged)
    (tiny_disk / "ballast").unlink()
    check_whole(store, [*acknowledged, add(store, "again")])
    store.close()


@pytest.mark.parametrize("mode", ["PERSIST", "WAL"])
def test_a_disk_too_full_to_begin(tiny_disk: Path, clock: Clock, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "journal_mode", lambda _: mode)
    with pytest.raises(OSError, match="space"):
        (tiny_disk / "ballast").write_bytes(b"x" * 3_000_000)
    with pytest.raises(StorageFull):
        Store.open(tiny_disk / "workbench.db", clock)
    (tiny_disk / "ballast").unlink()
    Store.open(tiny_disk / "workbench.db", clock).close()


def test_a_full_disk_beside_the_database_is_told_the_same_way(store: Store) -> None:
    with pytest.raises(StorageFull), store.writing("ana", Unaudited.AUTOSAVE) as tx:
        texts.add(tx, "with a file")
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(FileNotFoundError), store.reading():
        raise FileNotFoundError(errno.ENOENT, "something else")


def test_the_file_belongs_to_its_owner_alone(tmp_path: Path, clock: Clock) -> None:
    store = Store.open(tmp_path / "private" / "workbench.db", clock)
    add(store, "private")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "private").iterdir()}
    store.close()
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}, modes


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "workbench.db"
    path.write_text("Dear diary, " * 500)
    with pytest.raises(StorageUnavailable, match="left as it is"):
        Store.open(path, clock)
    assert path.read_text() == "Dear diary, " * 500


def test_tables_of_something_else_are_left_alone(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE draft (mine TEXT)")
    connection.close()
    with pytest.raises(StorageUnavailable, match="'draft'"):
        Store.open(path, clock)


def test_a_folder_in_place_of_the_file(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "workbench.db").mkdir()
    with pytest.raises(StorageUnavailable):
        Store.open(tmp_path / "workbench.db", clock)
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable, match="Check the folder"):
        Store.open(tmp_path / "file" / "workbench.db", clock)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ana:hunter2@127.0.0.1:1/none",
        "postgresql+psycopg://ana:hunter2@no-such-host.invalid/none",
        "mysql://ana:hunter2@127.0.0.1/none",
        "postgresql://ana:hunter2@127.0.0.1:port/none",
        "sqlite://",
    ],
)
def test_an_address_that_does_not_answer(address: str, clock: Clock) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        Store.open(address, clock)
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.postgres
def test_a_database_that_is_not_there(postgres: str, clock: Clock) -> None:
    with pytest.raises(StorageUnavailable):
        Store.open(postgres.replace("/test_", "/none_"), clock)


@pytest.mark.postgres
def test_a_connection_that_broke_is_replaced(postgres: str, clock: Clock) -> None:
    store = Store.open(postgres, clock)
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with pytest.raises(StorageUnavailable), store.writing("ana", Unaudited.AUTOSAVE) as tx:
        tx.session.execute(text(f"{end} AND pid <> pg_backend_pid()"))
        tx.session.execute(text(end))
    add(store, "and on")
    store.close()


def test_another_thread_that_takes_too_long(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "WAIT_SECONDS", 0.05)
    entered, leave = threading.Event(), threading.Event()

    def linger() -> None:
        with sqlite.writing("bo", Unaudited.AUTOSAVE):
            entered.set()
            leave.wait()

    thread = threading.Thread(target=linger)
    thread.start()
    entered.wait()
    with pytest.raises(StorageUnavailable, match="busy"):
        add(sqlite, "impatient")
    leave.set()
    thread.join()
    add(sqlite, "patient")


@pytest.mark.postgres
def test_another_decision_that_takes_too_long(postgres: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "WAIT_SECONDS", 0.2)
    one, two = Store.open(postgres, clock), Store.open(postgres, clock)
    with pytest.raises(StorageUnavailable, match="busy"), one.writing("ana", "slowly"):
        add(two, "impatient")
    add(two, "patient")
    one.close()
    two.close()


def test_another_process_that_takes_too_long(sqlite: Store, tmp_path: Path) -> None:
    with sqlite.writing("ana", Unaudited.PRESENCE) as tx:
        tx.session.execute(text("PRAGMA busy_timeout = 100"))
    other = sqlite3.connect(tmp_path / "workbench.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StorageUnavailable, match="busy"):
        add(sqlite, "impatient")
    assert time.monotonic() - began < 5
    other.execute("ROLLBACK")
    other.close()
    add(sqlite, "patient")


def test_a_newer_workspace_is_refused_and_left_alone(store: Store, database: str, clock: Clock) -> None:
    with store.writing("ana", Unaudited.AUTOSAVE) as tx:
        tx.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerWorkspace, match="newer"):
        Store.open(database, clock)
    with store.reading() as rx:
        assert rx.session.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "PERSIST"),
        ((3, 44, 5), "PERSIST"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "PERSIST"),
        ((3, 50, 6), "PERSIST"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "PERSIST"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_only_without_the_wal_reset_bug(version: tuple[int, int, int], mode: str) -> None:
    assert journal_mode(version) == mode


def test_pragmas(sqlite: Store) -> None:
    expected = {
        "journal_mode": journal_mode(sqlite3.sqlite_version_info).lower(),
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "secure_delete": 1,
    }
    with sqlite.reading() as rx:
        assert {name: rx.session.execute(text(f"PRAGMA {name}")).scalar() for name in expected} == expected


def test_errors_do_not_quote_words(store: Store) -> None:
    insert = text("INSERT INTO draft (id, content) VALUES ('', :words)")
    with pytest.raises(IntegrityError) as caught, store.writing("ana", Unaudited.AUTOSAVE) as tx:
        tx.session.execute(insert, {"words": "my own words"})
    assert "my own words" not in str(caught.value).split("DETAIL")[0]


def test_addresses() -> None:
    assert address_of("postgresql://u@h/d").drivername == "postgresql+psycopg"
    assert address_of("postgres://u@h/d").drivername == "postgresql+psycopg"
    assert address_of("sqlite:////tmp/x.db").database == "/tmp/x.db"
    assert address_of(Path("/tmp/x.db")) == address_of("/tmp/x.db")


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (pg.DiskFull(), StorageFull),
        (pg.DeadlockDetected(), StorageUnavailable),
        (pg.TooManyConnections(), StorageUnavailable),
        (pg.InsufficientPrivilege(), StorageUnavailable),
        (pg.AdminShutdown(), StorageUnavailable),
        (OSError(errno.EDQUOT, "quota"), StorageFull),
        (pg.UndefinedTable(), type(None)),
        (OSError(errno.ENOENT, "no file"), type(None)),
    ],
)
def test_what_a_fault_means(fault: Exception, meaning: type) -> None:
    if isinstance(fault, pg.Error):
        fault = DBAPIError.instance("SELECT 1", {}, fault, pg.Error)
    assert type(meaning_of(fault)) is meaning
