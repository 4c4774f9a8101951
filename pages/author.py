import streamlit as st

from workbench.ui import author as ui
from workbench.ui.frame import link
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
    heading, talk, save = st.columns([5, 1.3, 1.3], vertical_alignment="center")
    heading.title(ui.plain_label(draft.content.public_name), anchor=False)
    heading.caption(f"{ui.origin(draft)}. It saves by itself. Not yet reviewed by a clinician.")
    talk.page_link(
        link("converse"), label="Talk to it", icon=":material/forum:", query_params={"set": f"draft:{draft.id}"}
    )
    save.button("Save version", type="primary", on_click=ui.save_dialog, args=(wb, draft), disabled=draft.closed)
    show_errors()
    left, middle, right = st.columns([1.4, 3, 2.2], gap="medium")
    with left:
        section = ui.outline(draft.content)
    with middle:
        ui.section_cards(wb, draft, section)
    with right:
        ui.beside(wb, draft)
