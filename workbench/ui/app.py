"""The entry script: navigation, and what stands on every page. It is not beside `pages/` on purpose.

Streamlit would run a file of a `pages` folder beside the entry script without running the entry script at all.
"""

import streamlit as st

from workbench.bundled import bundled
from workbench.ui import frame
from workbench.ui.session import require_user, show_errors

wb = require_user()
pages = bundled("pages").resolve()
st.set_page_config(page_title="Instruction Workbench", page_icon=str(frame.ICON), layout="wide")
page = st.navigation(frame.navigation(pages))
frame.sidebar(wb)
show_errors()
page.run()
show_errors()
