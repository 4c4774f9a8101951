"""The Models page: what is configured, which keys are present, and a button to try each."""

import streamlit as st

from workbench.domain.conversations import ModelSpec
from workbench.gateway import Readiness
from workbench.security.rendering import plain_label, safe_md
from workbench.services.workbench import Workbench
from workbench.ui.board import settings_line
from workbench.ui.moments import launch_in_words
from workbench.ui.session import explained
from workbench.ui.state import ModelsState, page_state


def model_list(wb: Workbench) -> None:
    """Every model of workbench.toml."""
    present = wb.live.keys_present()
    for model in wb.settings.models:
        model_card(wb, model, present.get(model.key_env, False))


def model_card(wb: Workbench, model: ModelSpec, key_present: bool) -> None:
    """One model."""
    with st.container(border=True):
        st.markdown(f"**{plain_label(model.name)}**")
        st.caption(
            f"{plain_label(model.litellm_id)} · {plain_label(settings_line(model.settings)) or 'usual settings'}"
        )
        st.write(safe_md(model.note))
        st.caption(where_it_runs(model, key_present))
        st.button("Try it", key=f"try-{model.name}", on_click=try_it, args=(wb, model.name))
        if said := page_state(ModelsState).tried.get(model.name):
            st.text(said)


def where_it_runs(model: ModelSpec, key_present: bool) -> str:
    """Where words go, and whether the key is there."""
    if model.is_embedded:
        return "Runs inside the workbench on this computer. No key, no account, no word leaves."
    place = f"A server at {plain_label(model.api_base)}." if model.api_base else "A provider outside this computer."
    key = (
        f"Key {plain_label(model.key_env)}: {'present' if key_present else 'missing'}."
        if model.key_env
        else "No key named."
    )
    return f"{place} {key}"


def try_it(wb: Workbench, name: str) -> None:
    """Ask for one sentence, and show it or why it did not come."""
    with explained():
        answer = wb.conversing.try_model(name)
        told = answer.text.strip() or " ".join(
            part for part in (answer.end.outcome.sentence, answer.end.detail) if part
        )
        page_state(ModelsState).tried[name] = told


def moments(wb: Workbench) -> None:
    """When the app and the models were ready after launch."""
    told = {Readiness.WAKING: "waking", Readiness.READY: "ready", Readiness.FAILED: "not to be had"}
    st.caption(f"The models are {told[wb.live.readiness()]}. {launch_in_words()}")
