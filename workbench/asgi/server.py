"""The web application and the process that serves it."""

import asyncio
import importlib
import ipaddress
import secrets
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from streamlit import file_util

from workbench.asgi.guard import Guard, SecurityHeaders, script_hashes
from workbench.asgi.options import ADDRESS, HOSTS, MAX_MESSAGE_MB, set_options
from workbench.asgi.stream import Backend, routes
from workbench.errors import InvalidSettings, NotAllowed
from workbench.security.tokens import BrowserKeys

FIRST_PORT = 8501
PORTS = 100
CLOSE_SECONDS = 5.0
BROKEN = (
    "Something in the workbench broke. What was saved before is safe. Reload the page; if it happens again, "
    "the window in which the workbench was started says what it was."
)
SCRIPT = Path(__file__).parents[1] / "ui" / "app.py"
"""The entry script; never in a folder with `pages/`, which Streamlit would then run without it."""


def create_app(backend: Backend, port: int, closing: asyncio.Event | None = None, script: Path = SCRIPT) -> st.App:
    """The whole web application: Streamlit behind the guard, with our routes. Sets every Streamlit option.

    `closing` ends open event streams when it is set, so that the server need not wait for them.
    """
    set_options(port)
    hashes = script_hashes(Path(file_util.get_static_dir()) / "index.html")

    @asynccontextmanager
    async def lifespan(_: st.App) -> AsyncGenerator[None, None]:
        yield
        await asyncio.to_thread(_within, CLOSE_SECONDS, backend.close)

    return st.App(
        script.resolve(),
        routes=routes(backend, closing or asyncio.Event()),
        middleware=[
            Middleware(SecurityHeaders, hashes=hashes, hosts=HOSTS),
            Middleware(Guard, keys=BrowserKeys(secrets.token_bytes(32)), hosts=HOSTS),
        ],
        lifespan=lifespan,
        on_script_error=_told,
    )


def serve(backend: Backend, listener: socket.socket, open_browser: bool = False, script: Path = SCRIPT) -> None:
    """Serve the app at the socket until Ctrl+C.

    Prints one line with the address when the app answers; model processes are started after that.
    """
    port = listener.getsockname()[1]
    address = f"http://{ADDRESS}:{port}"
    closing = asyncio.Event()

    def answering() -> None:
        sys.stdout.write(f"The workbench is open at {address}\n")
        sys.stdout.flush()
        threading.Thread(target=_wake, args=(backend, address if open_browser else ""), daemon=True).start()

    server = _Server(_uvicorn(create_app(backend, port, closing, script)), answering, closing)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def listen(port: int | None = None, address: str = ADDRESS) -> socket.socket:
    """A socket bound to the port, or to the next free one from 8501, on this computer only.

    Raises:
        NotAllowed: the address can be reached from other computers.
        InvalidSettings: the port, or every port that was tried, is taken.
    """
    if not ipaddress.ip_address(address).is_loopback:
        raise NotAllowed(
            f"The workbench opens on this computer only, not at {address}: it has no accounts yet. Nothing was started."
        )
    for candidate in (port,) if port is not None else range(FIRST_PORT, FIRST_PORT + PORTS):
        with suppress(OSError):
            return _bound(address, candidate)
    taken = (
        f"Port {port} is" if port is not None else f"The ports from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are all"
    )
    raise InvalidSettings(f"{taken} taken by other programs. Nothing was started. Choose another with --port.")


class _Server(uvicorn.Server):
    """Tells when it really answers, and lets event streams go when it ends."""

    def __init__(self, config: uvicorn.Config, answering: Callable[[], None], closing: asyncio.Event) -> None:
        super().__init__(config)
        self._answering = answering
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._answering()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)


def _told(_: Exception) -> bool:
    """Show a sentence and no detail; Streamlit has written the error to the log already."""
    st.error(BROKEN)
    return True


def _uvicorn(app: st.App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        access_log=False,  # addresses of event streams hold tokens
        log_level="warning",
        proxy_headers=False,  # nobody stands before us, so nobody may say who the client is
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_MB * 1024 * 1024,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        ws_per_message_deflate=False,
    )


def _bound(address: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        if sys.platform != "win32":  # there it would share a port that somebody listens on
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
        bound.listen()  # now, because two programs may bind one port as long as none listens
    except OSError:
        bound.close()
        raise
    return bound


def _wake(backend: Backend, address: str) -> None:
    if address:
        webbrowser.open(address)
    backend.start()
    while backend.readiness() == "waking":  # the first page comes now, and needs the processors more
        time.sleep(0.5)
    importlib.import_module("pandas")  # the first table or chart would wait a second for it


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Do the work, but do not let it hold up the end of the process."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
