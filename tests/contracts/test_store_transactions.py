import datetime as dt
import threading

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, StatementError

from tests.builders import instructions
from tests.contracts.children import child, finished
from tests.contracts.story import end, tell
from tests.workspaces import Clock
from workbench.domain.conversations import Outcome
from workbench.errors import NotFound, StorageUnavailable
from workbench.store import acknowledgements, audit, drafts, generations, texts
from workbench.store.ids import new_id
from workbench.store.store import Store, Unaudited
from workbench.store.tables import APPEND_ONLY, DraftRow


def add(store: Store, words: str = "hello") -> str:
    with store.writing("ana", "a test") as tx:
        text_id = texts.add(tx, words)
        tx.audit("added", f"text:{text_id}", after=texts.hashed(tx, text_id))
    return text_id


def body(store: Store, text_id: str) -> str | None:
    with store.reading() as rx:
        return texts.body(rx, text_id)


def test_what_was_written_is_read(store: Store) -> None:
    words = "Grüße, 漢字, \N{PILE OF POO}, עברית"
    assert body(store, add(store, words)) == words


def test_what_no_database_can_hold_is_replaced_in_place(store: Store) -> None:
    assert body(store, add(store, "a\x00b\ud83dc")) == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_so_is_what_a_model_sent(store: Store) -> None:
    story = tell(store)
    with store.writing("live", Unaudited.WRITE_BEHIND) as tx:
        (running,) = generations.running(tx, story.comparison)
        generations.write_behind(tx, {running.id: "a\x00\ud83d"})
        failed = end(Outcome.SERVER).replace(detail="\x00")
        assert generations.end(tx, running.id, "", failed)


def test_a_decision_without_its_audit_row_is_not_saved(store: Store) -> None:
    with pytest.raises(RuntimeError, match="audited"), store.writing("ana", "because") as tx:
        text_id = texts.add(tx, "unheard")
    with pytest.raises(NotFound):
        body(store, text_id)


def test_a_change_fails_when_its_audit_row_cannot_be_written(store: Store, engine: Engine) -> None:
    with engine.execution_options(workbench_writes=True).begin() as connection:
        connection.execute(text("DROP TABLE audit_salt"))
    with pytest.raises(Exception, match="audit_salt"), store.writing("ana", "because") as tx:
        acknowledgements.add(tx, "consent")
        tx.audit("confirmed", "consent", after="yes")
    with store.reading() as rx:
        assert not acknowledgements.exists(rx, "consent")


@pytest.mark.parametrize("why", Unaudited)
def test_what_nobody_decides_needs_no_audit_row_and_cannot_have_one(store: Store, why: Unaudited) -> None:
    with store.writing("ana", why) as tx:
        text_id = texts.add(tx, "so far")
    assert body(store, text_id) == "so far"
    with pytest.raises(RuntimeError, match="reason"), store.writing("ana", why) as tx:
        tx.audit("added", "text")
    with store.reading() as rx:
        assert audit.head(rx).seq == 0


def test_an_exception_undoes_the_whole_change(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing("ana", "because") as tx:
        text_id = texts.add(tx, "half")
        tx.audit("added", "text")
        raise ZeroDivisionError
    with pytest.raises(NotFound):
        body(store, text_id)
    assert body(store, add(store)) == "hello"


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be written"), store.reading() as rx:
        rx.session.execute(text("UPDATE draft SET base = ''"))


def test_reading_is_one_snapshot(store: Store, database: str, clock: Clock) -> None:
    text_id = add(store)
    done = []

    def remove() -> None:
        with store.writing("bo", "meanwhile") as tx:
            texts.remove(tx, text_id)
            tx.audit("removed", "text")
        done.append(True)

    with store.reading() as rx:
        assert texts.body(rx, text_id) == "hello"
        other = threading.Thread(target=remove)
        other.start()
        other.join(0.3)
        rx.session.expire_all()
        assert texts.body(rx, text_id) == "hello"
    other.join()
    assert done
    assert body(store, text_id) is None


def test_reading_inside_a_block_joins_it(store: Store) -> None:
    with store.writing("ana", Unaudited.AUTOSAVE) as tx:
        text_id = texts.add(tx, "not yet committed")
        assert body(store, text_id) == "not yet committed"
    with store.reading() as outer, store.reading() as inner:
        assert inner is outer


def test_a_change_inside_a_block_is_refused_instead_of_waiting_for_itself(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside"), store.reading(), store.writing("ana", "because"):
        pass
    add(store)


@pytest.mark.parametrize(("actor", "reason"), [("", "because"), ("ana", "")])
def test_a_change_needs_an_actor_and_a_reason(store: Store, actor: str, reason: str) -> None:
    with pytest.raises(ValueError, match="actor"), store.writing(actor, reason):
        pass


def test_naive_times_are_refused(store: Store, clock: Clock) -> None:
    with pytest.raises(StatementError, match="without its zone"), store.writing("ana", Unaudited.AUTOSAVE) as tx:
        tx.now = dt.datetime(2026, 1, 1)  # noqa: DTZ001 # that is the point
        acknowledgements.add(tx, "consent")
        tx.session.flush()
    clock.now = clock.now.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"), store.writing("ana", "because"):
        pass


def test_times_come_back_in_utc(store: Store, clock: Clock) -> None:
    clock.now = dt.datetime(2026, 3, 1, 4, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
    with store.writing("ana", Unaudited.AUTOSAVE) as tx:
        draft = drafts.start(tx, instructions(), "")
    with store.reading() as rx:
        row = rx.session.get_one(DraftRow, draft.id)
    assert row.updated_at == clock.now
    assert row.updated_at.tzinfo is dt.UTC
    assert row.updated_at.hour == 23


def test_no_edit_is_lost_among_four_processes(store: Store, database: str) -> None:
    with store.writing("ana", Unaudited.AUTOSAVE) as tx:
        draft = drafts.start(tx, instructions().replace(purpose="0"), "")
    editors = [child("edit", database, draft.id, "100") for _ in range(4)]
    conflicts = sum(int(finished(editor)) for editor in editors)
    with store.reading() as rx:
        found = drafts.get(rx, draft.id)
        assert audit.verify(rx) == []
        assert audit.head(rx).seq == 400
    assert (found.content.purpose, found.version) == ("400", 401)
    assert conflicts > 0, "they never met, so this showed nothing"


def test_threads_wait_for_each_other(store: Store) -> None:
    threads = [threading.Thread(target=lambda: [add(store) for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as rx:
        assert audit.head(rx).seq == 160
        assert audit.verify(rx) == []


def test_kill_9_loses_nothing_that_was_acknowledged(store: Store, database: str) -> None:
    acknowledged = finished(child("kills", database, "20")).split()
    assert len(acknowledged) > 100
    with store.reading() as rx:
        assert all(texts.body(rx, text_id) for text_id in acknowledged)
        assert audit.verify(rx) == []
        kept = rx.session.scalar(text("SELECT count(*) FROM text"))
        assert kept == audit.head(rx).seq, "a change was torn"
        assert kept <= len(acknowledged) + 20, "each kill cuts off one acknowledgement at most"


def test_observations_are_never_changed(store: Store) -> None:
    tell(store)
    for table in APPEND_ONLY:
        column = {"version": "ref", "audit": "seq"}.get(table, "id")
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError, match="never changed"), store.writing("eve", Unaudited.AUTOSAVE) as tx:
                tx.session.execute(text(change))


def test_observations_are_not_replaced_either(store: Store, engine: Engine) -> None:
    tell(store)
    change = "INSERT OR REPLACE INTO version SELECT * FROM version"
    if engine.dialect.name == "postgresql":
        change = "TRUNCATE version CASCADE"
    with pytest.raises(IntegrityError, match="never changed"), store.writing("eve", Unaudited.AUTOSAVE) as tx:
        tx.session.execute(text(change))


def test_references_are_enforced(store: Store) -> None:
    with pytest.raises(IntegrityError), store.writing("ana", Unaudited.AUTOSAVE) as tx:
        tx.session.execute(text("INSERT INTO rendered VALUES ('digest', 'no such text', 'calm@1.0.0')"))


def test_ids_sort_by_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert {len(id) for id in ids} == {22}
    assert sorted(ids)[0] == ids[0]
