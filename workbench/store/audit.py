"""The chain of decisions, read and checked. Rows are added by `Writing.audit` alone.

What was there before and after a decision is kept as salted hashes. The salt of a text row stays in that row and goes
with its words; every other salt stays in `audit_salt` and goes by `forget`. Without its salt a hash can no longer be
tried against guessed words, while the chain, which covers the hashes only, still verifies.

The chain finds edited, swapped, inserted and missing rows. A cut tail or a rewritten chain looks whole from the
inside: only a `head` that was kept elsewhere shows it.
"""

from sqlalchemy import delete
from sqlmodel import col, select

from workbench.store import chain
from workbench.store.chain import START, Head, hash_of
from workbench.store.store import Reading, Writing
from workbench.store.tables import AuditRow, AuditSaltRow


def head(rx: Reading) -> Head:
    """The end of the chain now; keep it outside the database."""
    return chain.head(rx.session)


def verify(rx: Reading, kept: Head | None = None) -> list[int]:
    """The numbers of the rows where the chain breaks; empty when it is whole.

    A missing row shows at its own number. With a head that was `kept`, a row it names counts as broken when it is
    missing or has another hash.
    """
    broken: list[int] = []
    expected, prev = 1, START
    rows = rx.session.exec(select(AuditRow).order_by(col(AuditRow.seq)).execution_options(yield_per=1000))
    for row in rows:
        seq = int(row.seq or 0)
        broken += range(expected, seq)
        if row.prev != prev or row.hash != hash_of(row) or _contradicts(kept, seq, row.hash):
            broken.append(seq)
        expected, prev = seq + 1, row.hash
    if kept is not None and kept.seq >= expected:
        broken += range(expected, kept.seq + 1)
    return sorted(set(broken))


def forget(tx: Writing, object: str) -> None:
    """Erase the salts of all rows about `object`, such as `draft:<id>`, when its words are removed."""
    seqs = select(AuditRow.seq).where(AuditRow.object == object)
    tx.session.exec(delete(AuditSaltRow).where(col(AuditSaltRow.seq).in_(seqs)))


def _contradicts(kept: Head | None, seq: int, hash: str) -> bool:
    return kept is not None and seq == kept.seq and hash != kept.hash
