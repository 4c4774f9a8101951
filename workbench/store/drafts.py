"""Drafts: mutable working copies, saved by compare-and-set."""

import datetime as dt

from sqlalchemy import update
from sqlmodel import col, select

from workbench.domain.instructions import InstructionSet
from workbench.domain.values import Value
from workbench.errors import NotFound
from workbench.store import texts
from workbench.store.ids import new_id
from workbench.store.store import Reading, Writing
from workbench.store.tables import DraftRow, LeftoverRow


class Stale(Exception):
    """The draft was saved by somebody else since it was read."""


class Draft(Value):
    """A working copy; `version` counts its saves and guards against lost ones."""

    id: str
    slug: str
    base: str
    """The version it was made from, `slug@1.0.0`, or empty."""
    content: InstructionSet
    version: int
    created_by: str
    updated_by: str
    updated_at: dt.datetime
    closed: bool = False


class Leftover(Value):
    """A text that lost a conflict, kept for its author."""

    id: str
    clause_id: str
    text: str | None
    by: str
    at: dt.datetime


def start(tx: Writing, content: InstructionSet, base: str) -> Draft:
    """Keep a new draft."""
    row = DraftRow(
        id=new_id(),
        slug=content.slug,
        base=base,
        content=content.model_dump_json(),
        created_by=tx.actor,
        created_at=tx.now,
        updated_by=tx.actor,
        updated_at=tx.now,
    )
    tx.session.add(row)
    return _draft(row)


def get(rx: Reading, draft_id: str) -> Draft:
    """The draft. Raises NotFound."""
    row = rx.session.get(DraftRow, draft_id)
    if row is None:
        raise NotFound("There is no such draft in this workspace. It may have been made in another one.")
    return _draft(row)


def opened(rx: Reading, slug: str = "") -> tuple[Draft, ...]:
    """Drafts that are not closed, the newest change first."""
    query = select(DraftRow).where(col(DraftRow.closed_at).is_(None)).order_by(col(DraftRow.updated_at).desc())
    if slug:
        query = query.where(DraftRow.slug == slug)
    return tuple(_draft(row) for row in rx.session.exec(query))


def save(tx: Writing, draft: Draft, content: InstructionSet) -> Draft:
    """Replace the content, if nobody saved since `draft` was read. Raises Stale."""
    done = tx.session.execute(
        update(DraftRow)
        .where(col(DraftRow.id) == draft.id, col(DraftRow.version) == draft.version)
        .values(
            content=content.model_dump_json(),
            version=draft.version + 1,
            updated_by=tx.actor,
            updated_at=tx.now,
        )
    )
    if done.rowcount != 1:  # type: ignore[attr-defined] # a CursorResult, which execute() does not say
        raise Stale
    return draft.replace(content=content, version=draft.version + 1, updated_by=tx.actor, updated_at=tx.now)


def close(tx: Writing, draft_id: str) -> None:
    """Put a draft away, after it became a version or was given up."""
    tx.session.execute(update(DraftRow).where(col(DraftRow.id) == draft_id).values(closed_at=tx.now))


def keep_leftover(tx: Writing, draft_id: str, clause_id: str, text: str) -> None:
    """Keep the text that lost a conflict."""
    text_id = texts.add(tx, text)
    row = LeftoverRow(id=new_id(), draft_id=draft_id, clause_id=clause_id, text_id=text_id, by=tx.actor, at=tx.now)
    tx.session.add(row)


def leftovers(rx: Reading, draft_id: str) -> tuple[Leftover, ...]:
    """Every text that lost a conflict in this draft, the newest first."""
    query = select(LeftoverRow).where(LeftoverRow.draft_id == draft_id).order_by(col(LeftoverRow.at).desc())
    return tuple(
        Leftover(id=row.id, clause_id=row.clause_id, text=texts.body(rx, row.text_id), by=row.by, at=row.at)
        for row in rx.session.exec(query)
    )


def _draft(row: DraftRow) -> Draft:
    return Draft(
        id=row.id,
        slug=row.slug,
        base=row.base,
        content=InstructionSet.model_validate_json(row.content),
        version=row.version,
        created_by=row.created_by,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
        closed=row.closed_at is not None,
    )
