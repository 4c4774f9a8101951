"""A small OpenAI-compatible provider on loopback that can be slow, rude, broken or well paced on demand.

The model name chooses the behaviour: `fake-<ms per token>-<tokens>` paces words; every name in FAULTS misbehaves in
one way. `GET /stats` tells what happened; `GET /stats/reset` forgets it. Run it alone with
`python tests/faults/provider.py PORT`.
"""

import asyncio
import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

ADVICE = (
    "you could try to write down what keeps you awake and then put the paper away for the night "
    "because a worry that has a place to stay does not need to be carried to bed"
)
WORDS = ADVICE.split()
CUT = "If you are in danger, call "
WHOLE = "Take one slow breath, then another."
LONG_TOKENS = 5000
CANARY_KEY = "sk-canary-0123456789abcdefABCDEF"
HANG_SECONDS = 30.0
CLOSE = "Connection: close"

Body = dict[str, Any]


class HungUp(ConnectionError):
    """The client went away while we were answering."""


class Reply:
    """One HTTP answer, piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: dict[str, str]) -> None:
        self._writer = writer
        self._gone = asyncio.ensure_future(reader.read(1))  # resolves when the client closes
        self.headers = headers
        self.sent_at: list[float] = []

    async def whole(
        self, status: int, body: bytes, kind: str = "application/json", extra: dict[str, str] | None = None
    ) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", CLOSE]
        lines += [f"{name}: {value}" for name, value in (extra or {}).items()]
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await self._writer.drain()

    async def json(self, status: int, value: Any, extra: dict[str, str] | None = None) -> None:
        await self.whole(status, json.dumps(value).encode(), extra=extra)

    async def begin(self) -> None:
        head = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked", CLOSE]
        self._writer.write("\r\n".join(head).encode() + b"\r\n\r\n")
        await self._writer.drain()

    async def raw(self, data: bytes) -> None:
        if self._gone.done() or self._writer.is_closing():
            raise HungUp
        self._writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.sent_at.append(time.time())
        await self._writer.drain()

    async def event(self, value: Any) -> None:
        await self.raw(b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n")

    async def done(self) -> None:
        await self.raw(b"data: [DONE]\n\n")

    async def end(self) -> None:
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def sleep(self, seconds: float) -> None:
        """Wait, but notice at once when the client goes away."""
        await asyncio.wait({self._gone}, timeout=seconds)
        if self._gone.done():
            raise HungUp

    def reset(self) -> None:
        """Cut the connection with RST, as a crashing proxy does."""
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        self._gone.cancel()
        self._writer.close()


def chunk(model: str, delta: Body | None = None, finish: str | None = None) -> Body:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": f"{model}-2026-01-01",
        "system_fingerprint": "fp_fake",
        "choices": [choice],
    }


def text(model: str, words: str) -> Body:
    return chunk(model, {"role": "assistant", "content": words})


def usage(model: str, tokens: int) -> Body:
    numbers = {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens}
    return {**chunk(model), "choices": [], "usage": numbers}


def error(message: str, kind: str = "server_error", code: str | None = None) -> Body:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


async def finish(reply: Reply, body: Body, tokens: int, reason: str = "stop") -> None:
    await reply.event(chunk(body["model"], finish=reason))
    if (body.get("stream_options") or {}).get("include_usage"):
        await reply.event(usage(body["model"], tokens))
    await reply.done()
    await reply.end()


async def paced(reply: Reply, body: Body) -> None:
    """`fake-<ms per token>-<tokens>`: one word every so many milliseconds, on the clock and not after the last."""
    _, pace, count = body["model"].split("-")[:3]
    await reply.begin()
    start = time.monotonic()
    for number in range(int(count)):
        await reply.sleep(max(0.0, start + (number + 1) * float(pace) / 1000 - time.monotonic()))
        await reply.event(text(body["model"], WORDS[number % len(WORDS)] + " "))
    await finish(reply, body, int(count))


async def whole_answer(reply: Reply, body: Body) -> None:
    await reply.begin()
    for word in WHOLE.split(" "):
        await reply.event(text(body["model"], word + " "))
    await finish(reply, body, 6)


# --- answers that are errors from the start -----------------------------------------------------------------


def refuses(status: int, value: Body, extra: dict[str, str] | None = None) -> Callable[[Reply, Body], Awaitable[None]]:
    async def behave(reply: Reply, body: Body) -> None:
        await reply.json(status, value, extra)

    return behave


def fails_first(times: int, status: int, extra: dict[str, str] | None = None) -> Callable[..., Awaitable[None]]:
    """Fails the first so many requests of a conversation (told apart by its last message), then answers."""
    seen: Counter[str] = Counter()

    async def behave(reply: Reply, body: Body) -> None:
        key = body["messages"][-1]["content"]
        seen[key] += 1
        if seen[key] <= times:
            await reply.json(status, error("Try later", "rate_limit_error"), extra)
        else:
            await whole_answer(reply, body)

    return behave


async def html_portal(reply: Reply, body: Body) -> None:
    await reply.whole(200, b"<html><body>Sign in to the hospital network</body></html>", "text/html")


async def html_502(reply: Reply, body: Body) -> None:
    await reply.whole(502, b"<html><body>502 Bad Gateway nginx</body></html>", "text/html")


async def bad_json(reply: Reply, body: Body) -> None:
    await reply.whole(200, b'{"id": "x", "choices": [{"mess', "application/json")


async def echoes_key(reply: Reply, body: Body) -> None:
    sent = reply.headers.get("authorization", "")
    message = f"Incorrect API key provided: {sent}. See https://u:pw@example.com/keys?api_key=abc123 for help."
    await reply.json(401, error(message, "invalid_request_error", "invalid_api_key"))


def silent_first(times: int) -> Callable[[Reply, Body], Awaitable[None]]:
    """Says nothing the first so many times, then answers."""
    seen: Counter[str] = Counter()

    async def behave(reply: Reply, body: Body) -> None:
        seen["requests"] += 1
        await (silence if seen["requests"] <= times else whole_answer)(reply, body)

    return behave


async def headers_then_silence(reply: Reply, body: Body) -> None:
    await reply.begin()
    await reply.sleep(HANG_SECONDS)


async def reset_before(reply: Reply, body: Body) -> None:
    reply.reset()


# --- answers that go wrong on the way -----------------------------------------------------------------------


def after_text(what: Callable[[Reply, Body], Awaitable[None]]) -> Callable[[Reply, Body], Awaitable[None]]:
    async def behave(reply: Reply, body: Body) -> None:
        await reply.begin()
        await reply.event(text(body["model"], CUT))
        await reply.sleep(0.05)
        await what(reply, body)

    return behave


def in_stream(what: Callable[[Reply, Body], Awaitable[None]]) -> Callable[[Reply, Body], Awaitable[None]]:
    async def behave(reply: Reply, body: Body) -> None:
        await reply.begin()
        await what(reply, body)

    return behave


async def silence(reply: Reply, body: Body) -> None:
    await reply.sleep(HANG_SECONDS)


async def reset(reply: Reply, body: Body) -> None:
    reply.reset()


async def clean_end(reply: Reply, body: Body) -> None:
    await reply.end()


async def done_only(reply: Reply, body: Body) -> None:
    await reply.done()
    await reply.end()


async def garbage_line(reply: Reply, body: Body) -> None:
    await reply.raw(b"data: {oh no this is not json\n\n")
    await finish(reply, body, 6)


async def broken_json_event(reply: Reply, body: Body) -> None:
    await reply.raw(b'data: {"id": "x", "choices": [{"delta": {"content": "he\n\n')
    await reply.end()


async def error_event(reply: Reply, body: Body) -> None:
    await reply.event(error("The server had an error while processing your request", "server_error"))
    await reply.end()


async def drip(reply: Reply, body: Body) -> None:
    """Never idle for long, never ends: only a limit on the whole answer stops it."""
    while True:
        await reply.sleep(0.1)
        await reply.event(text(body["model"], "and "))


def stops_with(reason: str) -> Callable[[Reply, Body], Awaitable[None]]:
    async def behave(reply: Reply, body: Body) -> None:
        await finish(reply, body, 6, reason)

    return behave


async def empty(reply: Reply, body: Body) -> None:
    await reply.event(text(body["model"], ""))
    await finish(reply, body, 0)


async def whitespace(reply: Reply, body: Body) -> None:
    await reply.event(text(body["model"], " \n\n "))
    await finish(reply, body, 1)


async def null_content(reply: Reply, body: Body) -> None:
    await reply.event(chunk(body["model"], {"role": "assistant", "content": None}))
    await finish(reply, body, 0)


async def refusal(reply: Reply, body: Body) -> None:
    for words in ("I cannot ", "help with that."):
        await reply.event(chunk(body["model"], {"role": "assistant", "content": None, "refusal": words}))
    await finish(reply, body, 5)


async def empty_choices(reply: Reply, body: Body) -> None:
    await reply.event({**chunk(body["model"]), "choices": []})
    await reply.done()
    await reply.end()


async def unicode_split(reply: Reply, body: Body) -> None:
    """An emoji family, Arabic and an accent, cut between bytes by the transport."""
    await reply.begin()
    data = b"data: " + json.dumps(text(body["model"], UNICODE), ensure_ascii=False).encode() + b"\n\n"
    for start in range(0, len(data), 7):
        await reply.raw(data[start : start + 7])
    await finish(reply, body, 4)


UNICODE = "Ça va 👩‍👩‍👧 مرحبا — ok"


async def very_long(reply: Reply, body: Body) -> None:
    await reply.begin()
    for number in range(LONG_TOKENS):
        await reply.event(text(body["model"], WORDS[number % len(WORDS)] + " "))
    await finish(reply, body, LONG_TOKENS)


async def no_usage(reply: Reply, body: Body) -> None:
    await reply.begin()
    await reply.event(text(body["model"], WHOLE))
    await reply.event(chunk(body["model"], finish="stop"))
    await reply.done()
    await reply.end()


async def finish_with_text(reply: Reply, body: Body) -> None:
    """Some providers put the finish reason on the last piece of text."""
    await reply.begin()
    await reply.event(chunk(body["model"], {"role": "assistant", "content": WHOLE}, finish="stop"))
    await reply.done()
    await reply.end()


def claude(*more: tuple[str, Body]) -> Callable[[Reply, Body], Awaitable[None]]:
    """An answer in Anthropic's dialect: the beginning, CUT, and then these events."""

    async def behave(reply: Reply, body: Body) -> None:
        await reply.begin()
        start = {"id": "m", "type": "message", "role": "assistant", "model": body["model"], "content": []}
        events: list[tuple[str, Body]] = [
            ("message_start", {"message": {**start, "usage": {"input_tokens": 11, "output_tokens": 1}}}),
            ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
            ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": CUT}}),
            *more,
        ]
        for name, value in events:
            data = json.dumps({"type": name, **value})
            await reply.raw(f"event: {name}\ndata: {data}\n\n".encode())
        await reply.end()

    return behave


def stop_reason(reason: str) -> tuple[tuple[str, Body], ...]:
    delta = {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 7}}
    return ("content_block_stop", {"index": 0}), ("message_delta", delta), ("message_stop", {})


async def mentions_done(reply: Reply, body: Body) -> None:
    """The model itself writes the end mark of the protocol."""
    await reply.begin()
    for words in ("Write [DONE] on the page. ", WHOLE):
        await reply.event(text(body["model"], words))
    await finish(reply, body, 6)


QUOTA = error("You exceeded your current quota, please check your plan and billing.", "insufficient_quota")
OVERFLOW = error(
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    "invalid_request_error",
    "context_length_exceeded",
)
FILTER_400 = error("The response was filtered due to the content management policy.", "invalid", "content_filter")

FAULTS: dict[str, Callable[[Reply, Body], Awaitable[None]]] = {
    "ok": whole_answer,
    "no-usage": no_usage,
    "finish-with-text": finish_with_text,
    "unicode-split": unicode_split,
    "mentions-done": mentions_done,
    "openai/gpt-oss-20b": whole_answer,
    "claude-whole": claude(*stop_reason("end_turn")),
    "claude-length": claude(*stop_reason("max_tokens")),
    "claude-cut": claude(),
    "claude-garbage": claude(("content_block_delta", {"index": 0, "delta": "?"})),
    "very-long": very_long,
    "429": refuses(429, error("Rate limit reached", "rate_limit_error")),
    "429-retry-after": refuses(429, error("Rate limit reached", "rate_limit_error"), {"Retry-After": "0.3"}),
    "429-retry-after-long": refuses(429, error("Rate limit reached", "rate_limit_error"), {"Retry-After": "3600"}),
    "429-once": fails_first(1, 429, {"Retry-After": "0.3"}),
    "503-twice": fails_first(2, 503),
    "quota": refuses(429, QUOTA),
    "quota-402": refuses(402, error("Insufficient credits", "billing")),
    "500": refuses(500, error("Internal error")),
    "502": html_502,
    "503": refuses(503, error("Overloaded")),
    "529": refuses(529, error("Overloaded", "overloaded_error")),
    "401": refuses(401, error("Incorrect API key provided", "invalid_request_error", "invalid_api_key")),
    "401-echo": echoes_key,
    "403": refuses(403, error("Your account may not use this model", "permission_error")),
    "unknown-model": refuses(404, error("The model does not exist", "invalid_request_error", "model_not_found")),
    "bad-parameter": refuses(400, error("Unsupported value: temperature", "invalid_request_error")),
    "422": refuses(422, error("top_k: extra inputs are not permitted", "invalid_request_error")),
    "413": refuses(413, error("Request too large", "invalid_request_error")),
    "overflow": refuses(400, OVERFLOW),
    "filter-400": refuses(400, FILTER_400),
    "html-portal": html_portal,
    "bad-json": bad_json,
    "timeout-before": silence,
    "silent-once": silent_first(1),
    "headers-then-silence": headers_then_silence,
    "reset-before": reset_before,
    "reset-in-stream": in_stream(reset),
    "done-only": in_stream(done_only),
    "clean-end-empty": in_stream(clean_end),
    "garbage-first": in_stream(garbage_line),
    "bad-json-event": in_stream(broken_json_event),
    "error-event-first": in_stream(error_event),
    "empty": in_stream(empty),
    "whitespace": in_stream(whitespace),
    "null-content": in_stream(null_content),
    "refusal": in_stream(refusal),
    "filter-empty": in_stream(stops_with("content_filter")),
    "length-empty": in_stream(stops_with("length")),
    "empty-choices": in_stream(empty_choices),
    "timeout-after": after_text(silence),
    "drip": after_text(drip),
    "reset-midway": after_text(reset),
    "clean-end-midway": after_text(clean_end),
    "done-midway": after_text(done_only),
    "garbage-midway": after_text(garbage_line),
    "bad-json-midway": after_text(broken_json_event),
    "error-event-midway": after_text(error_event),
    "length": after_text(stops_with("length")),
    "filter-midway": after_text(stops_with("content_filter")),
    "odd-reason": after_text(stops_with("provider_went_home")),
    "refusal-midway": after_text(refusal),
    "hang": after_text(silence),
}


class Provider:
    """The server in its own thread, for the length of a `with` block; `stats` is what /stats says."""

    def __init__(self) -> None:
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._clients: set[asyncio.Task[None]] = set()
        self.reset()

    def reset(self) -> None:
        self.counts: Counter[str] = Counter(started=0, completed=0, cancelled=0, active=0)
        self.requests: Counter[str] = Counter()
        self.sent_at: list[tuple[str, list[float]]] = []
        self.bodies: dict[str, Body] = {}
        self.headers: dict[str, dict[str, str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def stats(self) -> dict[str, Any]:
        return {**self.counts, "requests": dict(self.requests), "sent_at": list(self.sent_at)}

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self.serve(),), daemon=True)
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        self._loop.close()

    async def serve(self, port: int = 0) -> None:
        server = await asyncio.start_server(self._client, "127.0.0.1", port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away before it asked anything
        finally:
            self._clients.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        reply = Reply(reader, writer, headers)
        try:
            if head[0].startswith("GET /stats"):
                await self._tell(reply, forget="reset" in head[0])
            else:
                await self._count(reply, json.loads(body))
        finally:
            reply.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _tell(self, reply: Reply, *, forget: bool) -> None:
        if forget:
            self.reset()
        await reply.json(200, self.stats)

    async def _count(self, reply: Reply, body: Body) -> None:
        model = body["model"]
        behave = paced if model.startswith("fake-") else FAULTS[model]
        self.counts.update(started=1, active=1)
        self.requests[model] += 1
        self.bodies[model], self.headers[model] = body, reply.headers
        self.sent_at.append((model, reply.sent_at))
        try:
            await behave(reply, body)
            self.counts["completed"] += 1
        except (ConnectionError, asyncio.CancelledError):
            self.counts["cancelled"] += 1
        finally:
            self.counts["active"] -= 1


def main(port: int) -> None:
    provider = Provider()
    provider._loop.run_until_complete(provider.serve(port))


if __name__ == "__main__":
    main(int(sys.argv[1]))
