"""What changed, in words: added underlined, removed struck through, each named for those who see no difference."""

import re

import streamlit as st

from workbench.domain.changes import Change, ClauseChange, Piece
from workbench.security.rendering import plain_label

KINDS = {
    "added": "added",
    "removed": "taken out",
    "moved": "moved",
    "reworded": "reworded",
    "annotated": "same words, other notes",
}

MARKS = {
    Change.ADDED: (":green[:small[added] ", "]"),
    Change.REMOVED: (":red[:small[removed] ~~", "~~]"),
}

_WORD = re.compile(r"([\[\]])|[^\s\[\]]+")


def show_difference(changes: tuple[ClauseChange, ...]) -> None:
    """Every changed clause, or that nothing changed."""
    if not changes:
        st.info("No difference: the clauses are the same.", icon=":material/equal:")
    for change in changes:
        show_change(change)


def show_change(change: ClauseChange) -> None:
    """One changed clause."""
    with st.container(border=True):
        st.caption(f"{change.section.heading} · {change.clause_id} · {KINDS[change.kind]}")
        pieces_in_words(change.pieces)


def pieces_in_words(pieces: tuple[Piece, ...]) -> None:
    """A text with its changes marked; only our own marks are Markdown, the words are plain."""
    st.markdown("".join(map(marked, pieces)).replace("\n", "  \n"))


def marked(piece: Piece) -> str:
    """One piece: *added* and green, or *removed*, struck through and red; each line for itself, as marks must be."""
    text = piece.text.strip()
    if not text:
        return piece.text if piece.change is not Change.REMOVED else ""
    lead, tail = piece.text[: piece.text.index(text)], piece.text[piece.text.index(text) + len(text) :]
    before, after = MARKS.get(piece.change, ("", ""))
    lines = (enclosed(line.strip()) for line in text.split("\n"))
    return lead + "\n".join(f"{before}{line}{after}" if line else "" for line in lines) + tail


def enclosed(text: str) -> str:
    """A plain label for within `:red[…]`, which a bracket would end even in code, and behind which one may begin."""
    words = _WORD.sub(lambda found: f"&#{ord(found[1])};" if found[1] else plain_label(found[0], length=20_000), text)
    return f"{words[:-1]}&#58;" if words.endswith(":") else words
