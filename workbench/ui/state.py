"""The only owner of session state: one dataclass for each page, holding ids, drafts and values, never clients."""

from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from workbench.domain.conversations import ArmSpec
from workbench.ui.components import Event, unseen


@dataclass
class AppState:
    """What every page shares."""

    errors: list[str] = field(default_factory=list)


@dataclass
class ConverseState:
    """The Converse page: the columns that were chosen, and a message that could not be sent yet."""

    arms: list[ArmSpec] = field(default_factory=list)
    prepared: tuple[ArmSpec, ...] = ()
    kept_text: str = ""
    asks_consent: bool = False
    seen: list[str] = field(default_factory=list)


@dataclass
class AuthorState:
    """The Author page: which clause is being written, conflicts, and what can be undone."""

    editing: str = ""
    conflicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    taken_out: tuple[str, str] | None = None
    """The section and the JSON of the clause that was taken out last, so that it can be put back."""
    seen: list[str] = field(default_factory=list)


@dataclass
class ModelsState:
    """The Models page: what each tried model said."""

    tried: dict[str, str] = field(default_factory=dict)


S = TypeVar("S")


def page_state(kind: type[S]) -> S:
    """The state of one page for this browser tab; made on first use."""
    key = f"state.{kind.__name__}"
    if key not in st.session_state:
        st.session_state[key] = kind()
    state: S = st.session_state[key]
    return state


def event_of(key: str, seen: MutableSequence[str]) -> Event | None:
    """The event that a component sent, once: a second look at the same one gives None."""
    value: Any = st.session_state.get(key)
    return unseen(value.get("event") if isinstance(value, Mapping) or hasattr(value, "get") else None, seen)


def value_of(key: str) -> Any:
    """The value of a keyed widget, in its callback."""
    return st.session_state.get(key)


def put(key: str, value: object) -> None:
    """Give a keyed widget a value before it is drawn."""
    st.session_state[key] = value
