"""The Library page: saved versions, what changed between them, and the bundle that can be taken away."""

import streamlit as st

from workbench.domain.releases import NOT_REVIEWED, Status
from workbench.library.files import StoredVersion
from workbench.security.rendering import plain_label, safe_md
from workbench.services.authoring import SetSummary
from workbench.services.workbench import Workbench
from workbench.ui.difference import show_difference
from workbench.ui.frame import link
from workbench.ui.session import explained
from workbench.ui.state import value_of


def shelf(wb: Workbench) -> None:
    """Every set with its newest version."""
    for problem in wb.authoring.verify():
        st.warning(plain_label(problem.sentence, length=400), icon=":material/warning:")
    for summary in wb.authoring.sets():
        set_row(summary)


def set_row(summary: SetSummary) -> None:
    """One set."""
    with st.container(border=True):
        st.markdown(f"**{plain_label(summary.title)}**")
        st.caption(plain_label(summary.problem or summary.summary, length=300))
        review = ", ".join(summary.reviewed_by) or NOT_REVIEWED
        newest = summary.newest.partition("@")[2] or "no version yet"
        st.caption(f"{newest} · {plain_label(review)} · {Status.DRAFT.value}")
        st.button(
            "Open",
            key=f"open-{summary.slug}",
            on_click=open_version,
            args=(summary.newest,),
            disabled=not summary.newest,
        )


def open_version(ref: str) -> None:
    """Show a version; its address can be shared."""
    st.query_params.from_dict({"version": ref})


def version_picker(wb: Workbench, stored: StoredVersion) -> None:
    """The other versions of the same set."""
    refs = [other.ref for other in wb.authoring.versions(stored.version.content.slug)]
    st.selectbox(
        "Version",
        refs,
        index=refs.index(stored.ref),
        format_func=number_of,
        key="version-choice",
        on_change=pick_version,
        width=320,
    )


def number_of(ref: str) -> str:
    """The number in `slug@1.2.0`; the slug is for us, not for the page."""
    return ref.partition("@")[2]


def pick_version() -> None:
    """Show the version that was chosen."""
    open_version(value_of("version-choice"))


def facts(stored: StoredVersion) -> None:
    """Who saved it, when, why, and that nobody has approved it."""
    version = stored.version
    review = ", ".join(version.reviewed_by) or NOT_REVIEWED
    st.warning(f"{Status.DRAFT.value.capitalize()} · {plain_label(review)}", icon=":material/edit_note:")
    st.markdown(f"**Why it was made.**\n\n{safe_md(version.reason)}")
    st.caption(f"Saved by {plain_label(version.saved_by)} on {version.saved_at:%B %d, %Y at %H:%M} UTC")
    with st.popover("Technical facts", type="tertiary"):
        st.caption(f"{stored.ref} · SHA-256 of the file")
        st.code(stored.digest, language=None)


def actions(wb: Workbench, stored: StoredVersion) -> None:
    """What one does with a version."""
    with st.container(horizontal=True, vertical_alignment="center"):
        download(wb, stored)
        st.page_link(link("converse"), label="Talk to it", icon=":material/forum:", query_params={"set": stored.ref})
        st.button("Start a draft from it", icon=":material/edit:", on_click=start_draft, args=(wb, stored.ref))


def download(wb: Workbench, stored: StoredVersion) -> None:
    """The bundle, built and checked when the button is pressed."""
    version = stored.version
    name = wb.releasing.file_name(stored.ref)
    st.download_button(
        f"Download {version.number} (draft: not approved)",
        data=lambda: wb.releasing.export(stored.ref).data,
        file_name=name,
        mime="application/zip",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
    )


def start_draft(wb: Workbench, ref: str) -> None:
    """Make a draft and go to it."""
    with explained():
        draft = wb.authoring.start_draft(ref)
        st.switch_page(link("author"), query_params={"draft": draft.id})


def contents(wb: Workbench, stored: StoredVersion) -> None:
    """The difference to another version, the clauses, and the text that a model reads."""
    st.subheader("What changed", anchor=False)
    with explained():
        compare(wb, stored)
    with st.expander("What the model reads", icon=":material/visibility:"), explained():
        st.text(wb.authoring.rendered(stored.ref))
    with st.expander("What the host must do", icon=":material/shield:"):
        st.caption("No instructions can do this. The application around the model must.")
        st.markdown(
            "\n".join(f"- {plain_label(duty, length=2000)}" for duty in stored.version.content.host_obligations)
            or "None named."
        )


def compare(wb: Workbench, stored: StoredVersion) -> None:
    """The word-level difference to any other version, the parent first."""
    others = [v.ref for v in wb.authoring.versions(stored.version.content.slug) if v.ref != stored.ref]
    if not others:
        st.caption("This is the first version: there is nothing to compare it with yet.")
        return
    parent = f"{stored.version.content.slug}@{stored.version.parent}"
    index = others.index(parent) if parent in others else 0
    before = st.selectbox("Compared with", others, index=index, format_func=number_of, width=320)
    show_difference(wb.authoring.difference(before, stored.ref))
