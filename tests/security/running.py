"""Starts the real server as a process and talks to it as a browser, or somebody worse, would."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

ENTRY = """
import json, pathlib, streamlit as st
from streamlit import config
here = pathlib.Path(__file__).parent
options = {name: option.value for name, option in config.get_config_options().items() if not option.sensitive}
(here / "options.json").write_text(json.dumps(options))
st.write("the entry script ran")
if st.query_params.get("fail"):
    raise RuntimeError("hunter2 at /srv/wb")
pages = [st.Page(path, default=path.stem == "listed") for path in PAGES]
st.navigation(pages).run()
"""
LISTED = 'import streamlit as st\nst.write("the listed page ran")\nst.download_button("Get", b"the export", "x.csv")'
UNLISTED = 'import streamlit as st\nst.write("the unlisted page ran")'

HOSTILE_CONFIG = """
[server]
enableCORS = false
enableXsrfProtection = false
enableStaticServing = true
enableAgentApi = true
address = "0.0.0.0"
maxUploadSize = 999
baseUrlPath = "elsewhere"
agentMaxSessions = 7
trustedUserHeaders = '{"X-User": "email"}'
[browser]
gatherUsageStats = true
[client]
showErrorDetails = "full"
toolbarMode = "developer"
[theme]
base = "dark"
primaryColor = "#ff0000"
"""


@dataclass(frozen=True)
class Running:
    """A server of these tests, and the folder it writes to."""

    port: int
    folder: Path
    process: subprocess.Popen[str]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request; header names are written with `_` for `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def browser_key(self) -> str:
        """The cookie a browser gets with the page."""
        return self.ask("/")[1]["Set-Cookie"].split(";")[0]

    def run_page(self, page: str = "", query: str = "") -> list[bytes]:
        """Everything the server sends for one run of a page, as a browser that opens its address would get it."""
        url = f"ws://{self.host}/_stcore/stream"
        with connect(
            url, origin=f"http://{self.host}", subprotocols=["streamlit"], max_size=None, open_timeout=20
        ) as ws:
            message = BackMsg()
            message.rerun_script.page_name = page
            message.rerun_script.query_string = query
            ws.send(message.SerializeToString())
            got: list[bytes] = []
            while True:
                got.append(bytes(ws.recv(timeout=30)))
                forward = ForwardMsg()
                forward.ParseFromString(got[-1])
                if forward.WhichOneof("type") == "script_finished":
                    return got


def start(script: Path, folder: Path) -> Running:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")},
        "HOME": str(folder),
        "STREAMLIT_SERVER_ENABLE_CORS": "false",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true",
        "STREAMLIT_SERVER_COOKIE_SECRET": "known to everybody",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-m", "tests.security.guarded_server", str(script), str(folder)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout
    line = process.stdout.readline()
    match = re.fullmatch(r"The workbench is open at http://127\.0\.0\.1:(\d+)\n", line)
    assert match, (folder / "log").read_text()
    return Running(int(match[1]), folder, process)


def stop(running: Running) -> float:
    """Ctrl+C; the seconds until the process was gone."""
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    try:
        running.process.wait(15)
    finally:
        running.process.kill()
        assert running.process.stdout
        running.process.stdout.close()
    return time.monotonic() - began


def workspace(folder: Path, beside: bool = False) -> Path:
    """An entry script and two pages, one of them not in the navigation; returns the entry script."""
    home = folder if beside else folder / "app" / "ui"
    pages = folder / "pages" if beside else folder / "app" / "pages"
    for made in (home, pages, folder / ".streamlit"):
        made.mkdir(parents=True, exist_ok=True)
    (folder / ".streamlit" / "config.toml").write_text(HOSTILE_CONFIG)
    (folder / ".streamlit" / "secrets.toml").write_text('[auth]\ncookie_secret = "known to everybody"\n')
    (pages / "listed.py").write_text(LISTED)
    (pages / "unlisted.py").write_text(UNLISTED)
    entry = home / "entry.py"
    entry.write_text(ENTRY.replace("PAGES", f"[pathlib.Path({str(pages / 'listed.py')!r})]"))
    return entry
