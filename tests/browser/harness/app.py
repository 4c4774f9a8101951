"""A little Streamlit app that mounts one part with a case's data and writes down what it hears."""

import board
import streamlit as st

from workbench.ui.components import Event, unseen
from workbench.ui.components.clause_editor import ClauseText, Conflict, clause_editor
from workbench.ui.components.transcript import transcript


def mark(data: board.Json, event: Event) -> None:
    """Store a mark as the real page would."""
    label = next(label for label in data["labels"] if label["code"] == event["label"])
    for turn in data["turns"]:
        for answer in (one for column in turn["answers"] for one in column):
            if answer["id"] == event["answer"]:
                span = {name: event[name] for name in ("start", "end", "label", "note", "instead")}
                own = {"id": event["nonce"], "by": "you, just now", "mine": True}
                answer["marks"].append({**span, **own, "name": label["name"], "tone": label["tone"]})


def heard() -> None:
    """Write down the event, once, and do what it asks."""
    seen = st.session_state.setdefault("seen", [])
    if case.deaf:
        return
    event = unseen(st.session_state[kind].get("event"), seen)
    if event is None:
        return
    case.events.append(event)
    if event["kind"] == "mark":
        mark(case.data, event)
    elif event["kind"] == "typed" and case.saves and event["clause"] == case.data["clause_key"]:
        typed(case.data, event)
    elif event["kind"] == "resolve":
        resolve(case.data, event)
    elif event["kind"] == "renew" and case.data.get("stream"):
        case.data["stream"]["url"] += "renewed"


def typed(data: board.Json, event: Event) -> None:
    """Compare and set; a text that is stored already is no conflict."""
    if event["text"] == data["text"]:
        return
    if event["base"] != data["saved_token"]:
        data["conflict"] = {"theirs": data["text"], "yours": event["text"]}
        return
    data.update(text=event["text"], saved_token=data["saved_token"] + "+")


def resolve(data: board.Json, event: Event) -> None:
    """Keep what the person chose."""
    data["conflict"] = None
    if event["take"] == "mine":
        data.update(text=event["text"], saved_token=data["saved_token"] + "+")


def draw_clause(data: board.Json) -> None:
    """Mount the editor."""
    conflict = Conflict(**data["conflict"]) if data.get("conflict") else None
    seen = tuple(st.session_state.setdefault("seen", []))
    clause_editor(ClauseText(**{**data, "conflict": conflict, "seen": seen}), key=kind, on_event=heard)


st.set_page_config(layout="wide", page_title="Parts")
case = board.case(st.query_params["case"])
case.runs += 1
kind = "transcript" if "columns" in case.data else "clause"
st.title("Converse" if kind == "transcript" else "Author")
if kind == "transcript":
    transcript({**case.data, "seen": st.session_state.setdefault("seen", [])}, key=kind, on_event=heard)
    st.chat_input("Send to all columns")
else:
    draw_clause(case.data)
st.button("Run again", key="again")
st.text(f"run {case.runs}")
