"""The Converse page: choosing columns, the conversation, and which answer was better."""

from collections.abc import Callable, Sequence

import streamlit as st

from workbench.domain.conversations import MAX_ARMS, ArmSpec, Outcome
from workbench.domain.judgements import Choice, Feeling
from workbench.errors import ConsentNeeded, InvalidMessage, WorkbenchError
from workbench.security.rendering import one_line, plain_label
from workbench.services.results import LETTERS
from workbench.services.workbench import Workbench
from workbench.store.transcripts import Answer, Transcript, Turn
from workbench.ui.board import board
from workbench.ui.components import Event
from workbench.ui.components.transcript import transcript as transcript_part
from workbench.ui.session import explained
from workbench.ui.state import AppState, ConverseState, event_of, page_state, put, value_of
from workbench.ui.streams import stream_url

BOARD = "board"
INPUT = "message"
CHOICES = {
    "Left": Choice.LEFT,
    "Right": Choice.RIGHT,
    "About the same": Choice.TIE,
    "Both are unsafe": Choice.BOTH_UNSAFE,
}
DEFAULT_COLUMNS = 2


# -- choosing columns


def choose_columns(wb: Workbench) -> None:
    """The columns of a conversation that has not begun."""
    state = page_state(ConverseState)
    sources = instruction_choices(wb)
    if not state.arms:
        state.arms = default_arms(wb, list(sources), st.query_params.get("set", ""))
    for position, arm in enumerate(state.arms):
        column_picker(wb, sources, position, arm)
    with st.container(horizontal=True):
        st.button(
            "Add a column",
            icon=":material/add:",
            on_click=add_column,
            disabled=len(state.arms) >= MAX_ARMS,
        )
        st.button(
            "Take the last one out",
            icon=":material/remove:",
            on_click=drop_column,
            disabled=len(state.arms) <= 1,
            type="tertiary",
        )
    prepare(wb, state)


def instruction_choices(wb: Workbench) -> dict[str, str]:
    """Everything that can stand in a column: reference to name, drafts first."""
    drafts = {
        f"draft:{draft.id}": f"Draft of {draft.content.public_name}, {draft.updated_at:%b %d, %H:%M} UTC"
        for draft in wb.authoring.drafts()
    }
    versions = {
        stored.ref: f"{stored.version.content.public_name} {stored.version.number}"
        for summary in wb.authoring.sets()
        if summary.newest
        for stored in wb.authoring.versions(summary.slug)
    }
    return {**drafts, **versions, "": "No instructions (for comparison)"}


def default_arms(wb: Workbench, refs: Sequence[str], wanted: str) -> list[ArmSpec]:
    """Two columns to begin with: a draft against its version if there is one, else one text on two settings."""
    models = [m.name for m in wb.settings.models]
    first = wanted if wanted and wanted in refs else refs[0]
    if first.startswith("draft:") and (base := wb.authoring.draft(first.removeprefix("draft:")).base) in refs:
        return [ArmSpec(instructions=first, model=models[0]), ArmSpec(instructions=base, model=models[0])]
    return [ArmSpec(instructions=first, model=name) for name in models[:DEFAULT_COLUMNS]]


def column_picker(wb: Workbench, sources: dict[str, str], position: int, arm: ArmSpec) -> None:
    """One column: its instructions and its model."""
    letter, models = LETTERS[position], [m.name for m in wb.settings.models]
    left, right = st.columns([3, 2])
    left.selectbox(
        f"Column {letter}: instructions",
        list(sources),
        index=list(sources).index(arm.instructions) if arm.instructions in sources else 0,
        format_func=lambda ref: one_line(sources[ref]),
        key=f"instructions-{position}",
        on_change=pick,
        args=(position,),
    )
    right.selectbox(
        f"Column {letter}: model",
        models,
        index=models.index(arm.model) if arm.model in models else 0,
        key=f"model-{position}",
        on_change=pick,
        args=(position,),
    )


def pick(position: int) -> None:
    """Keep what was chosen for a column."""
    page_state(ConverseState).arms[position] = ArmSpec(
        instructions=value_of(f"instructions-{position}"), model=value_of(f"model-{position}")
    )


def add_column() -> None:
    """One more column, like the last one."""
    state = page_state(ConverseState)
    state.arms.append(state.arms[-1])


def drop_column() -> None:
    """One column less."""
    page_state(ConverseState).arms.pop()


def prepare(wb: Workbench, state: ConverseState) -> None:
    """Let the models read the instructions as soon as columns are chosen, once for each choice."""
    if state.prepared != tuple(state.arms):
        state.prepared = tuple(state.arms)
        with explained():
            wb.conversing.prepare(state.arms)


# -- talking


def message_input(wb: Workbench, comparison_id: str, running: bool) -> None:
    """The box at the bottom of the page."""
    st.chat_input(
        "Answers are coming …" if running else "Write what the person says; it goes to all columns",
        key=INPUT,
        disabled=running,
        on_submit=send,
        args=(wb, comparison_id),
    )


def send(wb: Workbench, comparison_id: str) -> None:
    """Send what was written; what cannot be sent goes back into the box."""
    text = value_of(INPUT) or ""
    deliver(wb, comparison_id, text)


def deliver(wb: Workbench, comparison_id: str, text: str) -> None:
    """Start the conversation if it has not begun, and say the text."""
    state = page_state(ConverseState)
    try:
        comparison_id = comparison_id or wb.conversing.start(state.arms)
        st.query_params["comparison"] = comparison_id
        wb.conversing.say(comparison_id, text)
        state.kept_text, state.asks_consent = "", False
    except ConsentNeeded:
        state.kept_text, state.asks_consent = text, True
    except WorkbenchError as error:
        state.kept_text = text
        page_state(AppState).errors.append(str(error))
    if state.kept_text and not state.asks_consent:
        put(INPUT, state.kept_text)


def consent_question(wb: Workbench, comparison_id: str) -> None:
    """Asked once, before the first message that leaves this computer."""
    state = page_state(ConverseState)
    with st.container(border=True):
        st.markdown("**No real person's words?** This message goes to a model outside this computer.")
        st.write(
            "The provider may keep it, review it, or suspend an account that sends words about self-harm. "
            "Send only what you made up. You are asked this once."
        )
        st.text(state.kept_text)
        with st.container(horizontal=True):
            st.button("It is made up: send it", type="primary", on_click=confirm, args=(wb, comparison_id))
            st.button("Do not send it", on_click=take_back)


def confirm(wb: Workbench, comparison_id: str) -> None:
    """Keep the confirmation, and send what waited for it."""
    wb.conversing.consent()
    deliver(wb, comparison_id, page_state(ConverseState).kept_text)


def take_back() -> None:
    """Put the message back into the box."""
    state = page_state(ConverseState)
    state.asks_consent = False
    put(INPUT, state.kept_text)


# -- the conversation


def conversation(wb: Workbench, transcript: Transcript) -> None:
    """All columns, all turns; running answers grow in the browser without this script."""
    state = page_state(ConverseState)
    url = stream_url(wb, transcript.id) if transcript.running else ""
    transcript_part(
        board(wb, transcript, url, state.seen), key=BOARD, on_event=lambda: on_board_event(wb, transcript.id)
    )


def on_board_event(wb: Workbench, comparison_id: str) -> None:
    """Do what a person did in the transcript."""
    event = event_of(BOARD, page_state(ConverseState).seen)
    if event is not None and event["kind"] in _ON:
        with explained():
            _ON[event["kind"]](wb, comparison_id, event)


def _mark(wb: Workbench, _: str, event: Event) -> None:
    wb.annotating.mark(
        event["answer"],
        int(event["start"]),
        int(event["end"]),
        event["quote"],
        label=event["label"],
        note=event["note"],
        instead=event["instead"],
    )


def _again(wb: Workbench, comparison_id: str, event: Event) -> None:
    wb.conversing.answer_again(comparison_id, event["turn"], event["column"])


def _remove(wb: Workbench, _: str, event: Event) -> None:
    removers = {
        "turn": wb.conversing.remove_message,
        "answer": wb.conversing.remove_answer,
        "note": wb.annotating.remove_words,
    }
    if event["what"] not in removers:
        raise InvalidMessage("This cannot be removed.")
    removers[event["what"]](event["id"])


_ON: dict[str, Callable[[Workbench, str, Event], None]] = {
    "mark": _mark,
    "unmark": lambda wb, _, event: wb.annotating.withdraw(event["mark"]),
    "impression": lambda wb, _, e: wb.annotating.impression(e["answer"], Feeling(e["feeling"]), e["reason"]),
    "regenerate": _again,
    "try_again": _again,
    "leave_out": lambda wb, _, event: wb.conversing.leave_out(event["column"]),
    "remove": _remove,
    "stop": lambda wb, comparison_id, _: wb.conversing.stop(comparison_id),
}


# -- which was better


def which_was_better(wb: Workbench, transcript: Transcript) -> None:
    """The choice between two answers to the newest message, once at least two have come."""
    turn = transcript.turns[-1]
    answers = comparable(transcript, turn)
    if transcript.running or len(answers) < 2:
        return
    st.subheader("Which was better?", anchor=False)
    st.caption(not_counted(answers))
    with st.form(f"better-{turn.id}", border=False, clear_on_submit=True):
        left, right = pair(list(answers))
        choice = st.radio("Better answer", list(CHOICES), horizontal=True, index=None, captions=[left, right, "", ""])
        reason = st.text_input("Why? (a word or a sentence)")
        saved = st.form_submit_button("Save", type="primary")
    if saved:
        save_choice(wb, answers[left], answers[right], choice, reason)
    said = turn.preferences
    st.caption(" ".join(told(p.choice, p.reason.body if p.reason else None) for p in said))


def comparable(transcript: Transcript, turn: Turn) -> dict[str, Answer]:
    """The first answer with words of each column to a message, by the column's name."""
    return {
        f"Column {LETTERS[column.position]}": answer
        for column in transcript.columns
        for answer in turn.answers.get(column.id, ())[:1]
        if answer.text
    }


def not_counted(answers: dict[str, Answer]) -> str:
    """What is said of answers that are not whole: a choice about them is kept, and never counted."""
    parts = [name for name, answer in answers.items() if answer.outcome is not Outcome.COMPLETE]
    return f"{' and '.join(parts)} did not come to an end: your choice is kept, but never counted." if parts else ""


def pair(names: list[str]) -> tuple[str, str]:
    """Which two are compared: asked only when there are more."""
    if len(names) == 2:
        return names[0], names[1]
    left, right = st.columns(2)
    first = left.selectbox("Left", names, index=0)
    return first, right.selectbox("Right", [n for n in names if n != first], index=0)


def save_choice(wb: Workbench, left: Answer, right: Answer, choice: str | None, reason: str) -> None:
    """Keep the choice, and draw it."""
    if choice is None:
        st.warning("Nothing was saved yet: choose one of the four.")
        return
    with explained():
        wb.annotating.prefer(left.id, right.id, CHOICES[choice], reason)
    st.rerun()


def told(choice: Choice, reason: str | None) -> str:
    """A choice that was made, in a sentence."""
    words = next(name for name, value in CHOICES.items() if value is choice).lower()
    return f"You said: {words}. {f'“{plain_label(reason, length=300)}”' if reason else ''}"
