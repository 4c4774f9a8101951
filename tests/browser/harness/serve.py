"""Serves the little app with the product's content security policy, a fake event stream and doors for the tests."""

import base64
import hashlib
import re
import socket
import sys
from pathlib import Path

import board
import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

HERE = Path(__file__).parent
THEME = {
    "light": ("#FBFAF7", "#1E272E", "#2B6F6C", "#F1EEE6", "#DDD9CF", "#A3312A", "#8A5200"),
    "dark": ("#14181B", "#E6E8E6", "#6FB7B2", "#1F2529", "#39424A", "#F08A80", "#E8B25C"),
}
NAMES = (
    "backgroundColor",
    "textColor",
    "primaryColor",
    "secondaryBackgroundColor",
    "borderColor",
    "redTextColor",
    "orangeTextColor",
)


def policy() -> str:
    """The content security policy of the product."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    scripts = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob: {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; worker-src 'self' blob:"
    )


class Policy:
    """Adds the policy to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.header = (b"content-security-policy", policy().encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), self.header]
            await send(message)

        await self.app(scope, receive, with_policy)


async def stream(request: Request) -> Response:
    """The fake event stream of a case: honors Last-Event-ID, refuses the tokens it was told to refuse."""
    case = board.case(request.path_params["case"])
    token, last = request.query_params.get("token", ""), request.headers.get("last-event-id")
    case.connections.append({"token": token, "from": request.query_params.get("from"), "last": last})
    if token in case.refused:
        return Response(status_code=403)
    return StreamingResponse(case.follow(int(last or 0)), media_type="text/event-stream")


async def control(request: Request) -> Response:
    """What tests ask and change."""
    case = board.case(request.path_params["case"])
    if request.method == "POST":
        asked = await request.json()
        for name in ("data", "saves", "deaf"):
            if name in asked:
                setattr(case, name, asked[name])
        if asked.get("afresh"):
            case.messages.clear()
        for message in asked.get("push", []):
            case.push(message)
        case.drops += asked.get("drop", 0)
        case.refused |= set(asked.get("refuse", []))
    shown = ("data", "events", "runs", "connections", "open")
    return JSONResponse({name: getattr(case, name) for name in shown})


def set_options() -> None:
    """Streamlit as the product sets it."""
    for mode, colors in THEME.items():
        for name, color in zip(NAMES, colors, strict=True):
            config.set_option(f"theme.{mode}.{name}", color)
    for name, value in {
        "browser.gatherUsageStats": False,
        "server.fileWatcherType": "none",
        "client.toolbarMode": "minimal",
        "theme.baseRadius": "8px",
    }.items():
        config.set_option(name, value)


def main() -> None:
    """Serve on a free port of this computer and print it."""
    set_options()
    routes = [
        Route("/api/stream/{case}", stream),
        Route("/control/{case}", control, methods=["GET", "POST"]),
    ]
    app = st.App(str(HERE / "app.py"), routes=routes, middleware=[Middleware(Policy)])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        print(free.getsockname()[1], flush=True)  # noqa: T201 - the tests read it
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        server.run(sockets=[free])


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main()
