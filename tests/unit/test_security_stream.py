import asyncio
import json
from collections.abc import AsyncIterator, Mapping

import pytest

from workbench.asgi.stream import EventStream, event_texts, parse_seen
from workbench.live.progress import Progress


class Follower:
    """Gives the steps, waits before each if asked, and remembers whether it was closed."""

    def __init__(self, *steps: Progress, wait: float = 0.0, forever: bool = False) -> None:
        self.steps, self.wait, self.forever, self.closed = steps, wait, forever, False

    async def follow(self) -> AsyncIterator[Progress]:
        try:
            for step in self.steps:
                await asyncio.sleep(self.wait)
                yield step
            while self.forever:
                await asyncio.sleep(60)
        finally:
            self.closed = True


def told(follower: Follower, seen: Mapping[str, int] | None = None, heartbeat: float = 15.0) -> list[str]:
    async def collect() -> list[str]:
        return [event async for event in event_texts(follower.follow(), seen or {}, heartbeat)]

    return asyncio.run(collect())


def data(event: str) -> dict[str, object]:
    return json.loads(event.split("data: ")[1])


def test_offsets_count_characters_not_bytes() -> None:
    events = told(Follower(Progress(pieces={"a": (0, "né 🙂")}), Progress(pieces={"a": (4, "\u05d0\n\n")}, ended=True)))
    assert [event.split("\n")[0] for event in events[1:3]] == ["id: a:4", "id: a:7"]
    assert data(events[2]) == {"g": {"a": {"at": 4, "text": "\u05d0\n\n"}}, "s": {}}
    assert all(event.count("\n\n") == 1 for event in events)


def test_the_place_names_every_answer_including_those_that_were_seen_before() -> None:
    events = told(Follower(Progress(pieces={"b": (0, "x")}), Progress(ended=True)), {"a": 3})
    assert events[1].startswith("id: a:3,b:1\n")


def test_steps_that_say_nothing_new_are_not_sent() -> None:
    waiting = Progress(states={"a": "waiting"})
    events = told(Follower(waiting, waiting, Progress(), Progress(), Progress(ended=True)))
    assert [data(event)["s"] for event in events[1:3]] == [{"a": "waiting"}, {"a": ""}]
    assert events[3:] == ["event: end\ndata: {}\n\n"]


def test_text_in_the_last_step_is_sent_before_the_end() -> None:
    events = told(Follower(Progress(pieces={"a": (0, "all")}, ended=True)))
    assert data(events[1])["g"] == {"a": {"at": 0, "text": "all"}}
    assert events[2:] == ["event: end\ndata: {}\n\n"]


def test_an_iterator_that_ends_is_the_end() -> None:
    assert told(Follower()) == ["retry: 1000\n\n", "event: end\ndata: {}\n\n"]


@pytest.mark.parametrize("wait", [0.15, 0.005])
def test_silence_is_filled_whether_or_not_empty_steps_come(wait: float) -> None:
    steps = [Progress()] * int(0.3 / wait)
    comments = told(Follower(*steps, wait=wait), heartbeat=0.05).count(": nothing new\n\n")
    assert 2 <= comments <= 7


def test_waiting_loses_no_step() -> None:
    steps = [Progress(pieces={"a": (i, "x")}) for i in range(5)]
    events = told(Follower(*steps, wait=0.03), heartbeat=0.01)
    assert [event.split("\n")[0] for event in events if event.startswith("id")] == [f"id: a:{i + 1}" for i in range(5)]


def test_an_error_is_not_an_end() -> None:
    async def broken() -> AsyncIterator[Progress]:
        yield Progress(pieces={"a": (0, "x")})
        raise RuntimeError("no")

    async def collect() -> list[str]:
        return [event async for event in event_texts(broken(), {})]

    with pytest.raises(RuntimeError, match="no"):
        asyncio.run(collect())


def respond(follower: Follower, *, leave: bool = False, close: bool = False) -> list[bytes]:
    """The bodies that are sent to a client who leaves after the first event, or whose server closes."""
    bodies: list[bytes] = []

    async def run() -> None:
        left, closing = asyncio.Event(), asyncio.Event()

        async def receive() -> dict[str, str]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, object]) -> None:
            if message["type"] == "http.response.body":
                bodies.append(bytes(message["body"]))  # type: ignore[call-overload]
                (left if leave else closing).set() if leave or close else None

        response = EventStream(event_texts(follower.follow(), {}), closing)
        await asyncio.wait_for(response({"type": "http"}, receive, send), 5)

    asyncio.run(run())
    return bodies


def test_a_client_who_leaves_closes_the_iterator_before_the_response_ends() -> None:
    follower = Follower(Progress(pieces={"a": (0, "x")}), forever=True)
    assert b"" not in respond(follower, leave=True)
    assert follower.closed


def test_a_server_that_closes_ends_the_response_properly() -> None:
    follower = Follower(Progress(pieces={"a": (0, "x")}), forever=True)
    assert respond(follower, close=True)[-1] == b""
    assert follower.closed


def test_a_stream_that_ends_by_itself_is_complete() -> None:
    follower = Follower(Progress(ended=True))
    assert respond(follower)[-2:] == [b"event: end\ndata: {}\n\n", b""]
    assert follower.closed


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", {}),
        ("a:1,b:20", {"a": 1, "b": 20}),
        ("a:-1,b,c:x,:3,d:1234567890,\u00e9:1, e:2,f:4", {"f": 4}),
        ("a:1,a:2", {"a": 2}),
    ],
)
def test_what_was_seen_is_read_strictly(text: str, seen: dict[str, int]) -> None:
    assert parse_seen(text) == seen
