import streamlit as st

from workbench.ui import library as ui
from workbench.ui.session import explained, require_user, show_errors

wb = require_user()
ref = st.query_params.get("version", "")
stored = None
with explained():
    stored = wb.authoring.version(ref) if ref else None

if stored is None:
    st.title("Library", anchor=False)
    st.caption("Saved versions. They never change; a change is a new version, made from a draft.")
    show_errors()
    ui.shelf(wb)
else:
    st.title(f"{ui.plain_label(stored.version.content.public_name)} {stored.version.number}", anchor=False)
    ui.version_picker(wb, stored)
    ui.facts(stored)
    ui.actions(wb, stored)
    show_errors()
    ui.contents(wb, stored)
