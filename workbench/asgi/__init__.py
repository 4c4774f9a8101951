"""The workbench as a web application: Streamlit as an ASGI app, behind the web guard, with routes of our own."""

import os
import sys
from pathlib import Path

from workbench.asgi import server
from workbench.asgi.stream import Backend
from workbench.ui import moments
from workbench.ui.session import workbench
from workbench.ui.streams import stream_tokens

TWO_APPS = (
    "Another workbench is open on this workspace. Both work on the same drafts and conversations; nothing is lost.\n"
)


def serve(root: Path, port: int | None = None, open_browser: bool = False) -> None:
    """Open the workspace and serve the app on this computer until Ctrl+C.

    Raises:
        NotAWorkspace, NewerWorkspace, InvalidSettings, StorageUnavailable, StorageFull: the workspace cannot be opened.
        InvalidSettings: the port, or every port from 8501 to 8600, is taken.
    """
    os.environ["WORKBENCH_ROOT"] = str(root)
    listener = server.listen(port)
    opened = workbench()  # now, so that a workspace that cannot be opened is told here and not on a page
    if opened.other_app_is_open():
        sys.stdout.write(TWO_APPS)
    backend = Backend(
        live=opened.live,
        tokens=stream_tokens(),
        readiness=opened.live.readiness,
        clock=opened.store.clock,
        start=lambda: moments.app_is_ready(opened),
        close=opened.close,
    )
    server.serve(backend, listener, open_browser)
