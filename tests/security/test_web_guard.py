"""The real server on a real socket, and what it refuses."""

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.security.guarded_server import SECRET
from tests.security.running import Running, start, stop, workspace
from workbench.asgi import server
from workbench.asgi.options import OPTIONS
from workbench.errors import InvalidSettings, NotAllowed
from workbench.security.tokens import StreamTokens

TOKENS = StreamTokens(SECRET)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("guard")
    running = start(workspace(folder), folder)
    try:
        yield running
    finally:
        stop(running)


def test_a_page_outside_the_navigation_is_not_run_without_the_entry_script(tmp_path: Path) -> None:
    running = start(workspace(tmp_path), tmp_path)
    try:
        sent = b"".join(running.run_page("unlisted"))  # the very first visitor of a fresh server
        assert b"the unlisted page ran" not in sent
        assert b"the entry script ran" in sent
    finally:
        stop(running)


def test_the_same_visit_does_run_it_when_the_entry_script_is_beside_the_pages(tmp_path: Path) -> None:
    """The bypass that the folder layout prevents: shows that the test above would notice it."""
    running = start(workspace(tmp_path, beside=True), tmp_path)
    try:
        sent = b"".join(running.run_page("unlisted"))
        assert b"the unlisted page ran" in sent
        assert b"the entry script ran" not in sent
    finally:
        stop(running)


def test_a_listed_page_runs(app: Running) -> None:
    sent = b"".join(app.run_page())
    assert b"the entry script ran" in sent
    assert b"the listed page ran" in sent


def test_an_error_tells_the_browser_nothing(app: Running) -> None:
    sent = b"".join(app.run_page(query="fail=1"))
    assert b"the entry script ran" in sent
    assert b"What was saved before is safe" in sent
    for secret in (b"hunter2", b"/srv/wb", b"RuntimeError", b"Traceback"):
        assert secret not in sent
    assert "hunter2" in (app.folder / "log").read_text()


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil",
        "0.0.0.0",
        "[::1]",
        "",
        "localhost/x",
    ],
)
@pytest.mark.parametrize("path", ["/", "/static/js/x.js", "/api/health", "/_stcore/health", "/media/x"])
def test_another_name_is_refused(app: Running, host: str, path: str) -> None:
    status, headers, _ = app.ask(path, Host=host)
    assert status in {400, 403}
    if status == 403:
        assert headers["Content-Security-Policy"]


def test_two_names_are_refused(app: Running) -> None:
    with socket.create_connection(("127.0.0.1", app.port)) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: {app.host}\r\nHost: evil.example\r\n\r\n".encode())
        assert raw.recv(100).split()[1] in {b"400", b"403"}
    with socket.create_connection(("127.0.0.1", app.port)) as raw:
        raw.sendall(b"GET http://evil.example/media/x HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert raw.recv(100).split()[1] == b"403"
    with socket.create_connection(("127.0.0.1", app.port)) as raw:
        raw.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert raw.recv(100).split()[1] == b"403"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8501", "127.0.0.1"])
def test_names_of_this_computer_are_answered(app: Running, host: str) -> None:
    assert app.ask("/", Host=host)[0] == 200


def open_socket(app: Running, path: str = "/_stcore/stream", **options: object) -> None:
    with connect(f"ws://{app.host}{path}", subprotocols=["streamlit"], **options):  # type: ignore[arg-type]
        pass


def test_a_socket_of_our_own_page_opens(app: Running) -> None:
    open_socket(app, origin=f"http://{app.host}")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://0.0.0.0:1",
        "file://",
        "http://[",
        "x",
    ],
)
def test_a_socket_of_another_site_is_refused(app: Running, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_socket(app, origin=origin)
    assert refused.value.response.status_code == 403


def test_a_socket_under_another_name_is_refused(app: Running) -> None:
    """DNS rebinding: the page and the socket both have the attacker's name, which points at this computer."""
    with socket.create_connection(("127.0.0.1", app.port)) as raw, pytest.raises(InvalidStatus) as refused:
        open_socket_at = f"ws://evil.example:{app.port}/_stcore/stream"
        with connect(open_socket_at, sock=raw, origin=f"http://evil.example:{app.port}", subprotocols=["streamlit"]):
            pass
    assert refused.value.response.status_code == 403


def test_other_sockets_are_refused(app: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_socket(app, "/api/health", origin=f"http://{app.host}")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/health", "/_stcore/health", "/_stcore/host-config"])
def test_requests_of_another_site_are_refused(app: Running, path: str) -> None:
    assert app.ask(path, Origin="http://evil.example")[0] == 403
    assert app.ask(path, Origin="http://127.0.0.1:1")[0] == 403
    assert app.ask(path, Origin=f"http://{app.host}")[0] == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pictures_and_scripts_of_another_site_cannot_read(app: Running, site: str) -> None:
    assert app.ask("/api/health", Sec_Fetch_Site=site)[0] == 403
    assert app.ask("/api/health", Sec_Fetch_Site="same-origin")[0] == 200


def test_an_upload_is_refused(app: Running) -> None:
    token = app.ask("/_stcore/health")[1].get_all("Set-Cookie")
    assert token
    xsrf = next(cookie for cookie in token if cookie.startswith("_streamlit_xsrf")).split(";")[0]
    headers = {"Cookie": xsrf, "X_Xsrftoken": xsrf.split("=", 1)[1], "Content_Length": "0"}
    for method in ("PUT", "POST", "DELETE", "OPTIONS", "GET"):
        assert app.ask("/_stcore/upload_file/session/file", method, **headers)[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/interact",
        "/component/x/index.html",
        "/auth/login",
        "/oauth2callback",
    ],
)
def test_doors_that_are_not_used_are_closed(app: Running, path: str) -> None:
    assert app.ask(path)[0] == 403
    assert app.ask(path, "POST", Content_Length="0")[0] == 403
    assert app.ask(path.replace("/_", "/%5f").replace("agent", "%61gent"))[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/api/health", "/api/stream/c1", "/media/x"])
def test_only_reading_is_allowed(app: Running, method: str, path: str) -> None:
    assert app.ask(path, method, Content_Length="0")[0] == 403


@pytest.mark.parametrize(
    "path",
    ["/", "/some/page", "/favicon.png", "/_stcore/health", "/api/health", "/api/stream/x", "/media/x", "/nothing.js"],
)
def test_every_answer_has_the_headers(app: Running, path: str) -> None:
    headers = app.ask(path)[1]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval' blob: 'sha256-" in policy
    assert "unsafe-eval'" not in policy.replace("wasm-unsafe-eval'", "")
    assert f"connect-src 'self' ws://{app.host} wss://{app.host};" in policy
    assert "img-src 'self' data: blob:" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers
    if path.startswith(("/api/", "/media/")):
        assert headers["Cache-Control"] == "no-store"


def test_the_policy_allows_the_pages_own_inline_scripts(app: Running) -> None:
    page = app.ask("/")[1], app.ask("/")[2].decode()
    assert page[1].count("<script>") == page[0]["Content-Security-Policy"].count("'sha256-") == 1


def test_static_files_are_sent_with_the_headers_and_may_be_kept(app: Running) -> None:
    script = re.search(r'src="\./(static/js/[^"]+)"', app.ask("/")[2].decode())
    assert script
    status, headers, _ = app.ask(f"/{script[1]}")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert "immutable" in headers["Cache-Control"]
    assert "Set-Cookie" not in headers


def test_a_download_needs_the_browser_that_opened_the_page(app: Running) -> None:
    # The file lives as long as its session: keep one open.
    url = f"ws://{app.host}/_stcore/stream"
    with connect(url, origin=f"http://{app.host}", subprotocols=["streamlit"], max_size=None) as ws:
        message = BackMsg()
        message.rerun_script.page_name = ""
        ws.send(message.SerializeToString())
        found = None
        while found is None:
            found = re.search(rb"/media/[0-9a-f]+\.bin", bytes(ws.recv(timeout=30)))
        path = found[0].decode()
        status, headers, body = app.ask(path, Cookie=app.browser_key())
        assert (status, body) == (200, b"the export")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Disposition"] == 'attachment; filename="x.csv"'
        for cookie in (
            "",
            "workbench=x",
            f"workbench_{app.port}=x.y",
            f"workbench_{app.port}=",
            app.browser_key()[:-2],
        ):
            assert app.ask(path, Cookie=cookie)[0] == 403
        assert app.ask(path)[0] == 403
        assert app.ask(path, "HEAD")[0] == 403
        assert app.ask(path, Cookie=app.browser_key(), Sec_Fetch_Site="same-site")[0] == 403
        assert app.ask(f"/x/..{path}")[0] in {400, 403, 404}
        assert app.ask(f"/{path}")[0] in {400, 403}


def test_the_cookie_is_for_this_browser_and_this_server_alone(app: Running) -> None:
    headers = app.ask("/")[1]
    cookie = headers["Set-Cookie"]
    assert cookie.startswith(f"workbench_{app.port}=")
    assert cookie.endswith("; HttpOnly; SameSite=Strict; Path=/")
    assert app.browser_key() != app.browser_key()
    assert "Set-Cookie" not in app.ask("/", Cookie=cookie.split(";")[0])[1]
    assert "workbench" not in str(app.ask("/api/health")[1].get_all("Set-Cookie"))


def test_health(app: Running) -> None:
    status, _, body = app.ask("/api/health")
    assert (status, json.loads(body)) == (200, {"app": "ready", "models": "waking"})


def test_a_stream_needs_a_token_for_it(app: Running) -> None:
    now = datetime.now(UTC)
    old, other = TOKENS.make("ana", "short", now - timedelta(minutes=11)), TOKENS.make("ana", "other", now)
    for token in ("", "x", "x.y", old, other):
        assert app.ask(f"/api/stream/short?token={token}")[0] == 403


def stream_path(comparison: str) -> str:
    return f"/api/stream/{comparison}?token={TOKENS.make('ana', comparison, datetime.now(UTC))}"


def test_a_stream_tells_what_is_new_and_ends(app: Running) -> None:
    status, headers, body = app.ask(stream_path("short"), Accept_Encoding="gzip")
    assert status == 200
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert "Content-Encoding" not in headers
    events = body.decode().strip().split("\n\n")
    assert events[0] == "retry: 1000"
    assert events[1] == 'id: \ndata: {"g":{},"s":{"g1":"waiting"}}'
    place, data = events[2].split("\n")
    assert place == "id: g1:12"
    assert json.loads(data[6:]) == {"g": {"g1": {"at": 0, "text": "wörds 🙂 grow"}}, "s": {"g1": ""}}
    assert events[3] == "event: end\ndata: {}"
    assert len(events) == 4


def test_a_stream_goes_on_where_the_browser_was(app: Running) -> None:
    for path, headers in (
        (stream_path("short") + "&from=g1%3A8,broken", {}),
        (stream_path("short") + "&from=g1:1", {"Last_Event_ID": "g1:8"}),
    ):
        body = app.ask(path, **headers)[2].decode()
        assert '"g1":{"at":8,"text":"grow"}' in body
        assert "id: g1:12" in body


def test_a_reader_who_leaves_is_noticed_at_once(app: Running) -> None:
    readers = app.folder / "readers"
    before = readers.read_text().count("-") if readers.exists() else 0
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=10)
    connection.request("GET", stream_path("long"))
    answer = connection.getresponse()
    assert b"retry" in answer.readline()
    answer.close()
    connection.close()
    deadline = time.monotonic() + 2
    while readers.read_text().count("-") == before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert readers.read_text().count("-") == before + 1
    assert readers.read_text().count("+") == before + 1


def test_an_error_in_a_stream_tells_the_browser_nothing(app: Running) -> None:
    with pytest.raises(http.client.IncompleteRead) as broken:
        app.ask(stream_path("broken"))
    assert b"hunter2" not in broken.value.partial


def test_no_setting_from_outside_counts(app: Running) -> None:
    app.run_page()
    options = json.loads((app.folder / "app" / "ui" / "options.json").read_text())
    for name, value in OPTIONS.items():
        assert options[name] == value, name
    assert options["server.enableAgentApi"] is False
    assert options["server.agentMaxSessions"] == 100  # Streamlit's own, not the config file's
    assert options["theme.base"] is None
    assert options["theme.primaryColor"] is None
    assert options["theme.light.primaryColor"] == "#2B6F6C"
    assert options["theme.dark.backgroundColor"] == "#14181B"
    assert options["server.port"] == options["browser.serverPort"] == app.port


def test_models_start_once_the_app_answers_and_everything_ends_quickly(tmp_path: Path) -> None:
    running = start(workspace(tmp_path), tmp_path)
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.request("GET", stream_path("long"))
    assert b"retry" in connection.getresponse().readline()
    with connect(f"ws://{running.host}/_stcore/stream", subprotocols=["streamlit"]):
        seconds = stop(running)
    connection.close()
    assert running.process.returncode == 0
    assert seconds < 4
    assert (tmp_path / "calls").read_text() == "start\nclose\n"
    assert (tmp_path / "readers").read_text() == "+-"
    assert (tmp_path / "log").read_text() == ""


def test_the_next_free_port_is_taken() -> None:
    with server.listen() as first, server.listen() as second:
        ports = first.getsockname()[1], second.getsockname()[1]
        assert 8501 <= ports[0] < ports[1] <= 8600
        assert first.getsockname()[0] == "127.0.0.1"
        with pytest.raises(InvalidSettings, match=f"Port {ports[0]} is taken"):
            server.listen(ports[0])


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.4", "::"])
def test_only_this_computer_is_bound(address: str) -> None:
    with pytest.raises(NotAllowed, match="on this computer only"):
        server.listen(8501, address)
