"""How a call ended, from facts alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.conversations import Outcome
from workbench.gateway.outcomes import Failure, Stream, of_failure, of_stream, seconds_to_wait, why

REASONS = st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["stop", "end_turn", "length", "content_filter"]))
STREAMS = st.builds(
    Stream,
    finish_reason=REASONS,
    pieces=st.integers(0, 9),
    choices=st.integers(0, 9),
    content_type=st.sampled_from(["", "text/event-stream", "text/html", "application/json"]),
    shown=st.booleans(),
    refused=st.booleans(),
)
FAILURES = st.builds(
    Failure,
    message=st.text(max_size=60),
    status=st.one_of(st.none(), st.integers(100, 599)),
    code=st.text(max_size=20),
    names=st.frozensets(st.text(max_size=20), max_size=3),
    told=st.none(),
)


@given(STREAMS)
def test_only_a_received_stop_with_text_is_complete(stream: Stream) -> None:
    complete = of_stream(stream) is Outcome.COMPLETE
    assert not complete or (stream.shown and stream.finish_reason is not None and not stream.refused)
    assert complete == (complete and why(stream) == "")


@given(FAILURES)
def test_an_error_is_never_complete_and_after_text_always_cut(failure: Failure) -> None:
    assert of_failure(failure) is not Outcome.COMPLETE
    assert of_failure(failure, shown=True) is Outcome.TRUNCATED


@given(STREAMS)
def test_nothing_visible_is_never_complete(stream: Stream) -> None:
    assert of_stream(stream._replace(shown=False)) is not Outcome.COMPLETE


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (Failure(status=429, code="insufficient_quota"), Outcome.QUOTA),
        (Failure("You exceeded your current quota", status=429), Outcome.QUOTA),
        (Failure("Your credit balance is too low to access the API", status=400), Outcome.QUOTA),
        (Failure("Rate limit reached", status=429), Outcome.RATE),
        (Failure("Your account may not use this", status=403), Outcome.AUTH),
        (Failure("The api_key client option must be set", names=frozenset({"OpenAIError"})), Outcome.AUTH),
        (Failure("prompt is too long: 210000 tokens > 200000 maximum", status=400), Outcome.TOO_LONG),
        (Failure("filtered due to content management policy", status=400), Outcome.FILTERED),
        (Failure("maximum context length page", status=502), Outcome.SERVER),
        (Failure("no such model", status=404), Outcome.INVALID),
        (Failure("Overloaded", status=529), Outcome.SERVER),
        (Failure("Connection error.", names=frozenset({"APIConnectionError", "ConnectError"})), Outcome.NETWORK),
        (Failure("", names=frozenset({"ReadTimeout"})), Outcome.TIMEOUT),
        (Failure("Expecting value", names=frozenset({"RuntimeError", "JSONDecodeError"})), Outcome.MALFORMED),
        (Failure("list index out of range", names=frozenset({"IndexError"})), Outcome.MALFORMED),
        (Failure("Overloaded", code="overloaded_error", names=frozenset({"APIError"})), Outcome.SERVER),
        (Failure("whatever", status=500, told=Outcome.TOO_LONG), Outcome.TOO_LONG),
    ],
)
def test_misleading_errors_are_read_right(failure: Failure, outcome: Outcome) -> None:
    assert of_failure(failure) is outcome


@pytest.mark.parametrize("reason", ["error", "network_error", "MALFORMED_RESPONSE", "tool_calls", "never heard of"])
def test_an_odd_finish_reason_cuts_the_answer(reason: str) -> None:
    assert of_stream(Stream(reason, shown=True)) is Outcome.TRUNCATED
    assert reason in why(Stream(reason, shown=True))


def test_retry_after_in_seconds_or_as_a_date() -> None:
    assert seconds_to_wait("2.5", now=0) == 2.5
    assert seconds_to_wait("Thu, 01 Jan 1970 00:00:30 GMT", now=10) == 20
    assert seconds_to_wait("Thu, 01 Jan 1970 00:00:30 GMT", now=100) == 0
    assert seconds_to_wait("soon", now=0) is None
    assert seconds_to_wait(None, now=0) is None
