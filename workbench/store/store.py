"""The two ways into the database: `reading()` and `writing(actor, reason)`."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from workbench.errors import StorageUnavailable
from workbench.store import chain
from workbench.store.engine import WAIT_SECONDS, address_of, make_engine, reader, writer
from workbench.store.faults import BUSY, explained
from workbench.store.hashes import Hashed
from workbench.store.migrate import migrate
from workbench.store.scrubbing import scrub

Clock = Callable[[], dt.datetime]
"""Gives the present time, aware of its zone."""


class Unaudited(Enum):
    """Why a change needs no audit row: nobody decided anything."""

    WRITE_BEHIND = "progress of a running answer"
    AUTOSAVE = "a draft saved by itself"
    PRESENCE = "who is here"


class Reading:
    """One snapshot of the database; `session` is for the query modules of the store alone."""

    def __init__(self, session: Session) -> None:
        self.session = session


class Writing(Reading):
    """One change of the database: all of it is committed, or nothing."""

    def __init__(self, session: Session, actor: str, reason: str | Unaudited, now: dt.datetime) -> None:
        super().__init__(session)
        self.actor = actor
        self.reason = reason
        self.now = now
        """The UTC time of the whole change."""
        self.audited = False

    def audit(
        self, action: str, object: str, before: str | Hashed | None = None, after: str | Hashed | None = None
    ) -> None:
        """Add a row to the chain, in this transaction.

        Args:
            action: the verb, such as `version saved`.
            object: what it was done to, such as `draft:<id>`; never a person's words.
            before: what was there, as text or as `texts.hashed(tx, text_id)`; kept as a salted hash alone.
            after: what is there now.

        Raises:
            RuntimeError: the change was opened without a reason.
        """
        if isinstance(self.reason, Unaudited):
            raise RuntimeError("a change without a reason cannot be audited: open it with one")
        entry = chain.Entry(self.now, self.actor, action, object, self.reason)
        chain.append(self.session, entry, before, after)
        self.audited = True

    def check(self) -> None:
        """Raise RuntimeError when a decision is about to be committed without its audit row."""
        if not (self.audited or isinstance(self.reason, Unaudited)):
            raise RuntimeError(f"nothing was audited in a change made for {self.reason!r}; it was not saved")


Opened = TypeVar("Opened", bound=Reading)


class Store:
    """A database of observations and mutable work. Close it at the end."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.clock = clock
        self._engine = engine
        self._reader, self._writer = reader(engine), writer(engine)
        self._one_at_a_time = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._open = threading.local()

    @classmethod
    def open(cls, url_or_path: str | Path, clock: Clock) -> Self:
        """Open a database, create or upgrade it as needed.

        Args:
            url_or_path: `postgresql://…`, `sqlite:///…`, or the path of a SQLite file.
            clock: gives the present time.

        Raises:
            StorageUnavailable: it cannot be opened or reached.
            StorageFull: there is no room to create or upgrade it.
            NewerWorkspace: it was written by a newer version.
        """
        engine = make_engine(address_of(url_or_path))
        try:
            with explained():
                migrate(engine, clock())
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, clock)

    def close(self) -> None:
        """Give up all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """One snapshot, for as long as the block lasts; never await or wait inside it.

        Inside another block of this thread it joins that block's transaction.

        Raises:
            StorageUnavailable: the database cannot be reached.
        """
        if (joined := self._current()) is not None:
            yield joined
            return
        with (
            explained(),
            Session(self._reader, expire_on_commit=False) as session,
            self._entered(Reading(session)) as reading,
        ):
            yield reading

    @contextmanager
    def writing(self, actor: str, reason: str | Unaudited) -> Iterator[Writing]:
        """One change, committed at the end of the block or, when it raises, not at all.

        Changes wait for each other (on PostgreSQL those with a reason do), so the block holds database work only.

        Args:
            actor: the id of the person or run that decides.
            reason: why, in the workbench's words (a person's words belong in a text row), or why it needs none.

        Raises:
            StorageFull: the disk is full; nothing of this change was saved.
            StorageUnavailable: the database cannot be reached, or another change took too long.
            RuntimeError: a reason was given and nothing audited, or the block is inside another one.
        """
        if not actor or not reason:
            raise ValueError("a change needs an actor and a reason")
        if self._current() is not None:
            raise RuntimeError("a change inside another block of this thread would wait for itself")
        with explained(), self._turn(), Session(self._writer, expire_on_commit=False) as session:
            chain.begin(session, audited=isinstance(reason, str))
            with self._entered(Writing(session, actor, reason, self._now())) as tx:
                yield tx
            tx.check()
            session.commit()

    def scrub(self) -> None:
        """Remove what erasing left in journals and free pages. Call it after the change that erased.

        Raises:
            StorageUnavailable: the database is too busy; call it again.
        """
        with explained(), self._turn():
            scrub(self._engine)

    def _now(self) -> dt.datetime:
        now = self.clock()
        if now.tzinfo is None:
            raise ValueError("a time without its zone")
        return now.astimezone(dt.UTC)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Threads queue here and not in SQLite, whose waiting is unfair: some would wait for seconds."""
        if self._one_at_a_time is None:
            yield
            return
        if not self._one_at_a_time.acquire(timeout=WAIT_SECONDS):
            raise StorageUnavailable(BUSY)
        try:
            yield
        finally:
            self._one_at_a_time.release()

    def _current(self) -> Reading | None:
        return getattr(self._open, "block", None)

    @contextmanager
    def _entered(self, block: Opened) -> Iterator[Opened]:
        self._open.block = block
        try:
            yield block
        finally:
            self._open.block = None
