"""The Home page: three first steps, what waits, and recent work."""

import streamlit as st

from workbench.security.rendering import plain_label
from workbench.services.workbench import Workbench
from workbench.store.comparisons import Summary
from workbench.store.drafts import Draft
from workbench.ui.frame import link

STEPS = (
    (
        "example",
        "1 · See one session",
        "A veiled remark, two answers, one changed clause. Five minutes, no model needed.",
    ),
    ("converse", "2 · Talk to the instructions", "Send one message to several columns and compare the answers."),
    ("author", "3 · Change a clause", "Reword one instruction, talk to your draft, and save it as a version."),
)


CARD_WIDTH = 300
"""Pixels: three in a row on a page of 1440."""


def first_steps() -> None:
    """Three cards that are enough to begin; on a narrow page they stand below each other."""
    with st.container(horizontal=True):
        for stem, title, words in STEPS:
            with st.container(border=True, width=CARD_WIDTH):
                st.page_link(link(stem), label=f"**{title}**")
                st.caption(words)


def waiting(wb: Workbench) -> None:
    """Open drafts: what waits for this person."""
    st.subheader("Waits for you", anchor=False)
    drafts = wb.authoring.drafts()
    if not drafts:
        st.caption("Nothing waits. A draft that you begin will stand here until it becomes a version.")
    for draft in drafts[:5]:
        draft_line(draft)


def draft_line(draft: Draft) -> None:
    """One draft, as a link."""
    label = f"Draft of {plain_label(draft.content.public_name)}, changed {draft.updated_at:%b %d, %H:%M} UTC"
    st.page_link(link("author"), label=label, icon=":material/edit_note:", query_params={"draft": draft.id})


def recent(wb: Workbench, limit: int) -> None:
    """The newest conversations, as links."""
    found = wb.conversing.recent(limit)
    if not found:
        st.caption("No conversation yet. Start one: choose columns and say something.")
        st.page_link(link("converse"), label="Start a conversation", icon=":material/forum:")
    for summary in found:
        conversation_line(summary)


def conversation_line(summary: Summary) -> None:
    """One conversation: how it began, and how big it is."""
    words = plain_label(summary.first_words or "(the first message was removed)", length=70)
    size = f"{several(summary.columns, 'column')} · {several(summary.turns, 'message')}"
    st.page_link(link("converse"), label=words, icon=":material/forum:", query_params={"comparison": summary.id})
    st.caption(f"{size} · {summary.at:%b %d, %H:%M} UTC")


def several(number: int, thing: str) -> str:
    """A number of things, in words."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
