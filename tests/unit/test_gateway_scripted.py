"""The scripted gateway says what it is told and remembers what it was asked."""

import asyncio
import contextlib

from workbench.domain.conversations import Delta, End, Message, ModelSpec, Outcome, Request, Retrying
from workbench.gateway.scripted import ScriptedGateway, answer

SPEC = ModelSpec(name="scripted/one", litellm_id="scripted/one")


def request(text: str = "Hello", spec: ModelSpec = SPEC) -> Request:
    return Request(id=text, model=spec, messages=(Message(role="user", content=text),))


def test_scripts_are_used_up_in_order_and_then_the_message_is_repeated() -> None:
    gateway = ScriptedGateway([answer("First one."), answer("", Outcome.RATE, detail="Slow down.")])
    first, second, third = (asyncio.run(gateway.complete(request())) for _ in range(3))
    assert (first.text, first.end.outcome) == ("First one.", Outcome.COMPLETE)
    assert (second.text, second.end.outcome, second.end.detail) == ("", Outcome.RATE, "Slow down.")
    assert third.text == "You said: Hello"
    assert [asked.id for asked in gateway.requests] == ["Hello"] * 3


def test_a_function_chooses_by_the_request() -> None:
    gateway = ScriptedGateway(lambda asked: [Delta(text=asked.messages[-1].content.upper())])
    assert asyncio.run(gateway.complete(request("quiet"))).text == "QUIET"


def test_waits_and_retries_can_be_scripted() -> None:
    async def play() -> list[object]:
        steps = [Retrying(outcome=Outcome.RATE, attempt=1, wait_seconds=0.1), 0.01, Delta(text="Hi")]
        return [event async for event in ScriptedGateway([steps]).stream(request())]

    events = asyncio.run(play())
    assert [type(event) for event in events] == [Retrying, Delta, End]


def test_a_call_closed_early_is_remembered() -> None:
    async def play(gateway: ScriptedGateway) -> None:
        async with contextlib.aclosing(gateway.stream(request("stop me"))) as events:
            async for _ in events:
                break

    gateway = ScriptedGateway([answer("One two three.", pause=0.01)])
    asyncio.run(play(gateway))
    assert gateway.closed_early == ["stop me"]


def test_other_models_are_invalid() -> None:
    other = ModelSpec(name="other", litellm_id="openai/other")
    assert asyncio.run(ScriptedGateway().complete(request(spec=other))).end.outcome is Outcome.INVALID
