"""A comparison as a page draws it: columns, messages, answers, and what people said about them.

Nine queries by index, however long the conversation is; everything that comes back is a plain, frozen value.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import FromClause, Select, select

from workbench.domain.conversations import Outcome, Usage
from workbench.domain.judgements import Choice, Feeling, Span
from workbench.errors import NotFound
from workbench.store import comparisons
from workbench.store.comparisons import Column
from workbench.store.generations import ENDED, usage_of
from workbench.store.store import Reading
from workbench.store.tables import ComparisonRow, Table


@dataclass(frozen=True, slots=True)
class Words:
    """Erasable words: `body` is None once they were removed, on `removed_at`."""

    id: str
    body: str | None
    removed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on an answer that was neither superseded nor withdrawn; `span` is None once its words were removed."""

    id: str
    response_id: str
    start: int
    end: int
    span: Span | None
    label: str
    note: Words | None
    instead: Words | None
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Impression:
    """What one person felt about an answer last."""

    id: str
    response_id: str
    feeling: Feeling
    reason: Words | None
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Preference:
    """What one person last said about two answers to one message."""

    id: str
    turn_id: str
    left_id: str
    right_id: str
    choice: Choice
    reason: Words | None
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a column to a message: a response, a failure, or one that still runs."""

    id: str
    """The response's or the failure's; while it runs, the generation's."""
    generation_id: str
    turn_id: str
    conversation_id: str
    number: int
    """Counts the answers of this column to this message, from 1."""
    outcome: Outcome | None
    """None while it runs."""
    at: dt.datetime
    """When it ended; while it runs, when it began."""
    words: Words | None = None
    """A response's words; None for a failure and while it runs."""
    partial: str = ""
    """What was written down so far, while it runs."""
    detail: str = ""
    usage: Usage | None = None
    """None while it runs."""
    marks: tuple[Mark, ...] = ()
    """In the order of the text."""
    impressions: tuple[Impression, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.outcome is None

    @property
    def text(self) -> str | None:
        """What can be shown: None for a failure and for removed words."""
        if self.words is not None:
            return self.words.body
        return self.partial if self.running else None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the person, and every column's answers to it."""

    id: str
    position: int
    words: Words
    by: str
    at: dt.datetime
    answers: Mapping[str, tuple[Answer, ...]]
    """By conversation id, in the order of their numbers; a column without an answer is not there."""
    preferences: tuple[Preference, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole comparison, columns and messages in their order."""

    id: str
    created_by: str
    created_at: dt.datetime
    columns: tuple[Column, ...]
    turns: tuple[Turn, ...]

    @property
    def running(self) -> bool:
        """Whether any answer has not ended yet."""
        return any(answer.running for turn in self.turns for column in turn.answers.values() for answer in column)


_TABLES = Table.metadata.tables
_TEXT, _TURN, _GENERATION, _RESPONSE = _TABLES["text"], _TABLES["turn"], _TABLES["generation"], _TABLES["response"]
_FAILURE, _MARK, _IMPRESSION, _PREFERENCE = (
    _TABLES[name] for name in ("failure", "annotation", "impression", "preference")
)
_NOTE, _INSTEAD = _TEXT.alias("note"), _TEXT.alias("instead")


def load(rx: Reading, comparison_id: str) -> Transcript:
    """The comparison with all that belongs to it. Raises NotFound."""
    comparison = rx.session.get(ComparisonRow, comparison_id)
    if comparison is None:
        raise NotFound("There is no such conversation in this workspace. It may have been made in another one.")
    rx.session.flush()  # queries on tables, unlike those on classes, do not send pending rows by themselves
    return Transcript(
        id=comparison.id,
        created_by=comparison.created_by,
        created_at=comparison.created_at,
        columns=comparisons.columns(rx, comparison_id),
        turns=tuple(_turns(rx, comparison_id)),
    )


def _turns(rx: Reading, comparison_id: str) -> Iterator[Turn]:
    answers = _grouped(_answers(rx, comparison_id), lambda answer: answer.turn_id)
    preferences = _grouped(_preferences(rx, comparison_id), lambda preference: preference.turn_id)
    query = (
        _select(_TURN, "id position by at", _TEXT)
        .join(_TEXT, _TEXT.c.id == _TURN.c.text_id)
        .where(_TURN.c.comparison_id == comparison_id)
        .order_by(_TURN.c.position)
    )
    for id, position, by, at, *words in _rows(rx, query):
        by_column = _grouped(answers.get(id, ()), lambda answer: answer.conversation_id)
        yield Turn(id, position, Words(*words), by, at, by_column, preferences.get(id, ()))


def _answers(rx: Reading, comparison_id: str) -> list[Answer]:
    found = [*_responses(rx, comparison_id), *_failures(rx, comparison_id), *_running(rx, comparison_id)]
    return sorted(found, key=lambda answer: answer.number)


_ENDING = "id generation_id turn_id conversation_id answer outcome at detail usage"


def _responses(rx: Reading, comparison_id: str) -> Iterator[Answer]:
    marks = _grouped(_marks(rx, comparison_id), lambda mark: mark.response_id)
    impressions = _grouped(_impressions(rx, comparison_id), lambda impression: impression.response_id)
    query = (
        _select(_RESPONSE, _ENDING, _TEXT)
        .join(_TEXT, _TEXT.c.id == _RESPONSE.c.text_id)
        .where(_RESPONSE.c.comparison_id == comparison_id)
    )
    for row in _rows(rx, query):
        words = Words(*row[-3:])
        yield _ended(row, words=words, marks=marks.get(row[0], ()), impressions=impressions.get(row[0], ()))


def _failures(rx: Reading, comparison_id: str) -> Iterator[Answer]:
    query = _select(_FAILURE, _ENDING).where(_FAILURE.c.comparison_id == comparison_id)
    return (_ended(row) for row in _rows(rx, query))


def _ended(row: Any, **more: Any) -> Answer:
    return Answer(
        id=row[0],
        generation_id=row.generation_id,
        turn_id=row.turn_id,
        conversation_id=row.conversation_id,
        number=row.answer,
        outcome=Outcome(row.outcome),
        at=row.at,
        detail=row.detail,
        usage=usage_of(row.usage),
        **more,
    )


def _running(rx: Reading, comparison_id: str) -> Iterator[Answer]:
    query = _select(_GENERATION, "id turn_id conversation_id answer started_at partial").where(
        _GENERATION.c.comparison_id == comparison_id, _GENERATION.c.state != ENDED
    )
    for id, turn_id, conversation_id, number, started_at, partial in _rows(rx, query):
        yield Answer(id, id, turn_id, conversation_id, number, None, started_at, partial=partial)


def _marks(rx: Reading, comparison_id: str) -> Iterator[Mark]:
    query = (
        _select(_MARK, "supersedes withdrawn id response_id start end label by at", _NOTE, _INSTEAD)
        .add_columns(_TEXT.c.body)
        .join(_RESPONSE, _RESPONSE.c.id == _MARK.c.response_id)
        .join(_TEXT, _TEXT.c.id == _MARK.c.span_text_id)
        .outerjoin(_NOTE, _NOTE.c.id == _MARK.c.note_text_id)
        .outerjoin(_INSTEAD, _INSTEAD.c.id == _MARK.c.instead_text_id)
        .where(_RESPONSE.c.comparison_id == comparison_id)
        .order_by(_MARK.c.start, _MARK.c.id)
    )
    rows = _rows(rx, query)
    superseded = {row.supersedes for row in rows}
    for _, withdrawn, id, response_id, start, end, label, by, at, *words, span in rows:
        if not withdrawn and id not in superseded:
            selector = Span.model_validate_json(span) if span is not None else None
            note, instead = _maybe(*words[:3]), _maybe(*words[3:])
            yield Mark(id, response_id, start, end, selector, label, note, instead, by, at)


def _impressions(rx: Reading, comparison_id: str) -> Iterable[Impression]:
    query = (
        _select(_IMPRESSION, "id response_id feeling by at", _TEXT)
        .join(_RESPONSE, _RESPONSE.c.id == _IMPRESSION.c.response_id)
        .outerjoin(_TEXT, _TEXT.c.id == _IMPRESSION.c.reason_text_id)
        .where(_RESPONSE.c.comparison_id == comparison_id)
        .order_by(_IMPRESSION.c.at, _IMPRESSION.c.id)
    )
    newest: dict[Any, Any] = {}
    for id, response_id, feeling, by, at, *reason in _rows(rx, query):
        newest[response_id, by] = Impression(id, response_id, Feeling(feeling), _maybe(*reason), by, at)
    return newest.values()


def _preferences(rx: Reading, comparison_id: str) -> Iterable[Preference]:
    query = (
        _select(_PREFERENCE, "id turn_id left_id right_id choice by at", _TEXT)
        .join(_TURN, _TURN.c.id == _PREFERENCE.c.turn_id)
        .outerjoin(_TEXT, _TEXT.c.id == _PREFERENCE.c.reason_text_id)
        .where(_TURN.c.comparison_id == comparison_id)
        .order_by(_PREFERENCE.c.at, _PREFERENCE.c.id)
    )
    newest: dict[Any, Any] = {}
    for id, turn_id, left_id, right_id, choice, by, at, *reason in _rows(rx, query):
        newest[frozenset((left_id, right_id)), by] = Preference(
            id, turn_id, left_id, right_id, Choice(choice), _maybe(*reason), by, at
        )
    return newest.values()


def _select(table: FromClause, names: str, *texts: FromClause) -> Select[Any]:
    """The named columns, then id, body and date of removal of each text."""
    words = (text.c[name] for text in texts for name in ("id", "body", "removed_at"))
    return select(*(table.c[name] for name in names.split()), *words).select_from(table)


def _rows(rx: Reading, query: Select[Any]) -> Sequence[Any]:
    return rx.session.execute(query).all()


def _maybe(id: str | None, body: str | None, removed_at: dt.datetime | None) -> Words | None:
    return None if id is None else Words(id, body, removed_at)


_Item = TypeVar("_Item")


def _grouped(items: Iterable[_Item], key: Callable[[_Item], str]) -> dict[str, tuple[_Item, ...]]:
    """The items by their key, each group in the order they came."""
    groups: defaultdict[str, list[_Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return {key: tuple(group) for key, group in groups.items()}
