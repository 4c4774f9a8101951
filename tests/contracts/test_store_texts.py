import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from tests.workspaces import Clock
from workbench.errors import NotFound, StorageUnavailable
from workbench.store import audit, scrubbing, texts
from workbench.store import engine as engines
from workbench.store.store import Store, Unaudited
from workbench.store.tables import TextRow

CANARY = "CANARY-7f3a"
FIND = """
import sys, pathlib
folder, words = sys.argv[1:]
print(*(path.name for path in pathlib.Path(folder).iterdir() if words.encode() in path.read_bytes()))
"""


def files_with(folder: Path, words: str) -> list[str]:
    """Read by another process: closing a file that SQLite has open would drop its locks."""
    return subprocess.check_output([sys.executable, "-c", FIND, str(folder), words], text=True).split()


def keep(store: Store, *bodies: str) -> list[str]:
    with store.writing("ana", "a test") as tx:
        ids = [texts.add(tx, body) for body in bodies]
        tx.audit("added", "texts", after=bodies[0])
    return ids


def remove(store: Store, *ids: str) -> None:
    with store.writing("bo", "asked to") as tx:
        for text_id in ids:
            texts.remove(tx, text_id)
        tx.audit("removed", "texts")


def test_removing_leaves_a_dated_tombstone(store: Store, clock: Clock) -> None:
    (text_id,) = keep(store, CANARY)
    with store.reading() as rx:
        hashed = texts.hashed(rx, text_id)
    clock.advance(days=1)
    remove(store, text_id)
    clock.advance(days=1)
    remove(store, text_id)
    with store.reading() as rx:
        row = rx.session.get_one(TextRow, text_id)
        assert (row.body, row.salt, row.removed_by) == (None, None, "bo")
        assert row.removed_at is not None
        assert (clock.now - row.removed_at).days == 1
        assert texts.hashed(rx, text_id) == hashed
        assert texts.body(rx, text_id) is None
        assert audit.verify(rx) == []


def test_what_is_not_there_is_not_found(store: Store) -> None:
    with store.reading() as rx, pytest.raises(NotFound):
        texts.body(rx, "nothing")
    with pytest.raises(NotFound), store.writing("ana", "because") as tx:
        texts.remove(tx, "nothing")


def test_removed_words_are_in_no_table(store: Store, engine: Engine) -> None:
    remove(store, *keep(store, CANARY))
    store.scrub()
    with engine.connect() as connection:
        for (table,) in connection.execute(text(TABLES[engine.dialect.name])).all():
            assert CANARY not in str(connection.execute(text(f"SELECT * FROM {table}")).all()), table


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


@pytest.fixture(params=["PERSIST", "WAL"])
def files(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A SQLite store in each journal mode, whatever this computer's library would choose."""
    monkeypatch.setattr(engines, "journal_mode", lambda _: request.param)
    opened = Store.open(tmp_path / "private" / "workbench.db", clock)
    request.addfinalizer(opened.close)
    return opened


def test_removed_words_are_in_no_file(files: Store, tmp_path: Path) -> None:
    folder, chance = tmp_path / "private", random.Random(7)
    sizes = [chance.choice((0, 30, 500, 3000, 9000, 60_000)) for _ in range(150)]
    kept = keep(files, *("kept words " * (size // 11 + 1) for size in sizes))
    ids = keep(files, *(f"{CANARY}{'x' * size}{CANARY}" for size in sizes))
    assert files_with(folder, CANARY) != []
    remove(files, *kept[::2])  # neighbors that shrink, so that pages are merged and words moved about
    remove(files, *ids)
    files.scrub()
    assert files_with(folder, CANARY) == []
    assert files_with(folder, "kept words") != []


def test_scrubbing_without_need_does_nothing(files: Store) -> None:
    keep(files, "kept words")
    files.scrub()
    files.scrub()
    with files.reading() as rx:
        assert rx.session.exec(select(TextRow.body)).all() == ["kept words"]


def test_scrubbing_says_when_it_could_not(files: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrubbing, "WAIT_SECONDS", 0.1)
    (text_id,) = keep(files, CANARY)
    with files.reading() as rx:
        assert texts.body(rx, text_id) == CANARY
        with pytest.raises(StorageUnavailable):
            files.scrub()
    files.scrub()


def test_autosaved_words_are_removed_from_files_too(files: Store, tmp_path: Path) -> None:
    ids = []
    for number in range(30):
        with files.writing("ana", Unaudited.WRITE_BEHIND) as tx:
            ids.append(texts.add(tx, f"{CANARY} {number} " * 40))
    remove(files, *ids)
    files.scrub()
    assert files_with(tmp_path / "private", CANARY) == []
