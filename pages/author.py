import streamlit as st

from workbench.ui import author as ui
from workbench.ui.session import explained, require_user, show_errors

wb = require_user()
draft_id = st.query_params.get("draft", "")
draft = None
with explained():
    draft = wb.authoring.draft(draft_id) if draft_id else None

if draft is None:
    st.title("Author", anchor=False)
    st.caption("Write instructions clause by clause. Versions never change; drafts do.")
    show_errors()
    ui.choose_draft(wb)
else:
    st.title(ui.plain_label(draft.content.public_name), anchor=False)
    st.caption(f"{ui.origin(draft)}. It saves by itself. Not yet reviewed by a clinician.")
    with st.container(horizontal=True, vertical_alignment="center"):
        ui.draft_actions(wb, draft)
    show_errors()
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=ui.OUTLINE_WIDTH):
            section = ui.outline(draft.content)
        with st.container(width=ui.CARDS_WIDTH):
            ui.section_cards(wb, draft, section)
        with st.container(width=ui.BESIDE_WIDTH):
            ui.beside(wb, draft)
