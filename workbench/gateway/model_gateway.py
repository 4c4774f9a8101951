"""The gateway over model processes: which process, how many attempts, and what is refused."""

import asyncio
import contextlib
import ipaddress
import itertools
import os
import random
from collections.abc import AsyncGenerator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from workbench.domain.conversations import Completion, Delta, End, Event, ModelSpec, Outcome, Request, Retrying
from workbench.gateway import Readiness
from workbench.gateway.collecting import collect
from workbench.gateway.processes import ModelProcess
from workbench.gateway.wire import Finish, Limits
from workbench.settings import Settings

EMBEDDED = "embedded/"
TESTING = "WORKBENCH_TESTING"
NICENESS = 10
"""Of the process that holds the embedded model, so that everything else stays quick."""


class Retries(NamedTuple):
    """How a call that failed before its first text is made again."""

    most: int = 2
    seconds: float = 1.0
    """The first wait; each further one is twice as long, give or take a half."""
    longest_seconds: float = 30.0
    """A provider that asks for a longer wait gets no second call."""

    def wait(self, attempt: int, asked: float | None) -> float | None:
        """Seconds to wait after that attempt (counted from 1), or None to give up."""
        if attempt > self.most or (asked or 0.0) > self.longest_seconds:
            return None
        if asked is not None:
            return asked
        usual: float = self.seconds * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
        return min(self.longest_seconds, usual)


class ModelGateway:
    """Calls models in model processes, which are started by `start` or by the first call.

    The first process holds the embedded model and answers its calls alone; other calls go to the process with the
    fewest in hand, the last one first. Every attempt is one HTTP request.
    """

    def __init__(
        self, settings: Settings, processes: int = 2, *, limits: Limits | None = None, retries: Retries | None = None
    ) -> None:
        self._settings = settings
        self._count = processes
        self._limits = limits or Limits()
        self._retries = retries or Retries()
        self._processes: list[ModelProcess] = []
        self._closed = False

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The ids of the model processes that run now."""
        return tuple(process.pid for process in self._processes if process.pid is not None)

    def readiness(self) -> Readiness:
        """READY when every process takes calls, FAILED when one could not be started, else WAKING."""
        states = {process.readiness for process in self._processes}
        if Readiness.FAILED in states:
            return Readiness.FAILED
        return Readiness.READY if states == {Readiness.READY} else Readiness.WAKING

    async def start(self) -> None:
        """Start every process in the background, one after the other; the embedded model first."""
        self._wake(embedded=any(spec.litellm_id.startswith(EMBEDDED) for spec in self._settings.models))

    async def close(self) -> None:
        """End every call and every process."""
        self._closed = True
        await asyncio.gather(*(process.close() for process in self._processes))
        self._processes.clear()

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """The events of one call; see Gateway."""
        if refused := _refusal(request.model):
            yield End(outcome=Outcome.INVALID, detail=refused)
            return
        for attempt in itertools.count(1):
            shown, finish = False, Finish(Outcome.NETWORK)
            async with contextlib.aclosing(self._attempt(request)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        shown = True
                        yield event
                    else:
                        finish = event
            wait = None if shown else self._wait(finish, attempt)
            if wait is None:
                yield self._end(finish, attempt)
                return
            yield Retrying(outcome=finish.outcome, attempt=attempt, wait_seconds=wait)
            await asyncio.sleep(wait)

    async def complete(self, request: Request) -> Completion:
        """The whole answer of one call."""
        return await collect(self.stream(request))

    async def prepare(self, model: ModelSpec, system: str) -> None:
        """Let the embedded model read instructions; returns when it has, at once for every other model."""
        if model.litellm_id.startswith(EMBEDDED) and system and not self._closed:
            process = await self._process_for(model)
            if await process.settled() is Readiness.READY:
                await process.prepare(model, system)

    async def keys_present(self) -> Mapping[str, bool]:
        """Which of the configured `key_env` names have a value; never the values."""
        names = sorted({spec.key_env for spec in self._settings.models if spec.key_env})
        if not names or self._closed:
            return dict.fromkeys(names, False)
        self._wake(embedded=False)
        return await self._processes[0].keys_present(names)

    async def _attempt(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        if self._closed:
            yield Finish(Outcome.NETWORK)
            return
        process = await self._process_for(request.model)
        if await process.settled() is not Readiness.READY:
            yield Finish(Outcome.NETWORK, f"The local model process could not be started: {process.reason}")
            return
        async with contextlib.aclosing(process.call(request, self._limits)) as events:
            async for event in events:
                yield event

    async def _process_for(self, model: ModelSpec) -> ModelProcess:
        """The first process for the embedded model, else the ready one with the least to do; waits while none is."""
        embedded = model.litellm_id.startswith(EMBEDDED)
        self._wake(embedded=embedded)
        if embedded:
            return self._processes[0]
        for process in self._processes:
            if any(other.readiness is Readiness.READY for other in self._processes):
                break
            await process.settled()
        ready = [process for process in self._processes if process.readiness is Readiness.READY]
        return min(reversed(ready or self._processes), key=lambda process: process.load)

    def _wake(self, *, embedded: bool) -> None:
        """Start the processes unless they were started; the embedded model is loaded at once if it is wanted."""
        if self._processes or self._closed:
            return
        before: ModelProcess | None = None
        remote = any(not spec.is_embedded for spec in self._settings.models)
        # Without a provider to call there is nothing for a second process to do: it would only make the first one wait.
        for number in range(self._count if remote else 1):
            first = number == 0
            process = ModelProcess(self._settings.root, embedded=embedded and first, nice=NICENESS if first else 0)
            process.start(after=before)
            self._processes.append(process)
            before = process

    def _wait(self, finish: Finish, attempt: int) -> float | None:
        """Seconds until the next attempt, or None when there is none."""
        if self._closed or not finish.outcome.may_be_retried:
            return None
        return self._retries.wait(attempt, finish.retry_after)

    def _end(self, finish: Finish, attempt: int) -> End:
        outcome, detail = finish.outcome, finish.detail
        if self._closed and outcome in {Outcome.NETWORK, Outcome.TRUNCATED}:
            outcome, detail = Outcome.INTERRUPTED, ""
        if finish.retry_after and outcome.may_be_retried:
            detail = f"{detail} The provider asks to wait {finish.retry_after:g} s.".strip()
        return End(outcome=outcome, detail=detail, usage=finish.usage.replace(attempts=attempt))


def _refusal(model: ModelSpec) -> str:
    """Why this model is not called from a test, or nothing."""
    if "PYTEST_CURRENT_TEST" not in os.environ and os.environ.get(TESTING) != "1":
        return ""
    if model.is_embedded or _is_loopback(model.api_base):
        return ""
    return f"Tests never reach a provider: {model.name} is neither embedded, nor scripted, nor on this computer."


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
