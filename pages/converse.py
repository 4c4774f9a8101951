import streamlit as st

from workbench.ui import converse as ui
from workbench.ui.session import explained, require_user, show_errors
from workbench.ui.state import ConverseState, page_state

wb = require_user()
state = page_state(ConverseState)
comparison = st.query_params.get("comparison", "")

st.title("Converse", anchor=False)
st.caption("Say something to several columns at once, then mark and compare what comes back.")
if comparison:
    st.button("New conversation", icon=":material/add_comment:", on_click=st.query_params.clear)

transcript = None
with explained():
    transcript = wb.conversing.transcript(comparison) if comparison else None
show_errors()

if transcript is None:
    ui.choose_columns(wb)
if transcript is not None and transcript.turns:
    ui.conversation(wb, transcript)
    ui.which_was_better(wb, transcript)
if state.asks_consent:
    ui.consent_question(wb, comparison)
ui.message_input(wb, comparison, running=transcript is not None and transcript.running)
