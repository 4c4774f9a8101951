"""Support for the person at the desk."""

import streamlit as st

from workbench.domain.resources import Registry, Resource
from workbench.security.rendering import one_line, plain_label


def resources(registry: Registry, locale: str) -> None:
    """The resources of one place, each with what is known about it."""
    locales = registry.locales()
    chosen = st.selectbox(
        "Where are you?", locales, index=locales.index(locale) if locale in locales else None, format_func=one_line
    )
    if chosen is None:
        st.info("In danger now: call your local emergency number. Choose a place to see more.", icon=":material/call:")
        return
    for entry in registry.for_locale(chosen):
        resource(entry)


def resource(entry: Resource) -> None:
    """One number or address."""
    with st.container(border=True):
        st.markdown(f"**{plain_label(entry.name)}** · {entry.kind.label}")
        st.markdown(f"### {plain_label(entry.contact, length=200)}")
        languages = ", ".join(map(plain_label, entry.languages)) or "languages not known"
        st.caption(f"{plain_label(entry.hours)} · {languages} · for deaf people: {plain_label(entry.deaf_access)}")
        st.caption(f"{checked(entry)} Source: {plain_label(entry.source, length=200)}")


def checked(entry: Resource) -> str:
    """Whether a person confirmed it."""
    if entry.verified:
        return f"Confirmed by {plain_label(entry.checked_by or '')} on {entry.checked_on}."
    return "Not yet confirmed by a person: check before you rely on it."
