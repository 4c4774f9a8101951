"""What one column has read and said before: the messages of its next call."""

from sqlmodel import col, select

from workbench.domain.conversations import Message
from workbench.store.store import Reading
from workbench.store.tables import ResponseRow, TextRow, TurnRow


def messages(rx: Reading, conversation_id: str, turn_id: str) -> tuple[Message, ...]:
    """The person's messages up to `turn_id` and this column's first answer to each before it.

    A talk goes on from the first answer, whatever was asked again. A message whose words were removed is left out
    with its answers, and an answer without words is left out alone.
    """
    last = rx.session.get_one(TurnRow, turn_id)
    turns = _turns(rx, last)
    answers = _first_answers(rx, conversation_id)
    said: list[Message] = []
    for id, words in turns:
        if words is None:
            continue
        said.append(Message(role="user", content=words))
        if id != turn_id and answers.get(id):
            said.append(Message(role="assistant", content=answers[id]))
    return tuple(said)


def _turns(rx: Reading, last: TurnRow) -> list[tuple[str, str | None]]:
    """Id and words of every message of the comparison up to `last`."""
    query = (
        select(TurnRow.id, TextRow.body)
        .join(TextRow, col(TextRow.id) == col(TurnRow.text_id))
        .where(TurnRow.comparison_id == last.comparison_id, TurnRow.position <= last.position)
        .order_by(col(TurnRow.position))
    )
    return [(id, body) for id, body in rx.session.exec(query)]


def _first_answers(rx: Reading, conversation_id: str) -> dict[str, str]:
    query = (
        select(ResponseRow.turn_id, TextRow.body)
        .join(TextRow, col(TextRow.id) == col(ResponseRow.text_id))
        .where(ResponseRow.conversation_id == conversation_id)
        .order_by(col(ResponseRow.answer).desc())  # the first answer comes last and so stays
    )
    return {turn_id: body for turn_id, body in rx.session.exec(query) if body}
