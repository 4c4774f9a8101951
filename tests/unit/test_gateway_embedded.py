"""The embedded model's manners, over a pretended llama.cpp that says one word every few milliseconds."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from workbench.domain.conversations import Outcome
from workbench.gateway.embedded import MODEL, SLOT_TOKENS, SLOTS, EmbeddedModel, Piece
from workbench.gateway.outcomes import CallError

Chunk = dict[str, Any]


class Llama:
    """Answers `max_tokens` words; a token is a word."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.busy = self.busiest = self.said = 0
        self._lock = threading.Lock()

    def handle_chat_completions(self, body: dict[str, Any], say: Callable[[Chunk], bool]) -> None:
        with self._lock:
            self.bodies.append(body)
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
        try:
            self._answer(body, say)
        finally:
            self.busy -= 1

    def _answer(self, body: dict[str, Any], say: Callable[[Chunk], bool]) -> None:
        total = sum(len(message["content"].split()) for message in body["messages"])
        if total > SLOT_TOKENS:
            say({"error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": total, "message": ""}})
            return
        for processed in (0, total):
            if say({"choices": [], "prompt_progress": {"total": total, "processed": processed}}):
                return
        for _ in range(body["max_tokens"]):
            self.said += 1
            if say({"choices": [{"delta": {"content": "word "}, "finish_reason": None}]}):
                return
            time.sleep(0.002)
        say({"choices": [{"delta": {}, "finish_reason": "length"}]})
        say({"choices": [], "usage": {"prompt_tokens": total, "completion_tokens": body["max_tokens"]}})


def messages(user: str = "Hello", system: str = "You listen.") -> list[dict[str, str]]:
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


async def answer(model: EmbeddedModel, said: list[dict[str, str]], **settings: Any) -> list[Piece]:
    return [piece async for piece in model.stream(MODEL, said, {"max_tokens": 20, **settings})]


def test_an_answer_comes_whole_in_few_pieces() -> None:
    pieces = asyncio.run(answer(EmbeddedModel(Llama), messages()))
    assert "".join(piece.text for piece in pieces) == "word " * 20
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] == ["length"]
    assert [piece.completion_tokens for piece in pieces if piece.completion_tokens] == [20]
    assert len(pieces) < 15


def test_defaults_and_settings_reach_the_runtime() -> None:
    llama = Llama()
    asyncio.run(answer(EmbeddedModel(lambda: llama), messages(), top_k=40, seed=7, temperature=0.5, label="x"))
    body = llama.bodies[0]
    assert (body["temperature"], body["repeat_penalty"], body["top_k"], body["seed"]) == (0.5, 1.15, 40, 7)
    assert "label" not in body


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"mirostat": 2}, "no setting 'mirostat'"),
        ({"temperature": "hot"}, "temperature is a number"),
        ({"max_tokens": 2.5}, "max_tokens is a number"),
        ({"max_tokens": 0}, "at least 1"),
        ({"seed": True}, "seed is a number"),
    ],
)
def test_wrong_settings_are_explained(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CallError, match=sentence) as caught:
        asyncio.run(answer(EmbeddedModel(Llama), messages(), **settings))
    assert caught.value.outcome is Outcome.INVALID


def test_a_model_that_cannot_be_loaded_is_explained() -> None:
    def broken() -> Llama:
        raise OSError("no such file")

    with pytest.raises(CallError, match="could not be loaded: no such file") as caught:
        asyncio.run(answer(EmbeddedModel(broken), messages()))
    assert caught.value.outcome is Outcome.INVALID


def test_another_model_is_not_there() -> None:
    async def play() -> None:
        async for _ in EmbeddedModel(Llama).stream("gpt-9", messages(), {}):
            pass

    with pytest.raises(CallError, match=MODEL):
        asyncio.run(play())


@pytest.mark.parametrize("words", [SLOT_TOKENS - 10, SLOT_TOKENS + 10])
def test_a_conversation_without_room_for_its_answer_is_too_long(words: int) -> None:
    llama = Llama()
    with pytest.raises(CallError, match=f"{words} and asks for 20 more") as caught:
        asyncio.run(answer(EmbeddedModel(lambda: llama), messages("x " * (words - 2))))
    assert caught.value.outcome is Outcome.TOO_LONG
    assert llama.said < 20, "it was not stopped"


def test_the_seventh_answer_waits_for_a_slot() -> None:
    async def play() -> list[list[Piece]]:
        model = EmbeddedModel(lambda: llama)
        return await asyncio.gather(*(answer(model, messages(f"Number {n}")) for n in range(SLOTS + 2)))

    llama = Llama()
    answers = asyncio.run(play())
    assert all("".join(piece.text for piece in pieces) == "word " * 20 for pieces in answers)
    assert llama.busiest == SLOTS


def test_closing_an_answer_stops_the_model_at_once() -> None:
    async def play() -> None:
        model = EmbeddedModel(lambda: llama)
        async with contextlib.aclosing(model.stream(MODEL, messages(), {"max_tokens": 4000})) as pieces:
            async for _ in pieces:
                break
        deadline = time.monotonic() + 0.5
        while llama.busy and time.monotonic() < deadline:
            await asyncio.sleep(0.005)

    llama = Llama()
    asyncio.run(play())
    assert llama.busy == 0
    assert llama.said < 300


def test_instructions_are_read_once_and_answered_from_the_same_slot() -> None:
    async def play() -> None:
        model = EmbeddedModel(lambda: llama)
        await asyncio.gather(*(model.prepare("plain", system) for system in ("One.", "Two.", "One.")))
        assert [body["messages"][0]["content"] for body in llama.bodies] == ["One.", "Two."]
        assert [body["max_tokens"] for body in llama.bodies] == [1, 1]
        assert llama.busiest == 1
        slots = {body["messages"][0]["content"]: body["id_slot"] for body in llama.bodies}
        for system in ("Two.", "One."):
            await answer(model, messages(system=system), label="plain")
            assert llama.bodies[-1]["id_slot"] == slots[system]

    llama = Llama()
    asyncio.run(play())


def test_what_the_runtime_throws_ends_one_answer_alone() -> None:
    class Broken(Llama):
        def handle_chat_completions(self, body: dict[str, Any], say: Callable[[Chunk], bool]) -> None:
            if "break" in body["messages"][-1]["content"]:
                raise RuntimeError("out of memory")
            super().handle_chat_completions(body, say)

    async def play() -> None:
        model = EmbeddedModel(Broken)
        with pytest.raises(CallError, match="out of memory") as caught:
            await answer(model, messages("break"))
        assert caught.value.outcome is Outcome.SERVER
        assert await answer(model, messages())

    asyncio.run(play())
