from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, Executable, text
from sqlmodel import Session, select

from workbench.store import audit, texts
from workbench.store.chain import Head, hash_of
from workbench.store.hashes import salted_hash
from workbench.store.store import Reading, Store
from workbench.store.tables import AuditRow, AuditSaltRow

ROWS = 12
FIELDS = ("at", "actor", "action", "object", "before", "after", "reason", "prev", "hash")


@pytest.fixture
def decided(store: Store) -> Store:
    for number in range(1, ROWS + 1):
        with store.writing("ana", f"reason {number}") as tx:
            tx.audit("saved", f"draft:{number}", f"before {number}", f"after {number}")
    return store


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    """A transaction in which the triggers are asleep; undone at the end."""
    with engine.execution_options(workbench_writes=True).connect() as connection:
        connection.begin()
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER audit_append_only_update"))
            connection.execute(text("DROP TRIGGER audit_append_only_delete"))
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        yield connection
        connection.rollback()


def broken_after(engine: Engine, change: Executable, kept: Head | None = None) -> list[int]:
    with tampering(engine) as connection:
        connection.execute(change)
        with Session(connection) as session:
            return audit.verify(Reading(session), kept)


def kept_head(store: Store) -> Head:
    with store.reading() as rx:
        return audit.head(rx)


def test_the_chain_verifies(decided: Store) -> None:
    with decided.reading() as rx:
        assert audit.verify(rx) == []
        assert audit.verify(rx, audit.head(rx)) == []
        assert audit.head(rx).seq == ROWS


def test_an_empty_chain_verifies(store: Store) -> None:
    with store.reading() as rx:
        assert audit.verify(rx, audit.head(rx)) == []


def test_every_changed_field_of_every_row_is_found(decided: Store, engine: Engine) -> None:
    for seq in range(1, ROWS + 1):
        for field in FIELDS:
            change = text(f"UPDATE audit SET {field} = {field} || 'x' WHERE seq = {seq}")
            assert seq in broken_after(engine, change), (seq, field)


def test_every_deleted_row_is_found(decided: Store, engine: Engine) -> None:
    kept = kept_head(decided)
    for seq in range(1, ROWS + 1):
        change = text(f"DELETE FROM audit WHERE seq = {seq}")
        assert seq in broken_after(engine, change, kept), seq


def test_swapped_rows_are_found(decided: Store, engine: Engine) -> None:
    with tampering(engine) as connection, Session(connection) as session:
        for old, new in ((3, 99), (4, 3), (99, 4)):
            connection.execute(text(f"UPDATE audit SET seq = {new} WHERE seq = {old}"))
        assert audit.verify(Reading(session))[:2] == [3, 4]


def test_an_inserted_row_is_found(decided: Store, engine: Engine) -> None:
    with tampering(engine) as connection, Session(connection) as session:
        last = session.exec(select(AuditRow).where(AuditRow.seq == ROWS)).one()
        session.add(AuditRow(**{**last.model_dump(), "seq": ROWS + 1}))
        session.flush()
        assert audit.verify(Reading(session)) == [ROWS + 1]


def test_a_row_that_was_hashed_again_breaks_the_next_one(decided: Store, engine: Engine) -> None:
    kept = kept_head(decided)
    for seq in range(1, ROWS + 1):
        with tampering(engine) as connection, Session(connection) as session:
            row = session.exec(select(AuditRow).where(AuditRow.seq == seq)).one()
            row.actor = "eve"
            row.hash = hash_of(row)
            session.add(row)
            session.flush()
            assert audit.verify(Reading(session), kept) == [min(seq + 1, ROWS)]


def test_a_cut_tail_shows_against_a_head_that_was_kept(decided: Store, engine: Engine) -> None:
    kept = kept_head(decided)
    cut = text("DELETE FROM audit WHERE seq > 9")
    assert broken_after(engine, cut) == []
    assert broken_after(engine, cut, kept) == [10, 11, 12]


def test_words_are_kept_as_salted_hashes_alone(store: Store) -> None:
    with store.writing("ana", "because") as tx:
        text_id = texts.add(tx, "yes")
        tx.audit("said", "turn:1", "no", texts.hashed(tx, text_id))
        tx.audit("said", "turn:2", "no", "yes")
    with store.reading() as rx:
        first, second = rx.session.exec(select(AuditRow).order_by("seq")).all()
        salts = {(row.seq, row.side): row.salt for row in rx.session.exec(select(AuditSaltRow))}
    assert set(salts) == {(1, "before"), (2, "before"), (2, "after")}
    assert first.before == salted_hash(salts[1, "before"], "no")
    assert second.after == salted_hash(salts[2, "after"], "yes")
    assert first.before != second.before, "the same word twice must not look the same"


def test_forgetting_leaves_a_chain_that_verifies(decided: Store) -> None:
    with decided.writing("ana", "asked to") as tx:
        audit.forget(tx, "draft:3")
        tx.audit("forgot", "draft:3")
    with decided.reading() as rx:
        left = {row.seq for row in rx.session.exec(select(AuditSaltRow))}
        assert left == set(range(1, ROWS + 1)) - {3}
        assert audit.verify(rx) == []
