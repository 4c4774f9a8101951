"""The gateway over model processes: which process, how many attempts, and what is refused."""

import asyncio
import contextlib
import ipaddress
import os
import random
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from workbench.domain.conversations import Completion, Delta, End, Event, ModelSpec, Outcome, Request, Retrying, Usage
from workbench.gateway import Readiness
from workbench.gateway.processes import ModelProcess
from workbench.gateway.wire import Finish, Limits
from workbench.settings import Settings

EMBEDDED = "embedded/"
TESTING = "WORKBENCH_TESTING"


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
        return min(self.longest_seconds, self.seconds * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))


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

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        """The events of one call; see Gateway."""
        if refused := _refusal(request.model):
            yield End(outcome=Outcome.INVALID, detail=refused)
            return
        attempt, shown = 1, False
        while True:
            finish = Finish(Outcome.NETWORK)
            async with contextlib.aclosing(self._attempt(request)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        shown = True
                        yield event
                    else:
                        finish = event
            wait = self._wait(finish, attempt, shown=shown)
            if wait is None:
                yield _end(finish, attempt)
                return
            yield Retrying(outcome=finish.outcome, attempt=attempt, wait_seconds=wait)
            await asyncio.sleep(wait)
            attempt += 1

    async def complete(self, request: Request) -> Completion:
        """The whole answer of one call."""
        return await gather_answer(self.stream(request))

    async def prepare(self, model: ModelSpec, system: str) -> None:
        """Let the embedded model read instructions; returns when it has, at once for every other model."""
        if model.litellm_id.startswith(EMBEDDED) and system:
            process = await self._process_for(model)
            if await process.settled() is Readiness.READY:
                await process.prepare(model, system)

    async def keys_present(self) -> Mapping[str, bool]:
        """Which of the configured `key_env` names have a value; never the values."""
        names = sorted({spec.key_env for spec in self._settings.models if spec.key_env})
        if not names:
            return {}
        ...
