"""One call inside a model process, from its first to its last piece. Knows no provider library."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple, Protocol

from workbench.domain.conversations import Outcome, Usage
from workbench.gateway.outcomes import Failure, Stream, of_failure, of_stream, why
from workbench.gateway.wire import Finish, Limits

CLOSE_SECONDS = 1.0


class Piece(NamedTuple):
    """What one piece of a stream brought; most often only text."""

    text: str = ""
    refusal: bool = False


class Answer(Protocol):
    """An open stream, whatever library it comes from."""

    def pieces(self) -> AsyncIterator[Piece]:
        """The pieces as they arrive."""
        ...

    def stream(self) -> Stream:
        """What the provider said about its end."""
        ...

    def usage(self) -> Usage:
        """Tokens, cost, model and fingerprint as far as the provider told them."""
        ...

    async def close(self) -> None:
        """Close the call upstream."""
        ...


Judge = Callable[[Exception], Failure]
"""Makes sense of an error and cleans its words."""


class Progress:
    """What has been seen of one call so far."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.started = clock()
        self.first_text: float | None = None
        self.last_piece: float | None = None
        self.shown = self.refused = False

    def note(self, piece: Piece) -> None:
        """Take one more piece into account."""
        self.last_piece = self._clock()
        self.refused |= piece.refusal
        if piece.text and self.first_text is None:
            self.first_text = self.last_piece
        self.shown = self.shown or bool(piece.text.strip())

    def deadline(self, limits: Limits) -> float:
        """When patience ends."""
        end = self.started + limits.total_seconds
        if self.last_piece is None:
            return min(end, self.started + limits.first_token_seconds)
        return min(end, self.last_piece + limits.idle_seconds)

    def timed(self, usage: Usage) -> Usage:
        """The usage with its times, in seconds."""
        first = None if self.first_text is None else round(self.first_text - self.started, 4)
        return usage.replace(seconds_to_first_token=first, seconds=round(self.elapsed, 4))

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return self._clock() - self.started


async def follow(
    open_answer: Callable[[], Awaitable[Answer]], limits: Limits, judge: Judge, show: Callable[[str], None]
) -> Finish:
    """Follow one call to its end, giving every piece of text to `show`. Cancelling it closes the call upstream."""
    progress = Progress(asyncio.get_running_loop().time)
    answer: Answer | None = None
    try:
        async with asyncio.timeout_at(progress.deadline(limits)) as patience:
            answer = await open_answer()
            async for piece in answer.pieces():
                progress.note(piece)
                patience.reschedule(progress.deadline(limits))
                if piece.text:
                    show(piece.text)
        finish = _ended(progress, answer)
    except TimeoutError as error:
        finish = _out_of_time(progress, limits) if patience.expired() else _failed(progress, judge(error))
    except Exception as error:  # every error of a provider or its library becomes exactly one outcome
        finish = _failed(progress, judge(error))
    finally:
        if answer is not None:
            await _close(answer)
    return finish._replace(usage=progress.timed(_usage(answer)))


def _usage(answer: Answer | None) -> Usage:
    with contextlib.suppress(Exception):  # figures that cannot be read are unknown; the answer stands
        if answer is not None:
            return answer.usage()
    return Usage()


async def _close(answer: Answer) -> None:
    with contextlib.suppress(Exception):  # a connection that cannot be closed is closed
        async with asyncio.timeout(CLOSE_SECONDS):
            await answer.close()


def _ended(progress: Progress, answer: Answer) -> Finish:
    stream = answer.stream()._replace(shown=progress.shown, refused=progress.refused)
    outcome = of_stream(stream)
    return Finish(outcome, "" if outcome is Outcome.COMPLETE else why(stream))


def _out_of_time(progress: Progress, limits: Limits) -> Finish:
    if progress.elapsed >= limits.total_seconds:
        detail = f"The answer was not finished after {limits.total_seconds:g} s."
    elif progress.last_piece is None:
        detail = f"Nothing came within {limits.first_token_seconds:g} s."
    else:
        detail = f"The stream stood still for {limits.idle_seconds:g} s."
    return Finish(Outcome.TRUNCATED if progress.shown else Outcome.TIMEOUT, detail)


def _failed(progress: Progress, failure: Failure) -> Finish:
    outcome = of_failure(failure, shown=progress.shown)
    return Finish(outcome, failure.message, retry_after=failure.retry_after)
