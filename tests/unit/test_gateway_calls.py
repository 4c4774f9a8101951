"""One call: its outcome, its times, and that it is always closed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from workbench.domain.conversations import Outcome, Usage
from workbench.gateway.calls import Piece, follow
from workbench.gateway.failures import judge_with
from workbench.gateway.outcomes import CallError, Stream
from workbench.gateway.wire import Finish, Limits

LIMITS = Limits(first_token_seconds=0.15, idle_seconds=0.1, total_seconds=0.4)


class Answer:
    def __init__(self, *steps: str | float | Exception, reason: str | None = "stop") -> None:
        self.steps, self.reason, self.closed = steps, reason, False

    async def pieces(self) -> AsyncIterator[Piece]:
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                yield Piece(step)

    def stream(self) -> Stream:
        return Stream(self.reason, pieces=1, choices=1)

    def usage(self) -> Usage:
        return Usage(completion_tokens=3)

    async def close(self) -> None:
        self.closed = True
        raise OSError("cannot be closed")


def opened(answer: Answer) -> Callable[[], Awaitable[Answer]]:
    async def open_answer() -> Answer:
        return answer

    return open_answer


def call(answer: Answer) -> tuple[Finish, str]:
    shown: list[str] = []
    finish = asyncio.run(follow(opened(answer), LIMITS, judge_with(lambda: ()), shown.append))
    assert answer.closed
    return finish, "".join(shown)


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (Answer("Hi ", "you"), Outcome.COMPLETE, ""),
        (Answer("Hi", reason=None), Outcome.TRUNCATED, "without saying"),
        (Answer("Hi", reason="length"), Outcome.TRUNCATED, "length limit"),
        (Answer(0.3), Outcome.TIMEOUT, "Nothing came within 0.15 s"),
        (Answer("Hi", 0.3), Outcome.TRUNCATED, "stood still for 0.1 s"),
        (Answer("", 0.3), Outcome.TIMEOUT, "stood still for 0.1 s"),
        (Answer("Hi", *(["x", 0.05] * 20)), Outcome.TRUNCATED, "not finished after 0.4 s"),
        (Answer("Hi", ValueError("cut by the provider")), Outcome.TRUNCATED, "cut by the provider"),
        (Answer(CallError(Outcome.TOO_LONG, "Too long.")), Outcome.TOO_LONG, "Too long."),
        (Answer(TimeoutError("read")), Outcome.TIMEOUT, "read"),
    ],
)
def test_every_call_has_one_outcome_and_a_reason(answer: Answer, outcome: Outcome, words: str) -> None:
    finish, text = call(answer)
    assert finish.outcome is outcome
    assert words in finish.detail
    assert text == "".join(step for step in answer.steps if isinstance(step, str))[: len(text)]
    assert finish.usage.completion_tokens == 3
    assert finish.usage.seconds is not None


def test_the_first_text_is_timed() -> None:
    usage = call(Answer(0.05, "", "Hi", 0.05))[0].usage
    assert usage.seconds_to_first_token is not None
    assert usage.seconds is not None
    assert 0.04 <= usage.seconds_to_first_token <= usage.seconds - 0.04


def test_cancelling_closes_and_says_nothing() -> None:
    answer = Answer("Hi", 5.0)

    async def play() -> None:
        generous = Limits(first_token_seconds=9, idle_seconds=9, total_seconds=9)
        task = asyncio.create_task(follow(opened(answer), generous, judge_with(lambda: ()), lambda _: None))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(play())
    assert answer.closed


def test_a_call_that_cannot_be_opened_has_no_usage() -> None:
    async def refuse() -> Answer:
        raise CallError(Outcome.AUTH, "No key.")

    finish = asyncio.run(follow(refuse, LIMITS, judge_with(lambda: ()), lambda _: None))
    assert (finish.outcome, finish.detail) == (Outcome.AUTH, "No key.")
    assert finish.usage.completion_tokens is None
