"""Running answers: leased, written behind, stopped by request, ended exactly once."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from workbench.domain.conversations import End, Outcome, Usage
from workbench.domain.values import Value
from workbench.store import texts
from workbench.store.ids import new_id
from workbench.store.store import Reading, Writing
from workbench.store.tables import ConversationRow, FailureRow, GenerationRow, ResponseRow

LEASE = dt.timedelta(seconds=15)
GRACE = dt.timedelta(seconds=10)
ENDED = "ended"
RUNNING = "running"


class Generation(Value):
    """A running answer as the database knows it."""

    id: str
    comparison_id: str
    turn_id: str
    conversation_id: str
    answer: int
    owner: str
    partial: str
    stop_requested: bool
    watched_at: dt.datetime


class Progress(Value):
    """What another process, or a person, asked of a running answer since the last look."""

    stop_requested: bool
    watched_at: dt.datetime


def start(tx: Writing, comparison_id: str, turn_id: str, conversation_id: str, owner: str) -> Generation:
    """Keep a running answer: the next answer of this column to this message."""
    query = select(GenerationRow.answer).where(
        GenerationRow.turn_id == turn_id, GenerationRow.conversation_id == conversation_id
    )
    row = GenerationRow(
        id=new_id(),
        comparison_id=comparison_id,
        turn_id=turn_id,
        conversation_id=conversation_id,
        answer=max(tx.session.exec(query), default=0) + 1,
        state=RUNNING,
        owner=owner,
        lease_until=tx.now + LEASE,
        watched_at=tx.now,
        started_at=tx.now,
    )
    tx.session.add(row)
    return _generation(row)


def write_behind(tx: Writing, partials: Mapping[str, str]) -> dict[str, Progress]:
    """Renew the leases, keep the texts so far, and tell what was asked meanwhile, by generation id."""
    for generation_id, partial in partials.items():
        tx.session.execute(
            update(GenerationRow)
            .where(col(GenerationRow.id) == generation_id, col(GenerationRow.state) != ENDED)
            .values(partial=partial, lease_until=tx.now + LEASE)
        )
    rows = tx.session.exec(select(GenerationRow).where(col(GenerationRow.id).in_(partials)))
    return {row.id: Progress(stop_requested=row.stop_requested, watched_at=row.watched_at) for row in rows}


def running(rx: Reading, comparison_id: str = "") -> tuple[Generation, ...]:
    """Answers that have not ended, of one comparison or of all."""
    query = select(GenerationRow).where(GenerationRow.state != ENDED)
    if comparison_id:
        query = query.where(GenerationRow.comparison_id == comparison_id)
    return tuple(_generation(row) for row in rx.session.exec(query.order_by(col(GenerationRow.id))))


def abandoned(rx: Reading, now: dt.datetime) -> tuple[Generation, ...]:
    """Running answers whose lease ran out long enough ago that their process must have ended."""
    query = select(GenerationRow).where(GenerationRow.state != ENDED, col(GenerationRow.lease_until) < now - GRACE)
    return tuple(_generation(row) for row in rx.session.exec(query))


def request_stop(tx: Writing, comparison_id: str) -> None:
    """Ask whoever runs the answers of a comparison to stop them."""
    _running_of(tx, comparison_id, stop_requested=True)


def watched(tx: Writing, comparison_id: str) -> None:
    """Tell the process that runs the answers that somebody still reads them."""
    _running_of(tx, comparison_id, watched_at=tx.now)


def _running_of(tx: Writing, comparison_id: str, **values: object) -> None:
    tx.session.execute(
        update(GenerationRow)
        .where(col(GenerationRow.comparison_id) == comparison_id, col(GenerationRow.state) != ENDED)
        .values(**values)
    )


def end(tx: Writing, generation_id: str, text: str, end: End) -> bool:
    """Append the one response or failure of an answer; False when it had ended before."""
    closed = tx.session.execute(
        update(GenerationRow)
        .where(col(GenerationRow.id) == generation_id, col(GenerationRow.state) != ENDED)
        .values(state=ENDED, partial="")
    )
    if closed.rowcount != 1:  # type: ignore[attr-defined] # a CursorResult, which execute() does not say
        return False
    row = tx.session.get_one(GenerationRow, generation_id)
    conversation = tx.session.get_one(ConversationRow, row.conversation_id)
    common: dict[str, Any] = {
        "id": new_id(),
        "generation_id": row.id,
        "comparison_id": row.comparison_id,
        "turn_id": row.turn_id,
        "conversation_id": row.conversation_id,
        "answer": row.answer,
        "outcome": end.outcome.value,
        "detail": end.detail,
        "usage": end.usage.model_dump_json(),
        "rendered_digest": conversation.rendered_digest,
        "at": tx.now,
    }
    if end.outcome.reached_the_person:
        text_id = texts.add(tx, text)
        tx.session.add(ResponseRow(**common, text_id=text_id))
    else:
        tx.session.add(FailureRow(**common))
    return True


def interrupted() -> End:
    """The end of an answer whose process is gone."""
    return End(outcome=Outcome.INTERRUPTED, detail="The program that ran this answer ended.", usage=Usage())


def usage_of(stored: str) -> Usage:
    """The usage kept with a response."""
    return Usage.model_validate(json.loads(stored))


def _generation(row: GenerationRow) -> Generation:
    return Generation(
        id=row.id,
        comparison_id=row.comparison_id,
        turn_id=row.turn_id,
        conversation_id=row.conversation_id,
        answer=row.answer,
        owner=row.owner,
        partial=row.partial,
        stop_requested=row.stop_requested,
        watched_at=row.watched_at,
    )
