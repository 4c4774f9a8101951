"""How a row is added to the audit chain: each row's hash covers the row and the hash before it."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from workbench.store.hashes import Hashed, new_salt, salted_hash, storable
from workbench.store.tables import AuditRow, AuditSaltRow

START = "0" * 64
"""What the first row has in place of a hash before it."""

_CHAIN_LOCK = 0x1A5C_0DE5  # any number, as long as it never changes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at some time: the number of its last row, 0 when it is empty, and that row's hash."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision: when (UTC), who, the verb, on what, why."""

    at: dt.datetime
    actor: str
    action: str
    object: str
    reason: str


def begin(session: Session, *, audited: bool) -> None:
    """Begin the transaction; one that adds to the chain waits here for every other one.

    SQLite lets one transaction write at a time anyway. PostgreSQL would let two read the same head.
    """
    connection = session.connection()
    if audited and connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))


def head(session: Session) -> Head:
    """The end of the chain as this transaction sees it."""
    last = session.exec(select(AuditRow.seq, AuditRow.hash).order_by(col(AuditRow.seq).desc()).limit(1)).first()
    return Head(int(last[0] or 0), last[1]) if last else Head(0, START)


def append(session: Session, entry: Entry, before: str | Hashed | None, after: str | Hashed | None) -> None:
    """Add a row in the transaction that `begin` began. The words become salted hashes."""
    last = head(session)
    row = AuditRow(
        seq=last.seq + 1,
        at=entry.at.isoformat(),
        actor=storable(entry.actor),
        action=storable(entry.action),
        object=storable(entry.object),
        before="",
        after="",
        reason=storable(entry.reason),
        prev=last.hash,
        hash="",
    )
    salts = []
    for side, words in (("before", before), ("after", after)):
        if isinstance(words, str):
            salts.append(AuditSaltRow(seq=last.seq + 1, side=side, salt=new_salt()))
            words = Hashed(salted_hash(salts[-1].salt, storable(words)))
        setattr(row, side, words.digest if words else "")
    row.hash = hash_of(row)
    session.add(row)
    session.flush()  # the salts point to it
    session.add_all(salts)


def hash_of(row: AuditRow) -> str:
    """SHA-256 of the JSON of all other fields, in their fixed order."""
    fields = [row.seq, row.at, row.actor, row.action, row.object, row.before, row.after, row.reason, row.prev]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
