"""One model process as the workbench sees it: started, spoken to, started again when it dies, ended."""

import asyncio
import contextlib
import itertools
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from workbench.domain.conversations import Delta, ModelSpec, Outcome, Request
from workbench.gateway import Readiness
from workbench.gateway.redaction import redact
from workbench.gateway.wire import LINE_BYTES, Finish, Limits, Line, decode, encode, read_finish

CLOSE_SECONDS = 2.0
STUCK_SECONDS = 15.0
"""So long after a call should have ended a process that says nothing is taken for stuck, and ended."""
STARTS_IN_VAIN = 2
"""So many times in a row a process may end before it is ready; then it waits until somebody calls again."""

_LAST = frozenset({"end", "value", "died"})
_ENDED = "The local model process ended"
_names = itertools.count()


class ModelProcess:
    """A child that runs `workbench.gateway.model_process`. Belongs to one event loop.

    `embedded` loads the embedded model at its start, and not with its first call; `nice` is how far it steps back.
    """

    def __init__(self, root: Path, *, embedded: bool, nice: int = 0) -> None:
        self.readiness = Readiness.WAKING
        self.reason = ""
        """Why it could not start, redacted."""
        self._root = root
        self._options = [*(["--embedded"] if embedded else []), "--nice", str(nice)]
        self._process: Process | None = None
        self._inbox: dict[str, asyncio.Queue[Line]] = {}
        self._spawned = asyncio.Event()
        self._settled = asyncio.Event()
        self._wanted = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return None if self._process is None else self._process.pid

    @property
    def load(self) -> int:
        """How many calls it has in hand."""
        return len(self._inbox)

    def start(self, *, after: "ModelProcess | None" = None) -> None:
        """Keep it running from now on, in the background; the first start waits until `after` has settled."""
        if self._keeper is None:
            self._keeper = asyncio.get_running_loop().create_task(self._keep_running(after))

    async def settled(self) -> Readiness:
        """Wait until it is ready or could not be started; asking wakes one that gave up."""
        if self.readiness is Readiness.FAILED:
            self.readiness = Readiness.WAKING
            self._settled.clear()
            self._wanted.set()
        await self._settled.wait()
        return self.readiness

    async def call(self, request: Request, limits: Limits) -> AsyncGenerator[Delta | Finish, None]:
        """The text of one attempt as it comes, then its Finish. Closing the iterator closes the call upstream."""
        shown = False
        line = {"do": "call", "request": request.model_dump(mode="json"), "limits": limits.model_dump()}
        async with contextlib.aclosing(self._conversation(line, limits.total_seconds + STUCK_SECONDS)) as answers:
            async for answer in answers:
                if "text" in answer:
                    shown = shown or bool(answer["text"].strip())
                    yield Delta(text=answer["text"])
                elif "end" in answer:
                    yield read_finish(answer)
                elif shown:
                    yield Finish(Outcome.TRUNCATED, f"{_ENDED} in the middle of the answer.")
                else:
                    yield Finish(Outcome.NETWORK, f"{_ENDED} before it answered. It is started again by itself.")

    async def prepare(self, model: ModelSpec, system: str) -> None:
        """Let its embedded model read instructions; returns when it has, or when the process ended."""
        await self._ask({"do": "prepare", "model": model.model_dump(mode="json"), "system": system})

    async def keys_present(self, names: list[str]) -> dict[str, bool]:
        """Which names have a key, even before it is ready; none has one in a process that is not there."""
        await self._spawned.wait()
        present: dict[str, bool] = await self._ask({"do": "keys", "names": names}) or {}
        return {name: present.get(name, False) for name in names}

    async def close(self) -> None:
        """End it, and whatever it is doing."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        self._give_up()

    # --- speaking ---------------------------------------------------------------------------------------------

    async def _ask(self, line: Line) -> Any:
        async with contextlib.aclosing(self._conversation(line)) as answers:
            async for answer in answers:
                return answer.get("value")
        return None

    async def _conversation(self, line: Line, seconds: float | None = None) -> AsyncGenerator[Line, None]:
        """Everything the process says about one line of ours; a last line {"died": True} if it ends first.

        A process that has not finished after so many seconds is stuck, and ended.
        """
        name = str(next(_names))
        inbox = self._inbox[name] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        deadline = None if seconds is None else loop.time() + seconds
        answer: Line = {}
        try:
            if not self._say({**line, "id": name}):
                inbox.put_nowait({"died": True})
            while not answer.keys() & _LAST:
                try:
                    async with asyncio.timeout_at(deadline):
                        answer = await inbox.get()
                except TimeoutError:
                    self._kill()
                    answer = {"died": True}
                yield answer
        finally:
            del self._inbox[name]
            if not answer.keys() & _LAST:
                self._say({"do": "cancel", "id": name})

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _say(self, line: Line) -> bool:
        """Send a line; False when there is nobody to hear it."""
        stdin = None if self._process is None else self._process.stdin
        if stdin is None or stdin.is_closing():
            return False
        stdin.write(encode(line))
        return True

    # --- living -----------------------------------------------------------------------------------------------

    async def _keep_running(self, after: "ModelProcess | None") -> None:
        if after is not None:
            await after.settled()
        in_vain = 0
        while True:
            was_ready = await self._run_once()
            in_vain = 0 if was_ready else in_vain + 1
            if in_vain >= STARTS_IN_VAIN:
                self._give_up()
                self._wanted.clear()
                await self._wanted.wait()
                in_vain = 0

    def _give_up(self) -> None:
        self.readiness = Readiness.FAILED
        self._settled.set()
        self._spawned.set()

    async def _run_once(self) -> bool:
        """One life of the process, to its end; whether it ever was ready."""
        try:
            process = self._process = await self._spawn()
        except OSError as error:
            self.reason = redact(str(error))
            return False
        self._spawned.set()
        last_words: deque[str] = deque(maxlen=1)
        listening = asyncio.get_running_loop().create_task(_listen(process, last_words))
        try:
            await self._read(process)
        finally:
            was_ready = self.readiness is Readiness.READY
            await self._bury(process)
            await listening
        self.reason = self.reason or redact(" ".join(last_words)) or f"exit status {process.returncode}"
        return was_ready

    async def _spawn(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a file called litellm.py in the current folder is not litellm
            *("-m", "workbench.gateway.model_process", "--root", str(self._root), *self._options),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=LINE_BYTES,
            start_new_session=True,  # Ctrl-C in a terminal is for the workbench, which then ends its processes
        )

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        while raw := await process.stdout.readline():
            line = decode(raw)
            if "deltas" in line:
                for name, text in line["deltas"].items():
                    self._deliver(name, {"text": text})
            elif "ready" in line:
                self.readiness, self.reason = Readiness.READY, ""
                self._settled.set()
            elif "failed" in line:
                self.reason = redact(line["failed"])
            else:
                self._deliver(line.get("end") or line["answer"], line)

    def _deliver(self, name: str, line: Line) -> None:
        if inbox := self._inbox.get(name):
            inbox.put_nowait(line)

    async def _bury(self, process: Process) -> None:
        """Make sure the process is gone, and tell everyone who waits for it."""
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = None
        self.readiness = Readiness.WAKING
        self._settled.clear()
        self._spawned.clear()
        for inbox in self._inbox.values():
            inbox.put_nowait({"died": True})
        process.stdin.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await process.stdout.read()
        except TimeoutError:
            process.kill()
        await process.wait()


async def _listen(process: Process, last_words: deque[str]) -> None:
    """Read what the process prints, so that it never blocks; only the last line is kept, in memory."""
    assert process.stderr is not None
    with contextlib.suppress(ValueError):  # a line without end
        while line := await process.stderr.readline():
            last_words.append(line.decode(errors="replace").strip())
