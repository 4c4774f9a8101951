"""The routes of our own: the event stream of running answers, and health."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from workbench.live.progress import Progress
from workbench.security.tokens import StreamTokens

HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 1000

_SEEN = re.compile(r"([A-Za-z0-9_-]{1,64}):(\d{1,9})")


class Follows(Protocol):
    """What the event stream needs of `live`."""

    def follow(self, comparison_id: str, seen: Mapping[str, int]) -> AsyncIterator[Progress]:
        """What is new since `seen`, until everything has ended; closing it is how a reader leaves."""
        ...


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the web server needs of the workbench."""

    live: Follows
    tokens: StreamTokens
    """The same that pages make their stream addresses with."""
    readiness: Callable[[], str]
    """`waking`, `ready` or `failed`."""
    clock: Callable[[], datetime]
    start: Callable[[], None] = lambda: None
    """Called once, in a thread, when the app answers: the moment to start model processes."""
    close: Callable[[], None] = lambda: None
    """Called once, in a thread, when the server ends."""


class EventStream(Response):
    """Server-sent events, until they end, the client goes away or the server closes."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str, None], closing: asyncio.Event) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; in every case their iterator is closed before this returns."""
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_gone(receive))
        closing = asyncio.create_task(self._closing.wait())
        tasks = (sending, gone, closing)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not sending.cancelled():
            sending.result()  # an error of `follow` is an error of this request
        if gone.cancelled():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send) -> None:
        async with aclosing(self._events) as events:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for event in events:
                await send({"type": "http.response.body", "body": event.encode(), "more_body": True})


def routes(backend: Backend, closing: asyncio.Event) -> list[Route]:
    """`GET /api/stream/{comparison}` and `GET /api/health`."""

    async def stream(request: Request) -> Response:
        comparison = request.path_params["comparison"]
        if backend.tokens.check(request.query_params.get("token", ""), comparison, backend.clock()) is None:
            return PlainTextResponse("This page is too old to follow the answer. Reload it.", status_code=403)
        # A browser that connects again says where it was; its address still says where it began.
        seen = parse_seen(request.headers.get("last-event-id") or request.query_params.get("from", ""))
        return EventStream(event_texts(backend.live.follow(comparison, seen), seen), closing)

    async def health(_: Request) -> Response:
        return JSONResponse({"app": "ready", "models": str(backend.readiness())})

    return [Route("/api/stream/{comparison}", stream), Route("/api/health", health)]


def parse_seen(text: str) -> dict[str, int]:
    """`generation:offset,generation:offset` as a mapping; what is not of that form is left out."""
    return {found[1]: int(found[2]) for found in map(_SEEN.fullmatch, text.split(",")) if found}


async def event_texts(
    progress: AsyncIterator[Progress], seen: Mapping[str, int], heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncGenerator[str, None]:
    """The progress as server-sent events: what is new, a comment after `heartbeat` silent seconds, `end` at the end."""
    offsets, states = dict(seen), dict[str, str]()
    now = asyncio.get_running_loop().time
    spoke = now()
    generator = cast("AsyncGenerator[Progress, None]", progress)
    async with aclosing(generator), aclosing(_or_none(generator, heartbeat)) as steps:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        async for step in steps:
            text = _event(step, offsets, states) if step else ""
            if not text and now() - spoke >= heartbeat:
                text = ": nothing new\n\n"
            if text:
                yield text
                spoke = now()
            if step and step.ended:
                break
        yield "event: end\ndata: {}\n\n"


async def _or_none(progress: AsyncIterator[Progress], patience: float) -> AsyncGenerator[Progress | None, None]:
    """The steps, and None each time one took longer than `patience` seconds. Waiting does not disturb the iterator."""
    waiting = asyncio.ensure_future(_next(progress))
    try:
        while True:
            await asyncio.wait((waiting,), timeout=patience)
            if not waiting.done():
                yield None
            elif (step := waiting.result()) is None:
                return
            else:
                yield step
                waiting = asyncio.ensure_future(_next(progress))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def _next(progress: AsyncIterator[Progress]) -> Progress | None:
    return await anext(progress, None)


def _event(step: Progress, offsets: dict[str, int], states: dict[str, str]) -> str:
    """The step as an event, or nothing when it says nothing new; `offsets` and `states` are brought up to date."""
    pieces = {key: {"at": at, "text": text} for key, (at, text) in step.pieces.items() if text}
    changed = {key: words for key, words in step.states.items() if states.get(key) != words}
    changed |= {key: "" for key in states.keys() - step.states.keys()}
    offsets |= {key: at + len(text) for key, (at, text) in step.pieces.items()}
    states.clear()
    states |= step.states
    if not pieces and not changed:
        return ""
    place = ",".join(f"{key}:{offset}" for key, offset in offsets.items())
    return f"id: {place}\ndata: {json.dumps({'g': pieces, 's': changed}, separators=(',', ':'))}\n\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
