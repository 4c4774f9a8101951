"""The Python side of the parts, without a browser."""

import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.browser.harness import samples
from workbench.ui import components

FOLDER = Path(str(resources.files(components)))


def test_an_event_is_taken_once() -> None:
    seen: list[str] = []
    event = {"kind": "stop", "nonce": "a"}
    assert components.unseen(event, seen) == event
    assert components.unseen(event, seen) is None
    for number in range(100):
        assert components.unseen({"kind": "stop", "nonce": str(number)}, seen)
    assert len(seen) == components.REMEMBERED_EVENTS
    assert seen[-1] == "99"


@pytest.mark.parametrize("event", [None, "stop", [], {}, {"kind": "stop"}, {"kind": 1, "nonce": "a"}, {"nonce": "a"}])
def test_what_is_not_an_event_is_none(event: object) -> None:
    seen: list[str] = []
    assert components.unseen(event, seen) is None
    assert not seen


def page() -> None:
    import streamlit as st

    from tests.browser.harness import samples
    from workbench.ui.components.clause_editor import ClauseText, clause_editor
    from workbench.ui.components.transcript import transcript

    seen: list[str] = []
    event = transcript({**samples.conversation(), "seen": seen}, key="transcript", on_event=lambda: None)
    other = clause_editor(ClauseText(**samples.clause()), key="clause", on_event=lambda: None)
    st.write(f"events: {event} {other}")


def test_both_parts_mount_in_every_new_app_of_a_process() -> None:
    for _ in range(2):
        app = AppTest.from_function(page, default_timeout=30).run()
        assert not app.exception
        assert app.markdown[0].value == "events: None None"


def test_the_data_do_not_make_streamlit_import_pandas() -> None:
    conversation = json.dumps(samples.conversation())
    script = (
        "import json, sys\n"
        "from streamlit.components.v2.bidi_component.serialization import serialize_mixed_data\n"
        "from streamlit.proto.BidiComponent_pb2 import BidiComponent\n"
        "from workbench.ui import components\n"
        "from workbench.ui.components import transcript\n"
        "sent = {}\n"
        "part = lambda data, **rest: sent.update(data) or {}\n"
        f"components.mounted(part, json.loads({conversation!r}), 'k', lambda: None)\n"
        "serialize_mixed_data(sent, BidiComponent())\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_scripts_and_styles_write_no_html_and_ask_no_network() -> None:
    files = [path for path in FOLDER.iterdir() if path.suffix in {".js", ".css"}]
    assert len(files) > 5
    for path in files:
        text = path.read_text("utf-8")
        unsafe = re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:|@import|url\(", text)
        assert unsafe is None, f"{path.name}: {unsafe}"
        assert len(text.splitlines()) <= 400, path.name
