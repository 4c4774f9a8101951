import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from tests.conftest import NOW
from tests.contracts.children import ROOT, child, finished
from tests.contracts.story import tell
from tests.workspaces import Clock
from workbench.errors import NewerWorkspace, StorageFull
from workbench.store import audit, migrate, registered, transcripts
from workbench.store.engine import address_of, make_engine, writer
from workbench.store.migrations.__main__ import main as draft_revision
from workbench.store.store import Store, Unaudited
from workbench.store.tables import APPEND_ONLY, Table

SECOND = '''
"""A column more, and one on a table that is append-only."""
import sqlalchemy as sa
from alembic import op
from workbench.store.migrations.append_only import protect
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

def upgrade():
    copy = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("version", recreate=copy) as batch:
        batch.add_column(sa.Column("size", sa.Integer(), nullable=True))
    with op.batch_alter_table("text", recreate=copy) as batch:
        batch.add_column(sa.Column("language", sa.String(), nullable=True))
    if copy == "always":
        protect("version")

def downgrade():
    op.drop_column("text", "language")
    op.drop_column("version", "size")
'''


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations, with one more."""
    copy = tmp_path / "100% migrations"
    shutil.copytree(migrate.SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "versions" / "0002_more.py").write_text(SECOND)
    return copy


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writer(engine).begin() as open_connection:
        yield open_connection


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Table.metadata))


def test_migrations_make_the_tables_of_the_code(store: Store, connection: Connection) -> None:
    assert differences(connection) == []


def test_up_down_up(connection: Connection) -> None:
    config = migrate.config_for(connection)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    command.upgrade(config, "head")
    assert differences(connection) == []


def test_head_is_known_without_alembic(connection: Connection) -> None:
    script = ScriptDirectory.from_config(migrate.config_for(connection))
    assert script.get_heads() == [migrate.HEAD]


def test_alembic_is_not_imported_when_nothing_is_to_be_done(database: str, store: Store) -> None:
    look = f"""
import datetime as dt, sys
from workbench.store.store import Store
Store.open({database!r}, lambda: dt.datetime.now(dt.UTC)).close()
assert "alembic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", look], check=True, cwd=ROOT)


def test_processes_may_start_at_once(database: str, clock: Clock) -> None:
    processes = [child("start", database) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # each goes on when its input is closed
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    for process in processes:
        finished(process)
    store = Store.open(database, clock)
    tell(store)
    store.close()


TRIGGERS = {
    "sqlite": "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal",
}


def test_append_only_tables_have_their_triggers(store: Store, connection: Connection) -> None:
    found = set(connection.scalars(text(TRIGGERS[connection.dialect.name])))
    assert found == set(APPEND_ONLY)


def test_an_older_database_is_upgraded_with_all_it_holds(
    store: Store, engine: Engine, database: str, scripts: Path
) -> None:
    story = tell(store)
    before = load(store, story.comparison)
    migrate.migrate(engine, NOW, scripts, "0002")
    migrate.migrate(engine, NOW, scripts, "0002")
    with engine.connect() as connection:
        assert "language" in {column["name"] for column in inspect(connection).get_columns("text")}
    assert load(store, story.comparison) == before
    with store.reading() as rx:
        assert audit.verify(rx) == []
        assert registered.digests(rx) == {"calm@1.0.0": "d" * 64}
    with pytest.raises(IntegrityError, match="never changed"), store.writing("eve", Unaudited.AUTOSAVE) as tx:
        tx.session.execute(text("DELETE FROM version"))


def load(store: Store, comparison: str) -> transcripts.Transcript:
    with store.reading() as rx:
        return transcripts.load(rx, comparison)


def test_a_file_is_copied_before_it_is_upgraded(tmp_path: Path, clock: Clock, scripts: Path) -> None:
    path = tmp_path / "private" / "workbench.db"
    store = Store.open(path, clock)
    story = tell(store)
    before = load(store, story.comparison)
    store.close()
    upgrade(path, scripts)
    copies = list(path.parent.glob("*.bak"))
    assert [copy.name for copy in copies] == ["workbench-0001-20261123T120000Z.bak"]
    assert copies[0].stat().st_mode & 0o777 == 0o600
    with pytest.raises(NewerWorkspace):
        Store.open(path, clock)
    restored = Store.open(copies[0], clock)
    assert load(restored, story.comparison) == before
    restored.close()


def upgrade(path: Path, scripts: Path) -> None:
    engine = make_engine(address_of(path))
    try:
        migrate.migrate(engine, NOW, scripts, "0002")
    finally:
        engine.dispose()


def test_an_upgrade_that_fails_leaves_everything_as_it_was(
    store: Store, engine: Engine, database: str, scripts: Path, clock: Clock
) -> None:
    story = tell(store)
    before = load(store, story.comparison)
    second = scripts / "versions" / "0002_more.py"
    second.write_text(second.read_text().replace("\ndef downgrade", "    raise ZeroDivisionError\n\ndef downgrade"))
    with pytest.raises(ZeroDivisionError):
        migrate.migrate(engine, NOW, scripts, "0002")
    again = Store.open(database, clock)
    assert load(again, story.comparison) == before
    again.close()
    with engine.connect() as connection:
        assert differences(connection) == []


def test_without_room_for_the_copy_nothing_is_upgraded(
    tmp_path: Path, clock: Clock, scripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "private" / "workbench.db"
    Store.open(path, clock).close()

    def no_room(*_: object) -> None:
        raise StorageFull

    monkeypatch.setattr(migrate, "closing", no_room)
    with pytest.raises(StorageFull):
        upgrade(path, scripts)
    assert list(path.parent.glob("*.bak")) == []
    Store.open(path, clock).close()


def test_a_revision_can_be_drafted(tmp_path: Path, scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft_revision("Nothing new", scripts)
    (drafted,) = (scripts / "versions").glob("0003_*.py")
    dropped = re.findall(r"drop_column\('(\w+)'\)", drafted.read_text().split("def downgrade")[0])
    assert sorted(dropped) == ["language", "size"], "what 0002 has and the tables do not"
    assert "sqlmodel" not in drafted.read_text()
