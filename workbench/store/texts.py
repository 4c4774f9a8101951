"""Words, each in an erasable row of its own."""

from workbench.errors import NotFound
from workbench.store.hashes import Hashed, new_salt, salted_hash, storable
from workbench.store.ids import new_id
from workbench.store.store import Reading, Writing
from workbench.store.tables import TextRow


def add(tx: Writing, body: str) -> str:
    """Keep words and give their id. What no database can hold (see `hashes.storable`) becomes U+FFFD."""
    salt, body = new_salt(), storable(body)
    row = TextRow(id=new_id(), body=body, salt=salt, salted_hash=salted_hash(salt, body))
    tx.session.add(row)
    tx.session.flush()  # without relationships, the rows that point to it would not wait for it
    return row.id


def body(rx: Reading, text_id: str) -> str | None:
    """The words; None once they were removed. Raises NotFound."""
    return _row(rx, text_id).body


def hashed(rx: Reading, text_id: str) -> Hashed:
    """What an audit row keeps of the words; their salt stays here and goes with them. Raises NotFound."""
    return Hashed(_row(rx, text_id).salted_hash)


def remove(tx: Writing, text_id: str) -> None:
    """Erase words and salt; the salted hash, the date and who did it stay. Call `Store.scrub` after the change.

    Removing twice keeps the first date. Raises NotFound.
    """
    row = _row(tx, text_id)
    if row.removed_at is None:
        row.body, row.salt = None, None
        row.removed_at, row.removed_by = tx.now, tx.actor
        tx.session.add(row)
        tx.session.flush()


def _row(rx: Reading, text_id: str) -> TextRow:
    row = rx.session.get(TextRow, text_id)
    if row is None:
        raise NotFound("There is no such text in this workspace.")
    return row
