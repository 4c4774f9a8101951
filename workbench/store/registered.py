"""Version files that this workspace has seen, with the digest each had then."""

from sqlmodel import select

from workbench.store.store import Reading, Writing
from workbench.store.tables import VersionRow


def add(tx: Writing, ref: str, slug: str, digest: str) -> None:
    """Register a version file."""
    tx.session.add(VersionRow(ref=ref, slug=slug, digest=digest, registered_at=tx.now))
    tx.session.flush()


def digests(rx: Reading) -> dict[str, str]:
    """Every registered version with its digest."""
    return {row.ref: row.digest for row in rx.session.exec(select(VersionRow))}
