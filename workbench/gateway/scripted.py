"""A gateway that says what it is told: for tests, and for showing what a page does with every outcome."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping

from workbench.domain.conversations import Completion, Delta, End, Event, ModelSpec, Outcome, Request, Usage
from workbench.gateway import Readiness
from workbench.gateway.collecting import collect

PREFIX = "scripted/"

Step = Event | float
"""An event, or a wait in seconds."""
Script = Iterable[Step]


def answer(text: str, outcome: Outcome = Outcome.COMPLETE, *, pause: float = 0.0, detail: str = "") -> list[Step]:
    """A script that says a text word by word, `pause` seconds apart, and ends with that outcome."""
    words = text.split(" ")
    steps: list[Step] = []
    for number, word in enumerate(words):
        steps += [pause, Delta(text=word if number == len(words) - 1 else f"{word} ")]
    usage = Usage(prompt_tokens=1, completion_tokens=len(words), model_returned="scripted", seconds=pause * len(words))
    return [*(steps if text else ()), End(outcome=outcome, detail=detail, usage=usage)]


class ScriptedGateway:
    """A Gateway for `scripted/…` models.

    `scripts` is a function from the request to its script, or scripts to be used up in order; when there is none left
    the last message is repeated back. A script without an End ends complete. Everything asked is kept in `requests`,
    `prepared` and, for calls that were closed before their end, `closed_early` (request ids).
    """

    def __init__(
        self,
        scripts: Callable[[Request], Script] | Iterable[Script] = (),
        *,
        keys: Mapping[str, bool] | None = None,
        readiness: Readiness = Readiness.READY,
    ) -> None:
        self._choose = scripts if callable(scripts) else _one_after_another(scripts)
        self._keys = dict(keys or {})
        self._readiness = readiness
        self.requests: list[Request] = []
        self.prepared: list[tuple[ModelSpec, str]] = []
        self.closed_early: list[str] = []

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """The events of the request's script; see Gateway."""
        self.requests.append(request)
        ended = False
        try:
            async for event in _play(self._script(request)):
                ended = isinstance(event, End)
                yield event
                if ended:
                    return
            ended = True
            yield End(outcome=Outcome.COMPLETE)
        finally:
            if not ended:
                self.closed_early.append(request.id)

    async def complete(self, request: Request) -> Completion:
        """The whole answer of one call."""
        return await collect(self.stream(request))

    async def prepare(self, model: ModelSpec, system: str) -> None:
        """Remember that it was asked for."""
        self.prepared.append((model, system))

    async def keys_present(self) -> Mapping[str, bool]:
        """What the constructor was told."""
        return dict(self._keys)

    def readiness(self) -> Readiness:
        """What the constructor was told."""
        return self._readiness

    async def start(self) -> None:
        """Be ready, which it is."""

    async def close(self) -> None:
        """End, which needs nothing."""

    def _script(self, request: Request) -> Script:
        if not request.model.litellm_id.startswith(PREFIX):
            return [End(outcome=Outcome.INVALID, detail=f"Only {PREFIX}… models are scripted.")]
        return self._choose(request)


def _one_after_another(scripts: Iterable[Script]) -> Callable[[Request], Script]:
    waiting = deque(scripts)

    def choose(request: Request) -> Script:
        return waiting.popleft() if waiting else answer(f"You said: {request.messages[-1].content}")

    return choose


async def _play(script: Script) -> AsyncGenerator[Event, None]:
    for step in script:
        if isinstance(step, int | float):
            await asyncio.sleep(step)
        else:
            yield step
