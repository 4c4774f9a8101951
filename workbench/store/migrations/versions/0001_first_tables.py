"""First tables. Constraints and indexes get the names of `tables.NAMING`."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from workbench.store.migrations.append_only import protect, unprotect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("audit", "version", "response", "failure", "annotation", "impression", "preference", "turn")
_TABLES = (
    "text version draft leftover rendered comparison conversation turn generation response failure "
    "annotation impression preference acknowledgement audit audit_salt"
)


def upgrade() -> None:
    _words_and_files()
    _conversations()
    _answers()
    _judgements()
    _decisions()
    for table in _APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in _APPEND_ONLY:
        unprotect(table)
    for table in reversed(_TABLES.split()):
        op.drop_table(table)


def _words_and_files() -> None:
    op.create_table(
        "text",
        _word("id", primary_key=True),
        sa.Column("body", sa.Text()),
        _word("salt", nullable=True),
        _word("salted_hash"),
        _time("removed_at", nullable=True),
        _word("removed_by", nullable=True),
    )
    op.create_table(
        "version", _word("ref", primary_key=True), _word("slug", index=True), _word("digest"), _time("registered_at")
    )
    op.create_table(
        "draft",
        _word("id", primary_key=True),
        _word("slug", index=True),
        _word("base"),
        sa.Column("content", sa.Text(), nullable=False),
        _number("version"),
        _word("created_by"),
        _time("created_at"),
        _word("updated_by"),
        _time("updated_at"),
        _time("closed_at", nullable=True),
    )
    op.create_table(
        "leftover",
        _word("id", primary_key=True),
        _ref("draft_id", "draft", index=True),
        _word("clause_id"),
        _ref("text_id", "text"),
        _word("by"),
        _time("at"),
    )
    op.create_table("rendered", _word("digest", primary_key=True), _ref("text_id", "text"), _word("source", index=True))


def _conversations() -> None:
    op.create_table("comparison", _word("id", primary_key=True), _word("created_by"), _time("created_at"))
    op.create_table(
        "conversation",
        _word("id", primary_key=True),
        _ref("comparison_id", "comparison"),
        _number("position"),
        _word("instructions"),
        _word("instructions_digest"),
        sa.Column("rendered_digest", sa.String(), sa.ForeignKey("rendered.digest"), nullable=False),
        _word("model"),
        _word("litellm_id"),
        sa.Column("settings", sa.Text(), nullable=False),
        _time("left_out_at", nullable=True),
        sa.UniqueConstraint("comparison_id", "position"),
    )
    op.create_table(
        "turn",
        _word("id", primary_key=True),
        _ref("comparison_id", "comparison"),
        _number("position"),
        _ref("text_id", "text"),
        _word("by"),
        _time("at"),
        sa.UniqueConstraint("comparison_id", "position"),
    )


def _answers() -> None:
    op.create_table(
        "generation",
        _word("id", primary_key=True),
        _ref("comparison_id", "comparison"),
        _ref("turn_id", "turn"),
        _ref("conversation_id", "conversation"),
        _number("answer"),
        _word("state", index=True),
        _word("owner"),
        _time("lease_until"),
        sa.Column("partial", sa.Text(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        _time("watched_at"),
        _time("started_at"),
        sa.UniqueConstraint("turn_id", "conversation_id", "answer"),
    )
    op.create_index("ix_generation_comparison_id_state", "generation", ["comparison_id", "state"])
    op.create_table("response", *_ended(), _ref("text_id", "text"))
    op.create_table("failure", *_ended())


def _ended() -> tuple[sa.Column[Any], ...]:
    return (
        _word("id", primary_key=True),
        _ref("generation_id", "generation", unique=True),
        _ref("comparison_id", "comparison", index=True),
        _ref("turn_id", "turn"),
        _ref("conversation_id", "conversation"),
        _number("answer"),
        _word("outcome"),
        sa.Column("detail", sa.Text(), nullable=False),
        _word("usage"),
        _word("rendered_digest"),
        _time("at"),
    )


def _judgements() -> None:
    op.create_table(
        "annotation",
        _word("id", primary_key=True),
        _ref("response_id", "response", index=True),
        _number("start"),
        _number("end"),
        _ref("span_text_id", "text"),
        _word("label"),
        _ref("note_text_id", "text", nullable=True),
        _ref("instead_text_id", "text", nullable=True),
        _ref("supersedes", "annotation", nullable=True, unique=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        _word("by"),
        _time("at"),
    )
    op.create_table(
        "impression",
        _word("id", primary_key=True),
        _ref("response_id", "response", index=True),
        _word("feeling"),
        _ref("reason_text_id", "text", nullable=True),
        _word("by"),
        _time("at"),
    )
    op.create_table(
        "preference",
        _word("id", primary_key=True),
        _ref("turn_id", "turn", index=True),
        _ref("left_id", "response"),
        _ref("right_id", "response"),
        _word("choice"),
        _ref("reason_text_id", "text", nullable=True),
        _word("by"),
        _time("at"),
    )


def _decisions() -> None:
    op.create_table(
        "acknowledgement", _word("id", primary_key=True), _word("kind", index=True), _word("by"), _time("at")
    )
    op.create_table(
        "audit",
        _number("seq", primary_key=True, autoincrement=False),
        _word("at"),
        _word("actor"),
        _word("action"),
        _word("object", index=True),
        *map(_word, ("before", "after", "reason", "prev", "hash")),
    )
    op.create_table(
        "audit_salt",
        sa.Column("seq", sa.Integer(), sa.ForeignKey("audit.seq"), primary_key=True),
        _word("side", primary_key=True),
        _word("salt"),
    )


def _word(name: str, nullable: bool = False, **kwargs: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable, **kwargs)


def _number(name: str, **kwargs: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False, **kwargs)


def _time(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _ref(name: str, table: str, nullable: bool = False, **kwargs: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), sa.ForeignKey(f"{table}.id"), nullable=nullable, **kwargs)
