"""What people said about answers: appended, never changed; a correction is a new row that supersedes."""

import datetime as dt

from sqlmodel import col, select

from workbench.domain.judgements import Choice, Feeling, Remark
from workbench.domain.values import Value
from workbench.errors import NotFound
from workbench.store import texts
from workbench.store.ids import new_id
from workbench.store.store import Reading, Writing
from workbench.store.tables import AnnotationRow, ImpressionRow, PreferenceRow, ResponseRow


class Answer(Value):
    """A response that can be judged: its text is None once it was removed."""

    id: str
    comparison_id: str
    turn_id: str
    conversation_id: str
    outcome: str
    text: str | None
    text_id: str
    at: dt.datetime


def answer(rx: Reading, response_id: str) -> Answer:
    """The response of that id. Raises NotFound."""
    row = rx.session.get(ResponseRow, response_id)
    if row is None:
        raise NotFound("There is no such answer in this workspace.")
    return Answer(
        id=row.id,
        comparison_id=row.comparison_id,
        turn_id=row.turn_id,
        conversation_id=row.conversation_id,
        outcome=row.outcome,
        text=texts.body(rx, row.text_id),
        text_id=row.text_id,
        at=row.at,
    )


def annotate(tx: Writing, response_id: str, remark: Remark) -> str:
    """Append a mark; returns its id."""
    row = AnnotationRow(
        id=new_id(),
        response_id=response_id,
        start=remark.span.start,
        end=remark.span.end,
        span_text_id=texts.add(tx, remark.span.model_dump_json()),
        label=remark.label,
        note_text_id=_maybe(tx, remark.note),
        instead_text_id=_maybe(tx, remark.instead),
        by=tx.actor,
        at=tx.now,
    )
    tx.session.add(row)
    return row.id


def withdraw(tx: Writing, annotation_id: str) -> None:
    """Append the withdrawal of a mark; the mark itself stays. Raises NotFound."""
    row = tx.session.get(AnnotationRow, annotation_id)
    if row is None:
        raise NotFound("There is no such mark.")
    again = AnnotationRow(
        id=new_id(),
        response_id=row.response_id,
        start=row.start,
        end=row.end,
        span_text_id=row.span_text_id,
        label=row.label,
        supersedes=row.id,
        withdrawn=True,
        by=tx.actor,
        at=tx.now,
    )
    tx.session.add(again)


def impress(tx: Writing, response_id: str, feeling: Feeling, reason: str) -> str:
    """Append an impression; returns its id."""
    row = ImpressionRow(
        id=new_id(),
        response_id=response_id,
        feeling=feeling.value,
        reason_text_id=_maybe(tx, reason),
        by=tx.actor,
        at=tx.now,
    )
    tx.session.add(row)
    return row.id


def prefer(tx: Writing, left: Answer, right: Answer, choice: Choice, reason: str) -> str:
    """Append a preference between two answers to one message; returns its id."""
    row = PreferenceRow(
        id=new_id(),
        turn_id=left.turn_id,
        left_id=left.id,
        right_id=right.id,
        choice=choice.value,
        reason_text_id=_maybe(tx, reason),
        by=tx.actor,
        at=tx.now,
    )
    tx.session.add(row)
    return row.id


def words_of_note(rx: Reading, note_id: str) -> tuple[str, ...]:
    """The ids of the erasable texts of a mark (quote, note, better wording) or an impression. Raises NotFound."""
    if mark := rx.session.get(AnnotationRow, note_id):
        return tuple(i for i in (mark.span_text_id, mark.note_text_id, mark.instead_text_id) if i)
    if impression := rx.session.get(ImpressionRow, note_id):
        return (impression.reason_text_id,) if impression.reason_text_id else ()
    raise NotFound("There is no such note.")


def quotes_of(rx: Reading, response_id: str) -> tuple[str, ...]:
    """The ids of the texts that quote a response, which go when its words go."""
    query = select(AnnotationRow.span_text_id).where(col(AnnotationRow.response_id) == response_id)
    return tuple(rx.session.exec(query))


def _maybe(tx: Writing, text: str) -> str | None:
    return texts.add(tx, text) if text else None
