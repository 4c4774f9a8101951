"""What changed, in words: added underlined, removed struck through, each named for those who see no difference."""

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
    """One piece: `[added: …]` underlined and green, `[removed: …]` struck through and red."""
    lead = piece.text[: len(piece.text) - len(piece.text.lstrip())]
    tail = piece.text[len(piece.text.rstrip()) :] if piece.text.strip() else ""
    words = "  \n".join(plain_label(line, length=20_000) for line in piece.text.strip().split("\n"))
    if not words:
        return piece.text if piece.change is not Change.REMOVED else ""
    match piece.change:
        case Change.ADDED:
            return f"{lead}:green[:small[added] {words}]{tail}"
        case Change.REMOVED:
            return f"{lead}:red[:small[removed] ~~{words}~~]{tail}"
        case _:
            return f"{lead}{words}{tail}"
