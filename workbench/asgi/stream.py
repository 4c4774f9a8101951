"""The routes of our own: the event stream of running answers, and health."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from workbench.live.progress import Progress
from workbench.security.tokens import StreamTokens

HEARTBEAT_SECONDS = 15.0

_SEEN = re.compile(r"([A-Za-z0-9_-]{1,64}):(\d{1,9})")


class Follows(Protocol):
    """What the event stream needs of `live`."""

    def follow(self, comparison_id: str, seen: Mapping[str, int]) -> AsyncGenerator[Progress, None]:
        """What is new since `seen`, until everything has ended; closing it is how a reader leaves."""
        ...


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the web server needs of the workbench. Callables, because nothing is opened before it is needed."""

    secret: bytes
    """At least 32 random bytes, kept with the workspace: signs stream tokens and browser cookies."""
    live: Callable[[], Follows]
    readiness: Callable[[], str]
    """`waking`, `ready` or `failed`."""
    start: Callable[[], None] = lambda: None
    """Called once, in a thread, when the app answers: the moment to start model processes."""
    close: Callable[[], None] = lambda: None
    """Called once, in a thread, when the server ends."""
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


class Streams:
    """The open event streams of this server, so that it can end them when it ends itself."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[None]] = set()

    def end(self) -> None:
        """End every stream; browsers see a closed connection and ask again."""
        for task in self._open:
            task.cancel()

    async def until_gone(self, work: asyncio.Task[None], receive: Receive) -> None:
        """Run the work until it is done, the client went away, or `end` was called."""
        gone = asyncio.create_task(_gone(receive))
        self._open.add(work)
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(work)
            work.cancel()
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await work


class EventStream(Response):
    """Server-sent events of one comparison."""

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, events: AsyncGenerator[str, None]) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._streams = streams
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until they end or the client goes away; either way the iterator is closed at once."""
        await self._streams.until_gone(asyncio.create_task(self._send(send)), receive)

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._events) as events:
            async for event in events:
                await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def routes(backend: Backend, streams: Streams, heartbeat: float = HEARTBEAT_SECONDS) -> list[Route]:
    """`GET /api/stream/{comparison}` and `GET /api/health`."""
    tokens = StreamTokens(backend.secret)

    async def stream(request: Request) -> Response:
        comparison = request.path_params["comparison"]
        if tokens.check(request.query_params.get("token", ""), comparison, backend.clock()) is None:
            return PlainTextResponse("This page is too old to follow the answer. Reload it.", status_code=403)
        # A browser that reconnects says where it was; the address still says where it began.
        seen = parse_seen(request.headers.get("last-event-id") or request.query_params.get("from", ""))
        live = await run_in_threadpool(backend.live)
        return EventStream(streams, events(live.follow(comparison, seen), seen, heartbeat))

    async def health(_: Request) -> Response:
        models = await run_in_threadpool(backend.readiness)
        return JSONResponse({"app": "ready", "models": str(models)})

    return [Route("/api/stream/{comparison}", stream), Route("/api/health", health)]


def parse_seen(text: str) -> dict[str, int]:
    """`generation:offset,generation:offset` as a mapping; what is not of that form is left out."""
    return {found[1]: int(found[2]) for found in map(_SEEN.fullmatch, text.split(",")) if found}


async def events(
    progress: AsyncGenerator[Progress, None], seen: Mapping[str, int], heartbeat: float
) -> AsyncGenerator[str, None]:
    """The progress as server-sent events: what is new, a comment when nothing is for a while, `end` at the end."""
    offsets, states = dict(seen), dict[str, str]()
    async with aclosing(progress):
        async for step in with_pauses(progress, heartbeat):
            if step is None:
                yield ": nothing new\n\n"
                continue
            if event := _event(step, offsets, states):
                yield event
            if step.ended:
                break
    yield "event: end\ndata: {}\n\n"


async def with_pauses(steps: AsyncIterator[Progress], pause: float) -> AsyncIterator[Progress | None]:
    """The steps that say something, and None whenever `pause` seconds went by without one."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Task[Progress | None] | None = None
    last = loop.time()
    try:
        while True:
            waiting = waiting or asyncio.create_task(_next(steps))
            await asyncio.wait((waiting,), timeout=max(0.0, last + pause - loop.time()))
            if not waiting.done():
                step = None
            elif (step := waiting.result()) is None:
                return
            else:
                waiting = None
            ...
            yield step
            last = loop.time()
    finally:
        if waiting:
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting


async def _next(steps: AsyncIterator[Progress]) -> Progress | None:
    return await anext(steps, None)


def _event(step: Progress, offsets: dict[str, int], states: dict[str, str]) -> str:
    return ""


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _ids(offsets: Iterable[str]) -> str:
    return ""
