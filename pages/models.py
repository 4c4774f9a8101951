import streamlit as st

from workbench.ui import models as ui
from workbench.ui.session import require_user

wb = require_user()
st.title("Models", anchor=False)
st.caption("The models that columns can use. An administrator adds one by an entry in workbench.toml.")
ui.moments(wb)
st.warning(
    "A provider outside this computer may keep what is sent, let people review it, or suspend an account that sends "
    "words about self-harm. Read its terms before a session.",
    icon=":material/policy:",
)
ui.model_list(wb)
