"""The web guard: who may talk to the app, and what the browser may do with what it gets.

Plain ASGI, so that streams pass through untouched. `SecurityHeaders` stands outside `Guard`, which stands outside
Streamlit; a refusal carries the headers too.
"""

import base64
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.security.tokens import BrowserKeys

STREAM_SOCKET = "/_stcore/stream"
CLOSED = ("/_stcore/upload_file", "/_stcore/metrics", "/_stcore/agent", "/component/", "/auth/", "/oauth2callback")
"""Doors of Streamlit that the workbench does not use."""
PRIVATE = ("/media/", "/api/")
FILES = ("/media/", "/api/", "/static/")

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]+)(?::\d{1,5})?")

_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), "
    "serial=(), midi=(), hid=(), browsing-topics=(), clipboard-read=(), clipboard-write=(self)",
}


def script_hashes(index: Path) -> tuple[str, ...]:
    """The CSP sources of the inline scripts of Streamlit's page: `'sha256-…'` each."""
    scripts = _INLINE_SCRIPT.findall(index.read_text(encoding="utf-8"))
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def content_policy(hashes: Iterable[str], host: str) -> str:
    """The Content-Security-Policy: everything from here, nothing from anywhere else.

    `blob:` is where Streamlit loads the scripts of components v2 from; inline styles are how it styles itself.
    """
    sockets = f" ws://{host} wss://{host}" if host else ""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self' 'wasm-unsafe-eval' blob:", *hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "worker-src 'self' blob:",
        )
    )


def allowed_host(scope: Scope, hosts: Iterable[str]) -> str:
    """The Host header when it names this computer, else an empty string."""
    given = Headers(scope=scope).getlist("host")
    found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    return given[0] if found and found["name"].lower() in hosts else ""


class SecurityHeaders:
    """Adds the headers that keep the browser from fetching, framing, sniffing or storing what it should not."""

    def __init__(self, app: ASGIApp, hashes: tuple[str, ...], hosts: tuple[str, ...]) -> None:
        self._app = app
        self._hashes = hashes
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; only the start of an HTTP answer is touched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = _HEADERS | {"Content-Security-Policy": content_policy(self._hashes, allowed_host(scope, self._hosts))}
        if scope["path"].startswith(PRIVATE):
            ours["Cache-Control"] = "no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(ours)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Guard:
    """Lets in this computer's own browser pages, and only through the doors that are used."""

    def __init__(self, app: ASGIApp, keys: BrowserKeys, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._keys = keys
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on; a page without a browser key hands one out."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif reason := self._refusal(scope):
            await _refuse(reason, scope, receive, send)
        elif scope["type"] == "http" and not scope["path"].startswith(FILES) and not self._has_key(scope):
            await self._app(scope, receive, self._handing_out(scope, send))
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        headers, path = Headers(scope=scope), str(scope["path"])
        host = allowed_host(scope, self._hosts)
        if not _is_this_computer(scope):
            return "The workbench answers only the computer it runs on."
        if not host:
            return "The workbench does not answer to this name. Open it at 127.0.0.1."
        if _is_foreign(headers, host):
            return "Another site may not talk to the workbench."
        if scope["type"] == "websocket":
            return "" if path == STREAM_SOCKET else "There is nothing here."
        if scope["method"] not in {"GET", "HEAD"} or path.startswith(CLOSED):
            return "The workbench takes no files and no commands this way."
        if path.startswith(PRIVATE) and headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return "Another site may not read this."
        if path.startswith("/media/") and not self._has_key(scope):
            return "Open the workbench in this browser first."
        return ""

    def _has_key(self, scope: Scope) -> bool:
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        return self._keys.check(cookies.get(_cookie_name(scope), ""))

    def _handing_out(self, scope: Scope, send: Send) -> Send:
        cookie = f"{_cookie_name(scope)}={self._keys.make(secrets.token_bytes(16))}; HttpOnly; SameSite=Strict; Path=/"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        return send_with_cookie


def _cookie_name(scope: Scope) -> str:
    # Browsers share cookies between the ports of one host: two workbenches must not overwrite each other's.
    return f"workbench_{scope['server'][1]}"


def _is_this_computer(scope: Scope) -> bool:
    try:
        return ipaddress.ip_address(scope["client"][0]).is_loopback
    except (TypeError, ValueError):
        return False


def _is_foreign(headers: Headers, host: str) -> bool:
    """Whether a page of another origin asks. Programs that are no browsers send no Origin.

    Streamlit would let in every port of this computer and, before refusing others, ask a public server for our own
    address; neither happens behind this.
    """
    return any(origin not in {f"http://{host}", f"https://{host}"} for origin in headers.getlist("origin"))


async def _refuse(reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})  # before accepting: an HTTP 403
    else:
        await PlainTextResponse(reason, status_code=403)(scope, receive, send)
