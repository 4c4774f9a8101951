"""Who is here, which workbench they use, and how errors become sentences."""

import contextlib
import os
from collections.abc import Iterator
from functools import cache

import streamlit as st

from workbench.bootstrap import open_workbench
from workbench.domain.people import Person
from workbench.errors import WorkbenchError
from workbench.security.rendering import safe_md
from workbench.services.workbench import Workbench
from workbench.ui.state import AppState, page_state
from workbench.ui.theme import LIGHT, PALETTES, Palette

MODEL_PROCESSES = 2


@cache
def workbench() -> Workbench:
    """The one workbench of this process, in the workspace that `WORKBENCH_ROOT` names."""
    return open_workbench(os.environ.get("WORKBENCH_ROOT", "."), processes=MODEL_PROCESSES)


def require_user() -> Workbench:
    """The workbench, bound to the person who looks at the page. The first line of every page.

    In laptop mode that is the one person of this computer; sign-in comes with team mode.
    """
    return workbench().acting_as(current_person())


def current_person() -> Person:
    """The person who looks at the page."""
    return workbench().person


def palette() -> Palette:
    """The colors of the ground that this browser shows."""
    return PALETTES.get(st.context.theme.type or "light", LIGHT)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Show a deliberate error as a sentence, where it happened or after the rerun; any other error crashes loudly."""
    try:
        yield
    except WorkbenchError as error:
        page_state(AppState).errors.append(str(error))


def show_errors() -> None:
    """The sentences of errors since the last look."""
    state = page_state(AppState)
    for sentence in state.errors:
        st.error(safe_md(sentence), icon=":material/info:")
    state.errors.clear()
