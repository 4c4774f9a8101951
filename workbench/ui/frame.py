"""What stands around every page: navigation, how the models are, and support for the person at the desk."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from workbench.bundled import bundled
from workbench.gateway import Readiness
from workbench.services.workbench import Workbench

SECTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "": (
        ("home", "Home", ":material/home:"),
        ("example", "Worked example", ":material/menu_book:"),
    ),
    "Design": (
        ("author", "Author", ":material/edit_note:"),
        ("library", "Library", ":material/library_books:"),
    ),
    "Talk": (
        ("converse", "Converse", ":material/forum:"),
        ("sessions", "Sessions", ":material/history:"),
    ),
    "Settings": (("models", "Models", ":material/tune:"),),
}
"""File stem, title and icon of every page, in the order of the sidebar."""

ICON = Path(__file__).with_name("icon.png")
"""A file of ours: an icon by name would be fetched from a server outside."""

READINESS = {
    Readiness.WAKING: ":material/hourglass_top: The models are waking. A message sent now waits for them.",
    Readiness.FAILED: ":material/warning: The models could not be started. Open Models to see why.",
}


SUPPORT = "support"


def navigation(pages: Path) -> dict[str, list[StreamlitPage]]:
    """All pages; support for the person at the desk has a quiet link of its own instead of an entry."""
    listed = {
        section: [
            st.Page(pages / f"{stem}.py", title=title, icon=icon, url_path=stem, default=stem == "home")
            for stem, title, icon in entries
        ]
        for section, entries in SECTIONS.items()
    }
    support = st.Page(pages / f"{SUPPORT}.py", title="Support for you", url_path=SUPPORT, visibility="hidden")
    return {**listed, "Help": [support]}


def sidebar(wb: Workbench) -> None:
    """What the sidebar says beneath the navigation; it looks again only while the models wake."""
    with st.sidebar:
        if wb.live.readiness() is not Readiness.READY:
            st.fragment(models_state, run_every=2)(wb)
        st.page_link(link(SUPPORT), label="Support for you", icon=":material/favorite:")
        st.caption("Made-up data only. Nothing here is a treatment, and nobody is watching.")


def models_state(wb: Workbench) -> None:
    """How the models are, in a sentence; one rerun when they are ready."""
    readiness = wb.live.readiness()
    if readiness is Readiness.READY:
        st.rerun()
    st.caption(READINESS[readiness])


def link(stem: str) -> Path:
    """The page of that name, for links and switches."""
    return bundled("pages").resolve() / f"{stem}.py"
