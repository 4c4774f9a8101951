"""The Author page: a draft's sections as an outline, one section's clauses as cards, and what the rules say."""

import streamlit as st

from workbench.domain.instructions import Clause, InstructionSet, digest, word_count
from workbench.domain.lint import Severity
from workbench.domain.readability import grade
from workbench.domain.sections import SectionKind
from workbench.domain.versions import Number
from workbench.errors import Conflict, InvalidInstructions, WorkbenchError
from workbench.security.rendering import plain_label, safe_md
from workbench.services.authoring import SetSummary
from workbench.services.workbench import Workbench
from workbench.store.drafts import Draft
from workbench.ui.components import Event
from workbench.ui.components.clause_editor import ClauseText, clause_editor
from workbench.ui.components.clause_editor import Conflict as EditorConflict
from workbench.ui.difference import show_difference
from workbench.ui.frame import link
from workbench.ui.session import explained
from workbench.ui.state import AuthorState, event_of, page_state, value_of

# Pixels. Together they fill a page of 1440; on a narrower one they stand below each other instead of being squeezed.
OUTLINE_WIDTH, CARDS_WIDTH, BESIDE_WIDTH = 210, 440, 265


# -- choosing a draft


def choose_draft(wb: Workbench) -> None:
    """Open drafts first, then the sets that a draft can be made from."""
    drafts = wb.authoring.drafts()
    if drafts:
        st.subheader("Drafts", anchor=False)
    for draft in drafts:
        draft_card(draft)
    st.subheader("Start a draft", anchor=False)
    for summary in wb.authoring.sets():
        set_card(wb, summary)
    new_set(wb)


def draft_card(draft: Draft) -> None:
    """One open draft."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain_label(draft.content.public_name)}**")
        st.caption(f"{origin(draft)} · changed {draft.updated_at:%b %d, %H:%M} UTC")
        st.space("stretch")
        st.button("Go on", key=f"go-{draft.id}", on_click=open_draft, args=(draft.id,), type="primary")


def origin(draft: Draft) -> str:
    """Where a draft came from."""
    number = draft.base.partition("@")[2]
    return f"Draft from version {number}" if number else "A new set"


def set_card(wb: Workbench, summary: SetSummary) -> None:
    """One set of the library."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain_label(summary.title)}**")
        newest = summary.newest.partition("@")[2] or "no version yet"
        st.caption(plain_label(summary.problem or f"{newest} · {summary.summary}", 200))
        st.space("stretch")
        st.button(
            "Start a draft",
            key=f"start-{summary.slug}",
            on_click=start_draft,
            args=(wb, summary.newest),
            disabled=not summary.newest,
        )


def start_draft(wb: Workbench, ref: str) -> None:
    """Make a draft from a version and open it."""
    with explained():
        open_draft(wb.authoring.start_draft(ref).id)


def open_draft(draft_id: str) -> None:
    """Show a draft; its address can be shared."""
    st.query_params.from_dict({"draft": draft_id})


def new_set(wb: Workbench) -> None:
    """A set from nothing."""
    with st.expander("A new set from nothing", icon=":material/add:"), st.form("new-set", border=False):
        title = st.text_input("Title (inside the project)")
        name = st.text_input("Public name (what people who use it will see)")
        if st.form_submit_button("Make it"):
            with explained():
                open_draft(wb.authoring.new_set(title, name).id)
            st.rerun()


def draft_actions(wb: Workbench, draft: Draft) -> None:
    """What one does with a draft."""
    st.button("Save version", type="primary", on_click=save_dialog, args=(wb, draft), disabled=draft.closed)
    talk = {"set": f"draft:{draft.id}"}
    st.page_link(link("converse"), label="Talk to it", icon=":material/forum:", query_params=talk)


# -- the outline


def outline(content: InstructionSet) -> SectionKind:
    """All sections with how many clauses each has; gives the one that is open."""
    kinds = list(SectionKind)
    wanted = st.query_params.get("section", kinds[0].value)
    chosen = st.radio(
        "Sections",
        kinds,
        index=[k.value for k in kinds].index(wanted) if wanted in set(SectionKind) else 0,
        format_func=lambda kind: f"{kind.heading} :small[:gray[{amount(content, kind)}]]",
        key="section",
        on_change=open_section,
    )
    return SectionKind(chosen)


def amount(content: InstructionSet, kind: SectionKind) -> str:
    """How many clauses a section has, in words."""
    number = len(content.section(kind).clauses)
    return str(number) if number else "empty"


def open_section() -> None:
    """Keep the open section in the address."""
    st.query_params["section"] = value_of("section").value
    page_state(AuthorState).editing = ""


# -- clauses


def section_cards(wb: Workbench, draft: Draft, kind: SectionKind) -> None:
    """The clauses of one section, and a place for one more."""
    st.subheader(kind.heading, anchor=False)
    st.caption(kind.question)
    for clause in draft.content.section(kind).clauses:
        clause_card(wb, draft, clause)
    undo(wb, draft)
    add_clause(wb, draft, kind)


def clause_card(wb: Workbench, draft: Draft, clause: Clause) -> None:
    """One clause: text until *Edit* is pressed."""
    state = page_state(AuthorState)
    with st.container(border=True):
        if state.editing == clause.id:
            editor(wb, draft, clause)
        else:
            st.markdown(safe_md(clause.text))
            clause_actions(wb, draft, clause)
        why(clause)


def why(clause: Clause) -> None:
    """Why the clause is there and who asks for it, small."""
    st.caption(" · ".join(plain_label(part, length=400) for part in (clause.id, clause.rationale.strip()) if part))
    if clause.source:
        st.caption(f"Asked for by: {plain_label(clause.source.strip(), length=400)}")


def clause_actions(wb: Workbench, draft: Draft, clause: Clause) -> None:
    """What can be done with a clause."""
    with st.container(horizontal=True):
        st.button("Edit", key=f"edit-{clause.id}", icon=":material/edit:", on_click=edit, args=(clause.id,))
        with st.popover("Notes", icon=":material/notes:"):
            notes(wb, draft, clause)
        with st.popover("Take out", icon=":material/remove_circle:", type="tertiary"):
            st.write("Take this clause out of the draft? It can be put back.")
            st.button("Take it out", key=f"out-{clause.id}", on_click=take_out, args=(wb, draft, clause.id))
            st.write("Or remove its words for good, here and in what models were sent from this draft.")
            st.button("Remove the words", key=f"erase-{clause.id}", on_click=erase, args=(wb, draft, clause.id))


def edit(clause_id: str) -> None:
    """Open the editor of a clause."""
    page_state(AuthorState).editing = clause_id


def editor(wb: Workbench, draft: Draft, clause: Clause) -> None:
    """The editor of a clause: it saves by itself and loses nothing."""
    state, key = page_state(AuthorState), f"editor-{clause.id}"
    conflict = state.conflicts.get(clause.id)
    clause_editor(
        ClauseText(
            workspace=str(wb.settings.root),
            clause_key=f"{draft.id}/{clause.id}",
            text=clause.text,
            saved_token=digest(clause.text),
            label=f"Clause {clause.id}",
            conflict=EditorConflict(theirs=conflict[0], yours=conflict[1]) if conflict else None,
            seen=tuple(state.seen),
        ),
        key=key,
        on_event=lambda: on_editor_event(wb, draft.id, clause.id, key),
    )
    st.caption(length_line(clause.text))


def length_line(text: str) -> str:
    """How long a text is and how hard to read."""
    level = grade(text)
    reading = f" · reads like school grade {max(level, 0):.0f}" if level is not None else ""
    return f"{word_count(text)} words{reading}"


def on_editor_event(wb: Workbench, draft_id: str, clause_id: str, key: str) -> None:
    """Save what was typed, settle a conflict, or close the editor."""
    state = page_state(AuthorState)
    event = event_of(key, state.seen)
    if event is None:
        return
    with explained():
        match event["kind"]:
            case "typed":
                save_typed(wb, draft_id, clause_id, event)
            case "resolve":
                resolve(wb, draft_id, clause_id, event)
            case "done":
                state.editing = ""


def save_typed(wb: Workbench, draft_id: str, clause_id: str, event: Event) -> None:
    """Save; a conflict shows both texts and loses neither."""
    state = page_state(AuthorState)
    try:
        wb.authoring.edit_clause(draft_id, clause_id, event["text"], base=event["base"])
    except Conflict as conflict:
        state.conflicts[clause_id] = (conflict.theirs, conflict.yours)
        return
    state.conflicts.pop(clause_id, None)


def resolve(wb: Workbench, draft_id: str, clause_id: str, event: Event) -> None:
    """Keep mine, over what is stored now, or take theirs; the other one stays among the leftovers."""
    state = page_state(AuthorState)
    if event["take"] == "mine":
        stored = wb.authoring.draft(draft_id).content.clause(clause_id).text
        wb.authoring.edit_clause(draft_id, clause_id, event["text"], base=digest(stored))
    state.conflicts.pop(clause_id, None)


def notes(wb: Workbench, draft: Draft, clause: Clause) -> None:
    """Why a clause is there, who asks for it, and how one sees that it was kept."""
    with st.form(f"notes-{clause.id}", border=False):
        rationale = st.text_area("Why is it here?", clause.rationale, height=80)
        source = st.text_input("Who asks for it? (source)", clause.source)
        technique = st.text_input("Technique, if it offers one", clause.technique)
        check = st.text_input("A yes/no question that shows it was kept", clause.check)
        if st.form_submit_button("Save notes", type="primary"):
            with explained():
                wb.authoring.note_clause(
                    draft.id, clause.id, rationale=rationale, source=source, technique=technique, check=check
                )
            st.rerun()


def take_out(wb: Workbench, draft: Draft, clause_id: str) -> None:
    """Take a clause out, and remember it for the undo."""
    with explained():
        clause, kind = draft.content.clause(clause_id), draft.content.section_of(clause_id)
        wb.authoring.take_out_clause(draft.id, clause_id)
        page_state(AuthorState).taken_out = (kind.value, clause.model_dump_json())


def erase(wb: Workbench, draft: Draft, clause_id: str) -> None:
    """Remove the words of a clause for good."""
    with explained():
        wb.authoring.remove_words(draft.id, clause_id)


def undo(wb: Workbench, draft: Draft) -> None:
    """Put the last clause that was taken out back."""
    taken = page_state(AuthorState).taken_out
    if taken:
        clause = Clause.model_validate_json(taken[1])
        label = f"Put {clause.id} back"
        st.button(label, icon=":material/undo:", on_click=put_back, args=(wb, draft, SectionKind(taken[0]), clause))


def put_back(wb: Workbench, draft: Draft, kind: SectionKind, clause: Clause) -> None:
    """Undo *take out*."""
    with explained():
        wb.authoring.put_back_clause(draft.id, kind, clause)
        page_state(AuthorState).taken_out = None


def add_clause(wb: Workbench, draft: Draft, kind: SectionKind) -> None:
    """Write one more clause."""
    st.button(
        "Add a clause",
        icon=":material/add:",
        on_click=add_and_edit,
        args=(wb, draft, kind),
    )


def add_and_edit(wb: Workbench, draft: Draft, kind: SectionKind) -> None:
    """Add a clause with a first line, and open it."""
    with explained():
        saved = wb.authoring.add_clause(draft.id, kind, "Write here what it should do.")
        page_state(AuthorState).editing = saved.content.section(kind).clauses[-1].id


# -- beside the clauses


def beside(wb: Workbench, draft: Draft) -> None:
    """What the rules find, what changed, and what the model reads."""
    findings(wb, draft)
    with st.expander("What changed", icon=":material/difference:"):
        changes_since(wb, draft)
    with st.expander("What the model reads", icon=":material/visibility:"), explained():
        st.text(wb.authoring.rendered(f"draft:{draft.id}"))


def findings(wb: Workbench, draft: Draft) -> None:
    """What the rules find, errors first, in words."""
    found = wb.authoring.lint(f"draft:{draft.id}")
    words = sum(word_count(c.text) for c in draft.content.clauses())
    st.caption(f"{words} words in all · {len(found)} things to look at")
    for finding in found:
        icon = ":material/error:" if finding.severity is Severity.ERROR else ":material/visibility:"
        st.markdown(f"{icon} **{plain_label(finding.where)}** {plain_label(finding.sentence, length=300)}")


def changes_since(wb: Workbench, draft: Draft) -> None:
    """The word-level difference to the version the draft came from."""
    if not draft.base:
        st.caption("This is a new set: there is nothing to compare with yet.")
        return
    st.caption(f"Since {draft.base}")
    show_difference(wb.authoring.difference(draft.base, f"draft:{draft.id}"))


# -- saving a version


@st.dialog("Save as a version")
def save_dialog(wb: Workbench, draft: Draft) -> None:
    """The number, proposed and explained; the reason; and the button."""
    proposal = wb.authoring.propose(draft.id)
    st.write(f"{proposal.reason} So the number **{proposal.number}** is proposed.")
    with st.form("save-version", border=False):
        number = st.text_input("Number", str(proposal.number))
        reason = st.text_area("Why was it made?", placeholder="Who asked for what, and on what grounds")
        if st.form_submit_button("Save version", type="primary"):
            save_version(wb, draft, number, reason)


def save_version(wb: Workbench, draft: Draft, number: str, reason: str) -> None:
    """Write the version and go to it; an error stays in the dialog with all that was typed."""
    try:
        stored = wb.authoring.save_version(draft.id, reason, parsed(number))
    except WorkbenchError as error:
        st.error(safe_md(str(error)))
        return
    st.switch_page(link("library"), query_params={"version": stored.ref})


def parsed(number: str) -> Number:
    """The number that was typed. Raises InvalidInstructions."""
    try:
        return Number.parse(number.strip())
    except ValueError as error:
        raise InvalidInstructions("A number looks like 1.2.0. Your draft is kept.") from error
