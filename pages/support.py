import streamlit as st

from workbench.ui import support as ui
from workbench.ui.session import require_user

wb = require_user()
st.title("Support for you", anchor=False)
st.write(
    "Reading about despair is work, and it can reach you too. Stop whenever you like; nothing is lost. "
    "Talk to someone you trust. These are people you can call."
)
ui.resources(wb.resources(), wb.settings.locale)
