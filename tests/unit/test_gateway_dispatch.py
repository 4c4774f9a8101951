"""Which process gets which call, and how often a call is made, over pretended processes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from workbench.domain.conversations import Delta, End, Message, ModelSpec, Outcome, Request, Retrying
from workbench.gateway import Readiness, model_gateway
from workbench.gateway.model_gateway import ModelGateway, Retries
from workbench.gateway.wire import Finish, Limits
from workbench.settings import Settings

EMBEDDED = ModelSpec(name="embedded/smollm2", litellm_id="embedded/smollm2-135m-instruct")
REMOTE = ModelSpec(name="local", litellm_id="openai/local", api_base="http://localhost:11434/v1")


class Pretended:
    """A process whose answers are set by the test."""

    made: ClassVar[list["Pretended"]] = []
    answers: ClassVar[list[list[Delta | Finish]]] = []

    def __init__(self, root: Path, *, embedded: bool, nice: int) -> None:
        self.embedded, self.nice, self.load, self.pid, self.reason = embedded, nice, 0, 1, ""
        self.readiness = Readiness.READY
        self.after: Pretended | None = None
        self.calls: list[Request] = []
        self.made.append(self)

    def start(self, *, after: "Pretended | None") -> None:
        self.after = after

    async def settled(self) -> Readiness:
        return self.readiness

    async def call(self, request: Request, limits: Limits) -> AsyncIterator[Delta | Finish]:
        self.calls.append(request)
        self.load += 1
        for event in self.answers.pop(0) if self.answers else [Delta(text="Hi"), Finish(Outcome.COMPLETE)]:
            await asyncio.sleep(0)
            yield event
        self.load -= 1

    async def close(self) -> None:
        self.readiness = Readiness.FAILED


@pytest.fixture(autouse=True)
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    Pretended.made, Pretended.answers = [], []
    monkeypatch.setattr(model_gateway, "ModelProcess", Pretended)


def gateway(**more: Any) -> ModelGateway:
    settings = Settings(root=Path("/nowhere"), models=(EMBEDDED, REMOTE))
    return ModelGateway(settings, retries=Retries(seconds=0.001), **more)


def ask(spec: ModelSpec) -> Request:
    return Request(id="x", model=spec, messages=(Message(role="user", content="Hello"),))


def events(door: ModelGateway, spec: ModelSpec = REMOTE) -> list[Any]:
    async def play() -> list[Any]:
        return [event async for event in door.stream(ask(spec))]

    return asyncio.run(play())


def test_nothing_starts_before_the_first_call() -> None:
    door = gateway()
    assert Pretended.made == []
    assert door.readiness() is Readiness.WAKING
    events(door)
    first, second = Pretended.made
    assert second.after is first
    assert door.readiness() is Readiness.READY


def test_the_first_process_loads_the_embedded_model_when_it_will_be_needed() -> None:
    asyncio.run(gateway().start())
    assert [process.embedded for process in Pretended.made] == [True, False]
    assert [process.nice for process in Pretended.made] == [10, 0]
    Pretended.made.clear()
    events(gateway(processes=1))
    assert [process.embedded for process in Pretended.made] == [False]


def test_embedded_calls_go_to_the_first_and_others_to_the_least_loaded() -> None:
    door = gateway()

    async def play() -> None:
        await asyncio.gather(*(door.complete(ask(EMBEDDED)) for _ in range(4)))
        await door.complete(ask(REMOTE))
        await asyncio.gather(*(door.complete(ask(REMOTE)) for _ in range(4)))

    asyncio.run(play())
    first, second = Pretended.made
    assert [call.model for call in first.calls].count(EMBEDDED) == 4
    assert EMBEDDED not in [call.model for call in second.calls]
    assert second.calls
    assert abs(len(second.calls) - 1 - 2) <= 1


def test_a_process_that_is_not_ready_gets_no_call() -> None:
    door = gateway()
    events(door)
    first, second = Pretended.made
    second.readiness = Readiness.WAKING
    events(door)
    assert len(first.calls) == 1


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.may_be_retried])
def test_failures_before_any_text_are_tried_twice_more(outcome: Outcome) -> None:
    Pretended.answers = [[Finish(outcome, "first")], [Finish(outcome, "second")], [Finish(outcome, "third")]]
    *retries, end = events(gateway())
    assert [type(retry) for retry in retries] == [Retrying, Retrying]
    assert (end.outcome, end.detail, end.usage.attempts) == (outcome, "third", 3)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.may_be_retried])
def test_everything_else_is_tried_once(outcome: Outcome) -> None:
    Pretended.answers = [[Finish(outcome)]]
    (end,) = events(gateway())
    assert (end.outcome, end.usage.attempts) == (outcome, 1)


def test_nothing_is_tried_again_after_text() -> None:
    Pretended.answers = [[Delta(text="Hi"), Finish(Outcome.NETWORK)]]
    assert [type(event) for event in events(gateway())] == [Delta, End]


def test_the_wait_the_provider_asks_for_is_kept_up_to_a_limit() -> None:
    Pretended.answers = [[Finish(Outcome.RATE, retry_after=0.02)], [Finish(Outcome.RATE, "Busy.", retry_after=31)]]
    retry, end = events(gateway())
    assert retry.wait_seconds == 0.02
    assert (end.outcome, end.detail) == (Outcome.RATE, "Busy. The provider asks to wait 31 s.")


def test_waits_grow_and_stay_below_the_longest() -> None:
    waits = [Retries().wait(attempt, None) for attempt in (1, 2, 3)]
    assert waits[2] is None
    assert 0.5 <= (waits[0] or 0) <= 1.5
    assert 1.0 <= (waits[1] or 0) <= 3.0


def test_a_process_that_cannot_start_is_named() -> None:
    door = gateway(processes=1)
    asyncio.run(door.start())
    Pretended.made[0].readiness, Pretended.made[0].reason = Readiness.FAILED, "no litellm"
    end = events(door)[-1]
    assert end.outcome is Outcome.NETWORK
    assert "no litellm" in end.detail


def test_closing_interrupts_what_still_ran() -> None:
    Pretended.answers = [[Delta(text="Hi"), Finish(Outcome.TRUNCATED, "died")]]

    async def play() -> End:
        door = gateway()
        async for event in door.stream(ask(REMOTE)):
            if isinstance(event, End):
                return event
            await door.close()
        raise AssertionError("no end")

    end = asyncio.run(play())
    assert (end.outcome, end.detail) == (Outcome.INTERRUPTED, "")


def test_a_closed_gateway_answers_nothing_and_breaks_nothing() -> None:
    async def play() -> End:
        door = gateway()
        await door.close()
        await door.prepare(EMBEDDED, "You listen.")
        assert await door.keys_present() == {}
        return (await door.complete(ask(REMOTE))).end

    assert asyncio.run(play()).outcome is Outcome.INTERRUPTED


@pytest.mark.parametrize("address", ["", "https://api.openai.com/v1", "http://127.0.0.1@example.com/v1", "localhost"])
def test_tests_reach_no_provider(address: str) -> None:
    (end,) = events(gateway(), REMOTE.replace(api_base=address))
    assert end.outcome is Outcome.INVALID
    assert Pretended.made == []


def test_outside_tests_providers_are_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.delenv("WORKBENCH_TESTING", raising=False)
    assert events(gateway(), REMOTE.replace(api_base=""))[-1].outcome is Outcome.COMPLETE
