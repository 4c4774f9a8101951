"""The Models page: what is configured, which keys are present, and a button to try each."""

from collections.abc import Mapping

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
    present = keys(wb)
    for model in wb.settings.models:
        model_card(wb, model, present.get(model.key_env))


def keys(wb: Workbench) -> Mapping[str, bool]:
    """Which keys are present; empty while the model processes, which alone can tell, are waking."""
    asked = any(model.key_env for model in wb.settings.models)
    return wb.live.keys_present() if asked and wb.live.readiness() is Readiness.READY else {}


def model_card(wb: Workbench, model: ModelSpec, key_present: bool | None) -> None:
    """One model."""
    with st.container(border=True):
        st.markdown(f"**{plain_label(model.name)}**")
        settings = plain_label(settings_line(model.settings)) or "usual settings"
        st.caption(f"{plain_label(model.litellm_id)} · {settings}")
        st.markdown(safe_md(model.note))
        st.caption(where_it_runs(model, key_present))
        if st.button("Try it", key=f"try-{model.name}"):
            try_it(wb, model.name)
        if said := page_state(ModelsState).tried.get(model.name):
            st.text(said)


def where_it_runs(model: ModelSpec, key_present: bool | None) -> str:
    """Where words go, and whether the key is there."""
    if model.is_embedded:
        return "Runs inside the workbench on this computer. No key, no account, no word leaves."
    place = f"A server at {plain_label(model.api_base)}." if model.api_base else "A provider outside this computer."
    if not model.key_env:
        return f"{place} No key named."
    known = {True: "present", False: "missing", None: "not known yet"}
    return f"{place} Key {plain_label(model.key_env)}: {known[key_present]}."


def try_it(wb: Workbench, name: str) -> None:
    """Ask for one sentence, and keep it for this page, or why it did not come."""
    with st.spinner("Asking for one sentence …"), explained():
        answer = wb.conversing.try_model(name)
        why_not = f"{answer.end.outcome.sentence} {answer.end.detail}"
        page_state(ModelsState).tried[name] = answer.text.strip() or why_not


def moments(wb: Workbench) -> None:
    """When the app and the models were ready after launch."""
    told = {Readiness.WAKING: "waking", Readiness.READY: "ready", Readiness.FAILED: "not to be had"}
    st.caption(f"The models are {told[wb.live.readiness()]}. {launch_in_words()}")
