import streamlit as st

from workbench.ui import example as ui
from workbench.ui.frame import link
from workbench.ui.session import explained, require_user

wb = require_user()
example = None
with explained():
    example = wb.worked_example()
if example is None:
    st.title("Worked example", anchor=False)
    st.info("This workspace has no worked example. Start with the Converse page instead.")
else:
    st.title(ui.plain_label(example.title), anchor=False)
    st.warning(ui.plain_label(example.note, length=400), icon=":material/menu_book:")
    ui.story(example)
st.page_link(link("converse"), label="Now try it yourself", icon=":material/forum:")
