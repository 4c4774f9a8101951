import streamlit as st

from workbench.ui import home as ui
from workbench.ui.session import require_user

wb = require_user()
st.title("Instruction Workbench", anchor=False)
st.caption("Write instructions for AI support together, see what models make of them, and keep what works.")
ui.first_steps()
ui.waiting(wb)
st.subheader("Recent conversations", anchor=False)
ui.recent(wb, limit=5)
