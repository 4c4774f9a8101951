"""The loop of a model process: lines in, lines out. Knows no provider library."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine, Iterable
from typing import IO, Protocol

from workbench.domain.conversations import ModelSpec, Outcome, Request
from workbench.gateway.calls import Answer, Judge, follow
from workbench.gateway.wire import LINE_BYTES, Finish, Limits, Line, decode, encode, finish_line

FLUSH_SECONDS = 0.03


class Models(Protocol):
    """What a model process serves."""

    async def wake(self) -> None:
        """Load what calls need."""
        ...

    async def open(self, request: Request, limits: Limits) -> Answer:
        """Begin a call."""
        ...

    async def prepare(self, model: ModelSpec, system: str) -> None:
        """Let an embedded model read instructions early."""
        ...

    def keys_present(self, names: Iterable[str]) -> dict[str, bool]:
        """Which names have a key."""
        ...

    @property
    def judge(self) -> Judge:
        """Makes sense of errors."""
        ...


class Outbox:
    """Lines to the workbench. Text is gathered for FLUSH_SECONDS, but the first of an answer leaves at once."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._texts: dict[str, str] = {}
        self._begun: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def show(self, call: str, text: str) -> None:
        """Send more text of a call, soon."""
        self._texts[call] = self._texts.get(call, "") + text
        if call not in self._begun:
            self._begun.add(call)
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def send(self, line: Line) -> None:
        """Send a line now, after all text that came before it."""
        self._flush()
        self._write(line)

    def forget(self, call: str) -> None:
        """Drop what a call still had to say."""
        self._begun.discard(call)
        self._texts.pop(call, None)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._texts:
            texts, self._texts = self._texts, {}
            self._write({"deltas": texts})

    def _write(self, line: Line) -> None:
        self._pipe.write(encode(line))
        self._pipe.flush()


class Serving:
    """Answers the workbench's lines until there are no more."""

    def __init__(self, models: Models, outbox: Outbox) -> None:
        self._models = models
        self._outbox = outbox
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._awake = asyncio.Event()

    async def run(self) -> None:
        """Say "ready" when calls can be taken. Ends the process when the input closes, whatever is still running."""
        reader = asyncio.StreamReader(limit=LINE_BYTES)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        self._begin("wake", self._wake())
        while line := await reader.readline():
            self._obey(decode(line))
        # Nobody listens any more. Threads of the embedded model would hold up an orderly exit.
        os._exit(0)

    async def _wake(self) -> None:
        try:
            await self._models.wake()
        except Exception as error:  # without its libraries this process is of no use; the workbench says so
            self._outbox.send({"failed": f"{type(error).__name__}: {error}"})
            os._exit(1)
        self._awake.set()
        self._outbox.send({"ready": True})

    def _obey(self, line: Line) -> None:
        name = line["id"]
        match line["do"]:
            case "call":
                self._begin(name, self._call(name, line))
            case "prepare":
                self._begin(name, self._prepare(name, line))
            case "keys":
                self._begin(name, self._keys(name, line))
            case "cancel" if name in self._tasks:
                self._tasks[name].cancel()

    def _begin(self, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def _call(self, name: str, line: Line) -> None:
        request, limits = Request.model_validate(line["request"]), Limits.model_validate(line["limits"])
        await self._awake.wait()
        try:
            finish = await follow(
                lambda: self._models.open(request, limits),
                limits,
                self._models.judge,
                lambda text: self._outbox.show(name, text),
            )
            self._outbox.send(finish_line(name, finish))
        except Exception as error:  # a mistake of ours; still every call ends
            self._outbox.send(finish_line(name, Finish(Outcome.MALFORMED, f"Unexpected: {type(error).__name__}")))
        finally:
            self._outbox.forget(name)

    async def _prepare(self, name: str, line: Line) -> None:
        await self._awake.wait()
        with contextlib.suppress(Exception):  # a courtesy: the first message will say what is wrong
            await self._models.prepare(ModelSpec.model_validate(line["model"]), line["system"])
        self._outbox.send({"answer": name, "value": None})

    async def _keys(self, name: str, line: Line) -> None:
        present = await asyncio.to_thread(self._models.keys_present, line["names"])
        self._outbox.send({"answer": name, "value": present})
