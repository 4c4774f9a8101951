import streamlit as st

from workbench.ui import home as ui
from workbench.ui.session import require_user

wb = require_user()
st.title("Sessions", anchor=False)
st.caption("Every conversation of this workspace, the newest first. Open one to read it, mark it, or go on.")
ui.recent(wb, limit=100)
