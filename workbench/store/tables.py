"""Every table. Mutable work has a `version`; observations are append-only; words live in `text` rows.

Rows never leave the store: query modules turn them into plain values. People are named by id (`by`), times are
UTC, ids are made by `store.ids.new_id` and sort by time.
"""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from workbench.store.hashes import storable

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTC(TypeDecorator[dt.datetime]):
    """An aware UTC time on both databases: SQLite would give it back naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To the database; naive times are a bug."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without its zone")
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Words(TypeDecorator[str]):
    """Text of any length from people and models, with U+FFFD for what a database cannot hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else storable(value)


class Table(SQLModel):
    """The base of all tables, with names that migrations can rely on."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def _long(**kwargs: Any) -> Any:
    return Field(sa_column=Column(Words, nullable=False), **kwargs)


class TextRow(Table, table=True):
    """Words, erasable: removing them leaves the row, its salted hash and the date."""

    __tablename__ = "text"
    id: str = Field(primary_key=True)
    body: str | None = Field(default=None, sa_column=Column(Words, nullable=True))
    salt: str | None = None
    salted_hash: str
    removed_at: dt.datetime | None = Field(default=None, sa_type=UTC)
    removed_by: str | None = None


class VersionRow(Table, table=True):
    """A version file that was seen: its digest at registration."""

    __tablename__ = "version"
    ref: str = Field(primary_key=True)
    slug: str = Field(index=True)
    digest: str
    registered_at: dt.datetime = Field(sa_type=UTC)


class DraftRow(Table, table=True):
    """A working copy; `content` is the JSON of an InstructionSet, `version` counts saves."""

    __tablename__ = "draft"
    id: str = Field(primary_key=True)
    slug: str = Field(index=True)
    base: str = ""
    content: str = _long()
    version: int = 1
    created_by: str
    created_at: dt.datetime = Field(sa_type=UTC)
    updated_by: str
    updated_at: dt.datetime = Field(sa_type=UTC)
    closed_at: dt.datetime | None = Field(default=None, sa_type=UTC)


class LeftoverRow(Table, table=True):
    """A text that lost a conflict, kept for its author."""

    __tablename__ = "leftover"
    id: str = Field(primary_key=True)
    draft_id: str = Field(foreign_key="draft.id", index=True)
    clause_id: str
    text_id: str = Field(foreign_key="text.id")
    by: str
    at: dt.datetime = Field(sa_type=UTC)


class RenderedRow(Table, table=True):
    """A text that a model read, once, by its digest."""

    __tablename__ = "rendered"
    digest: str = Field(primary_key=True)
    text_id: str = Field(foreign_key="text.id")
    source: str = Field(index=True)


class ComparisonRow(Table, table=True):
    """Conversations that share the person's messages."""

    __tablename__ = "comparison"
    id: str = Field(primary_key=True)
    created_by: str
    created_at: dt.datetime = Field(sa_type=UTC)


class ConversationRow(Table, table=True):
    """One column: one arm's talk. What it read and with which settings never changes."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("comparison_id", "position"),)
    id: str = Field(primary_key=True)
    comparison_id: str = Field(foreign_key="comparison.id")
    position: int
    instructions: str
    instructions_digest: str
    rendered_digest: str = Field(foreign_key="rendered.digest")
    model: str
    litellm_id: str
    settings: str = _long()
    left_out_at: dt.datetime | None = Field(default=None, sa_type=UTC)


class TurnRow(Table, table=True):
    """The person's message, shared by all columns."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("comparison_id", "position"),)
    id: str = Field(primary_key=True)
    comparison_id: str = Field(foreign_key="comparison.id")
    position: int
    text_id: str = Field(foreign_key="text.id")
    by: str
    at: dt.datetime = Field(sa_type=UTC)


class GenerationRow(Table, table=True):
    """A running answer: mutable, written behind; at its end exactly one response or failure is added."""

    __tablename__ = "generation"
    __table_args__ = (
        UniqueConstraint("turn_id", "conversation_id", "answer"),
        Index("ix_generation_comparison_id_state", "comparison_id", "state"),
    )
    id: str = Field(primary_key=True)
    comparison_id: str = Field(foreign_key="comparison.id")
    turn_id: str = Field(foreign_key="turn.id")
    conversation_id: str = Field(foreign_key="conversation.id")
    answer: int = 1
    state: str = Field(default="waiting", index=True)
    owner: str
    lease_until: dt.datetime = Field(sa_type=UTC)
    partial: str = _long(default="")
    stop_requested: bool = False
    watched_at: dt.datetime = Field(sa_type=UTC)
    """When a reader in any process was last seen; an answer that nobody watches is stopped."""
    started_at: dt.datetime = Field(sa_type=UTC)


class _Ended(Table):
    """What a response and a failure have in common."""

    id: str = Field(primary_key=True)
    generation_id: str = Field(foreign_key="generation.id", unique=True)
    comparison_id: str = Field(foreign_key="comparison.id", index=True)
    turn_id: str = Field(foreign_key="turn.id")
    conversation_id: str = Field(foreign_key="conversation.id")
    answer: int
    outcome: str
    detail: str = Field(sa_type=Words)
    usage: str
    rendered_digest: str
    at: dt.datetime = Field(sa_type=UTC)


class ResponseRow(_Ended, table=True):
    """What the person saw, whole or in part."""

    __tablename__ = "response"
    text_id: str = Field(foreign_key="text.id")


class FailureRow(_Ended, table=True):
    """A call that never reached the person; never a rating, never a zero."""

    __tablename__ = "failure"


class AnnotationRow(Table, table=True):
    """A mark on a stretch of a response; `span` is the JSON selector in an erasable text row."""

    __tablename__ = "annotation"
    id: str = Field(primary_key=True)
    response_id: str = Field(foreign_key="response.id", index=True)
    start: int
    end: int
    span_text_id: str = Field(foreign_key="text.id")
    label: str
    note_text_id: str | None = Field(default=None, foreign_key="text.id")
    instead_text_id: str | None = Field(default=None, foreign_key="text.id")
    supersedes: str | None = Field(default=None, foreign_key="annotation.id", unique=True)
    withdrawn: bool = False
    by: str
    at: dt.datetime = Field(sa_type=UTC)


class ImpressionRow(Table, table=True):
    """Fine, not sure, worries me: a note, never evidence. The newest of a person counts."""

    __tablename__ = "impression"
    id: str = Field(primary_key=True)
    response_id: str = Field(foreign_key="response.id", index=True)
    feeling: str
    reason_text_id: str | None = Field(default=None, foreign_key="text.id")
    by: str
    at: dt.datetime = Field(sa_type=UTC)


class PreferenceRow(Table, table=True):
    """Which of two answers to one message was better, and why."""

    __tablename__ = "preference"
    id: str = Field(primary_key=True)
    turn_id: str = Field(foreign_key="turn.id", index=True)
    left_id: str = Field(foreign_key="response.id")
    right_id: str = Field(foreign_key="response.id")
    choice: str
    reason_text_id: str | None = Field(default=None, foreign_key="text.id")
    by: str
    at: dt.datetime = Field(sa_type=UTC)


class AcknowledgementRow(Table, table=True):
    """Something a person confirmed once, such as "no real person's words"."""

    __tablename__ = "acknowledgement"
    id: str = Field(primary_key=True)
    kind: str = Field(index=True)
    by: str
    at: dt.datetime = Field(sa_type=UTC)


class AuditRow(Table, table=True):
    """The chain of decisions; `before` and `after` are salted hashes, `hash` covers all and `prev`."""

    __tablename__ = "audit"
    seq: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: str
    actor: str
    action: str
    object: str = Field(index=True)
    before: str
    after: str
    reason: str
    prev: str
    hash: str


class AuditSaltRow(Table, table=True):
    """The salt of a hash in the chain whose words have no text row of their own; erasable, unlike the chain."""

    __tablename__ = "audit_salt"
    seq: int = Field(foreign_key="audit.seq", primary_key=True)
    side: str = Field(primary_key=True)
    salt: str


APPEND_ONLY = ("audit", "version", "response", "failure", "annotation", "impression", "preference", "turn")
"""Tables whose rows are never changed or deleted; enforced by triggers."""
