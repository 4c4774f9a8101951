"""What every gateway promises, over the scripted one and over model processes with the real embedded model."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.faults.background import Background
from workbench.domain.conversations import Delta, End, Event, Message, ModelSpec, Outcome, Request
from workbench.gateway import Gateway, Readiness
from workbench.gateway.model_gateway import ModelGateway
from workbench.gateway.scripted import ScriptedGateway, answer
from workbench.settings import Settings

SHORT: dict[str, Any] = {"max_tokens": 12, "seed": 3}


class Door(NamedTuple):
    gateway: Gateway
    background: Background
    spec: ModelSpec

    def events(self, text: str = "I can't sleep.", **changes: Any) -> list[Event]:
        return self.background.run(self._events(request(self.spec.replace(**changes), text)))

    async def _events(self, asked: Request) -> list[Event]:
        return [event async for event in self.gateway.stream(asked)]


def request(spec: ModelSpec, text: str = "I can't sleep.") -> Request:
    messages = (Message(role="system", content="You listen."), Message(role="user", content=text))
    return Request(id="contract", model=spec, messages=messages)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    spec = ModelSpec(name="embedded/smollm2", litellm_id="embedded/smollm2-135m-instruct", settings=SHORT)
    background = Background()
    gateway = ModelGateway(Settings(root=tmp_path_factory.mktemp("workspace"), models=(spec,)), processes=1)
    yield Door(gateway, background, spec)
    background.run(gateway.close())
    background.close()


@pytest.fixture(scope="module")
def scripted() -> Iterator[Door]:
    spec = ModelSpec(name="scripted/one", litellm_id="scripted/one", settings=SHORT)
    background = Background()
    yield Door(ScriptedGateway(lambda _: answer("Let us think it over.", pause=0.01)), background, spec)
    background.close()


@pytest.fixture(params=["scripted", pytest.param("embedded", marks=pytest.mark.embedded)])
def door(request: pytest.FixtureRequest) -> Door:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def test_a_call_has_text_and_exactly_one_end_and_it_is_last(door: Door) -> None:
    *before, end = door.events()
    assert isinstance(end, End)
    assert end.outcome in {Outcome.COMPLETE, Outcome.TRUNCATED}
    assert before
    assert all(isinstance(event, Delta) and event.text for event in before)


def test_usage_counts_tokens_and_one_attempt(door: Door) -> None:
    end = door.events()[-1]
    assert isinstance(end, End)
    assert end.usage.prompt_tokens
    assert end.usage.completion_tokens
    assert end.usage.attempts == 1
    assert end.usage.cost_usd is None
    assert end.usage.model_returned


def test_complete_gives_the_whole_answer(door: Door) -> None:
    completion = door.background.run(door.gateway.complete(request(door.spec)))
    assert completion.text.strip()
    assert completion.end.outcome in {Outcome.COMPLETE, Outcome.TRUNCATED}


def test_six_calls_at_once_all_end(door: Door) -> None:
    async def six() -> list[Outcome]:
        answers = await asyncio.gather(*(door.gateway.complete(request(door.spec, f"Number {n}")) for n in range(6)))
        return [answer.end.outcome for answer in answers]

    assert set(door.background.run(six())) <= {Outcome.COMPLETE, Outcome.TRUNCATED}


def test_a_closed_stream_says_nothing_more_and_the_next_call_works(door: Door) -> None:
    async def close_early() -> None:
        async with contextlib.aclosing(door.gateway.stream(request(door.spec))) as events:
            async for event in events:
                assert isinstance(event, Delta)
                break
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    door.background.run(close_early())
    assert isinstance(door.events()[-1], End)


def test_an_unknown_model_is_an_outcome_and_no_exception(door: Door) -> None:
    events = door.events(litellm_id="nosuchprovider/model", name="nosuch")
    (end,) = events
    assert isinstance(end, End)
    assert end.outcome is Outcome.INVALID
    assert end.detail


def test_preparing_is_quiet_and_ready_afterwards(door: Door) -> None:
    assert door.background.run(door.gateway.prepare(door.spec, "You listen, and ask one question.")) is None
    assert door.gateway.readiness() is Readiness.READY


def test_starting_returns_at_once_and_twice_is_once(door: Door) -> None:
    began = time.monotonic()
    door.background.run(door.gateway.start())
    assert time.monotonic() - began < 1.0
    assert door.background.run(door.gateway.keys_present()) == {}


# --- the embedded model alone ---------------------------------------------------------------------------------


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("settings", "outcome", "words"),
    [
        ({"max_tokens": 4096}, Outcome.TOO_LONG, "reads 4096 tokens at most"),
        ({"mirostat": 2}, Outcome.INVALID, "no setting 'mirostat'"),
        ({"temperature": "hot"}, Outcome.INVALID, "temperature is a number"),
        ({"api_base": "http://127.0.0.1:9"}, Outcome.INVALID, "api_base cannot be a setting"),
    ],
)
def test_what_the_embedded_model_cannot_do_is_said(
    embedded: Door, settings: dict[str, Any], outcome: Outcome, words: str
) -> None:
    (end,) = embedded.events(settings=settings)
    assert isinstance(end, End)
    assert (end.outcome, words in end.detail, end.usage.attempts) == (outcome, True, 1), end.detail


@pytest.mark.embedded
def test_a_conversation_longer_than_a_slot_is_too_long(embedded: Door) -> None:
    (end,) = embedded.events("sleep " * 5000)
    assert isinstance(end, End)
    assert end.outcome is Outcome.TOO_LONG
    assert "Start a new conversation" in end.detail


@pytest.mark.embedded
def test_the_embedded_answer_says_what_exactly_answered(embedded: Door) -> None:
    end = embedded.events()[-1]
    assert isinstance(end, End)
    assert end.usage.model_returned == "smollm2-135m-instruct"
    assert end.usage.fingerprint.startswith("SmolLM2-135M-Instruct.Q4_1 xllamacpp ")
    assert end.usage.completion_tokens is not None
    assert end.usage.completion_tokens <= SHORT["max_tokens"]
    assert end.usage.seconds_to_first_token is not None


@pytest.mark.embedded
def test_the_model_process_does_not_listen_on_any_port(embedded: Door, tmp_path: Path) -> None:
    import psutil

    embedded.events()
    assert isinstance(embedded.gateway, ModelGateway)
    for pid in embedded.gateway.process_ids:
        assert not [link for link in psutil.Process(pid).net_connections("inet") if link.status == "LISTEN"]
