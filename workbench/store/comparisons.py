"""Comparisons: columns that share the person's messages, and the messages."""

import datetime as dt
import json
from collections.abc import Mapping

from sqlalchemy import ScalarSelect, Subquery, func, update
from sqlalchemy import select as plain_select
from sqlmodel import col, select

from workbench.domain.conversations import ModelSpec
from workbench.domain.instructions import digest
from workbench.domain.values import Value
from workbench.errors import NotFound
from workbench.store import texts
from workbench.store.ids import new_id
from workbench.store.store import Reading, Writing
from workbench.store.tables import ComparisonRow, ConversationRow, RenderedRow, TextRow, TurnRow


class NewColumn(Value):
    """A column to be started: instructions as they were rendered, on a model."""

    instructions: str
    instructions_digest: str
    rendered: str
    model: ModelSpec


class Column(Value):
    """One column of a comparison."""

    id: str
    position: int
    instructions: str
    instructions_digest: str
    rendered_digest: str
    model: str
    litellm_id: str
    settings: Mapping[str, str | int | float | bool]
    left_out: bool


class Summary(Value):
    """A comparison in a list: when, how many columns and messages, and how it began."""

    id: str
    at: dt.datetime
    first_words: str | None
    columns: int
    turns: int


def start(tx: Writing, columns: tuple[NewColumn, ...]) -> str:
    """Keep a comparison with its columns; returns its id."""
    comparison = ComparisonRow(id=new_id(), created_by=tx.actor, created_at=tx.now)
    tx.session.add(comparison)
    digests = [keep_rendered(tx, column.rendered, column.instructions) for column in columns]
    tx.session.flush()
    for position, (column, rendered) in enumerate(zip(columns, digests, strict=True)):
        tx.session.add(_conversation(comparison.id, position, column, rendered))
    return comparison.id


def _conversation(comparison_id: str, position: int, column: NewColumn, rendered: str) -> ConversationRow:
    return ConversationRow(
        id=new_id(),
        comparison_id=comparison_id,
        position=position,
        instructions=column.instructions,
        instructions_digest=column.instructions_digest,
        rendered_digest=rendered,
        model=column.model.name,
        litellm_id=column.model.litellm_id,
        settings=json.dumps(dict(column.model.settings), sort_keys=True),
    )


def keep_rendered(tx: Writing, text: str, source: str) -> str:
    """Keep a rendered text once, by its digest, and give the digest."""
    key = digest(text)
    if tx.session.get(RenderedRow, key) is None:
        text_id = texts.add(tx, text)
        tx.session.add(RenderedRow(digest=key, text_id=text_id, source=source))
        tx.session.flush()
    return key


def rendered(rx: Reading, key: str) -> str | None:
    """The rendered text of that digest, or None when its words were removed."""
    row = rx.session.get(RenderedRow, key)
    return texts.body(rx, row.text_id) if row else None


def rendered_with(rx: Reading, words: str, source: str) -> tuple[str, ...]:
    """Text ids of rendered texts of one source that hold the words."""
    query = (
        select(TextRow.id)
        .join(RenderedRow, col(RenderedRow.text_id) == col(TextRow.id))
        .where(RenderedRow.source == source, col(TextRow.body).contains(words, autoescape=True))
    )
    return tuple(rx.session.exec(query))


def models_tried(rx: Reading, instructions: str) -> tuple[str, ...]:
    """Names of the models that these instructions were tried on, sorted."""
    query = select(ConversationRow.model).where(ConversationRow.instructions == instructions).distinct()
    return tuple(sorted(rx.session.exec(query)))


def columns(rx: Reading, comparison_id: str) -> tuple[Column, ...]:
    """The columns in their order. Raises NotFound when there is no such comparison."""
    query = select(ConversationRow).where(ConversationRow.comparison_id == comparison_id)
    rows = rx.session.exec(query.order_by(col(ConversationRow.position))).all()
    if not rows:
        raise NotFound("There is no such conversation in this workspace. It may have been made in another one.")
    return tuple(_column(row) for row in rows)


def add_turn(tx: Writing, comparison_id: str, text: str) -> str:
    """Keep the person's next message; returns the turn's id."""
    query = select(func.count()).select_from(TurnRow).where(TurnRow.comparison_id == comparison_id)
    position = tx.session.exec(query).one()
    text_id = texts.add(tx, text)
    turn = TurnRow(id=new_id(), comparison_id=comparison_id, position=position, text_id=text_id, by=tx.actor, at=tx.now)
    tx.session.add(turn)
    tx.session.flush()
    return turn.id


def text_of_turn(rx: Reading, turn_id: str) -> str:
    """The id of the words of a message. Raises NotFound."""
    row = rx.session.get(TurnRow, turn_id)
    if row is None:
        raise NotFound("There is no such message in this workspace.")
    return row.text_id


def leave_out(tx: Writing, conversation_id: str) -> None:
    """Send no further message to a column; what it said stays."""
    done = tx.session.execute(
        update(ConversationRow).where(col(ConversationRow.id) == conversation_id).values(left_out_at=tx.now)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined] # a CursorResult, which execute() does not say
        raise NotFound


def recent(rx: Reading, limit: int = 10) -> tuple[Summary, ...]:
    """The newest comparisons."""
    newest = select(ComparisonRow).order_by(col(ComparisonRow.id).desc()).limit(limit).subquery()
    query = (
        plain_select(
            newest.c.id,
            newest.c.created_at,
            col(TextRow.body),
            _how_many(ConversationRow, newest),
            _how_many(TurnRow, newest),
        )
        .select_from(newest)
        .join(TurnRow, (col(TurnRow.comparison_id) == newest.c.id) & (col(TurnRow.position) == 0))
        .join(TextRow, col(TextRow.id) == col(TurnRow.text_id))
        .order_by(newest.c.id.desc())
    )
    return tuple(
        Summary(id=id, at=at, first_words=body, columns=columns, turns=turns)
        for id, at, body, columns, turns in rx.session.execute(query)
    )


def _how_many(table: type[ConversationRow] | type[TurnRow], newest: Subquery) -> ScalarSelect[int]:
    return select(func.count()).where(col(table.comparison_id) == newest.c.id).correlate(newest).scalar_subquery()


def _column(row: ConversationRow) -> Column:
    return Column(
        id=row.id,
        position=row.position,
        instructions=row.instructions,
        instructions_digest=row.instructions_digest,
        rendered_digest=row.rendered_digest,
        model=row.model,
        litellm_id=row.litellm_id,
        settings=json.loads(row.settings),
        left_out=row.left_out_at is not None,
    )
