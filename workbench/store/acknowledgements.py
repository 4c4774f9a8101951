"""What people confirmed once."""

from sqlmodel import select

from workbench.store.ids import new_id
from workbench.store.store import Reading, Writing
from workbench.store.tables import AcknowledgementRow


def exists(rx: Reading, kind: str) -> bool:
    """Whether somebody confirmed it in this workspace."""
    return rx.session.exec(select(AcknowledgementRow.id).where(AcknowledgementRow.kind == kind)).first() is not None


def add(tx: Writing, kind: str) -> None:
    """Keep who confirmed it, and when."""
    tx.session.add(AcknowledgementRow(id=new_id(), kind=kind, by=tx.actor, at=tx.now))
