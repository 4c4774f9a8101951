"""The worked example: one short session, written for teaching, understood without a model."""

import streamlit as st

from workbench.domain.changes import word_difference
from workbench.domain.hazards import LABELS
from workbench.domain.judgements import Choice
from workbench.library.shelf import ExampleAnswer, ExampleMark, WorkedExample
from workbench.security.rendering import plain_label, safe_md
from workbench.ui.difference import enclosed, pieces_in_words

READABLE = 720
"""Pixels: about 75 characters a line."""

CHOICES = {Choice.LEFT: "Answer A was better.", Choice.RIGHT: "Answer B was better."}


def story(example: WorkedExample) -> None:
    """The five steps, each with what it shows beneath."""
    shown = (said, side_by_side, marks, chosen, edit)
    for step, show in zip(example.steps, shown, strict=False):
        st.subheader(plain_label(step.title), anchor=False)
        st.markdown(safe_md(step.text), width=READABLE)
        show(example)


def said(example: WorkedExample) -> None:
    """The person's message."""
    with st.container(border=True, width=READABLE):
        st.caption("The person writes")
        st.text(example.message)


def side_by_side(example: WorkedExample) -> None:
    """Both answers, plain."""
    for column, answer in zip(st.columns(len(example.answers)), example.answers, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**Answer {plain_label(answer.letter)}**")
            st.text(answer.text)


def marks(example: WorkedExample) -> None:
    """Each mark with what it says."""
    for column, answer in zip(st.columns(len(example.answers)), example.answers, strict=True):
        with column:
            st.markdown(f"**Answer {plain_label(answer.letter)}**")
            answer_marks(answer)


def answer_marks(answer: ExampleAnswer) -> None:
    """The marks of one answer."""
    for mark in answer.marks:
        mark_card(mark)


def mark_card(mark: ExampleMark) -> None:
    """One mark: the words, the label, the note, and what it should have said."""
    with st.container(border=True):
        st.markdown(f"“{plain_label(mark.quote, length=300)}”")
        st.markdown(f":small[**{plain_label(LABELS[mark.label])}** ({mark.label})]")
        st.caption(plain_label(mark.note, length=600))
        if mark.instead:
            st.markdown(f":small[**Instead:** {enclosed(mark.instead)}]")


def chosen(example: WorkedExample) -> None:
    """Which was better, and the impressions, which never count as evidence."""
    with st.container(border=True):
        st.markdown(f"**{CHOICES.get(example.preference.choice, 'Neither was better.')}**")
        st.markdown(safe_md(example.preference.reason))
        for answer in example.answers:
            reason = plain_label(answer.impression.reason, length=400)
            st.caption(f"Impression of {plain_label(answer.letter)}: {answer.impression.feeling.label} — {reason}")


def edit(example: WorkedExample) -> None:
    """The clause before and after, in words."""
    with st.container(border=True):
        st.caption(f"Clause {plain_label(example.edit.clause)}")
        pieces_in_words(word_difference(example.edit.before, example.edit.after))
        st.caption(plain_label(example.edit.reason, length=600))
