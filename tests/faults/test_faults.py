"""Every way a provider can fail gets exactly one right outcome, and never a false `complete`."""

import asyncio
from typing import NamedTuple

import pytest

from tests.faults.conftest import MISSING, RETRIES, Caller, Told
from tests.faults.provider import CANARY_KEY, CUT, LONG_TOKENS, UNICODE, WHOLE, WORDS
from workbench.domain.conversations import Outcome

OPENAI, GROQ, ANTHROPIC = "openai", "groq", "anthropic"
MOST = 1 + RETRIES.most


class Expected(NamedTuple):
    outcome: Outcome
    text: str = ""
    attempts: int = 1


COMPLETE = Expected(Outcome.COMPLETE, f"{WHOLE} ")
CUT_SHORT = Expected(Outcome.TRUNCATED, CUT)
EMPTY = Expected(Outcome.EMPTY)
MALFORMED = Expected(Outcome.MALFORMED)
SERVER = Expected(Outcome.SERVER, attempts=MOST)
NETWORK = Expected(Outcome.NETWORK, attempts=MOST)

MODES = {
    "ok": COMPLETE,
    "no-usage": Expected(Outcome.COMPLETE, WHOLE),
    "finish-with-text": Expected(Outcome.COMPLETE, WHOLE),
    "unicode-split": Expected(Outcome.COMPLETE, UNICODE),
    "mentions-done": Expected(Outcome.COMPLETE, f"Write [DONE] on the page. {WHOLE}"),
    "429": Expected(Outcome.RATE, attempts=MOST),
    "429-retry-after": Expected(Outcome.RATE, attempts=MOST),
    "429-retry-after-long": Expected(Outcome.RATE),
    "429-once": COMPLETE._replace(attempts=2),
    "503-twice": COMPLETE._replace(attempts=3),
    "quota": Expected(Outcome.QUOTA),
    "quota-402": Expected(Outcome.QUOTA),
    "500": SERVER,
    "502": SERVER,
    "503": SERVER,
    "529": SERVER,
    "error-event-first": SERVER,
    "401": Expected(Outcome.AUTH),
    "401-echo": Expected(Outcome.AUTH),
    "403": Expected(Outcome.AUTH),
    "unknown-model": Expected(Outcome.INVALID),
    "bad-parameter": Expected(Outcome.INVALID),
    "422": Expected(Outcome.INVALID),
    "413": Expected(Outcome.TOO_LONG),
    "overflow": Expected(Outcome.TOO_LONG),
    "filter-400": Expected(Outcome.FILTERED),
    "filter-empty": Expected(Outcome.FILTERED),
    "filter-midway": Expected(Outcome.FILTERED, CUT),
    "refusal": Expected(Outcome.REFUSED, "I cannot help with that."),
    "refusal-midway": Expected(Outcome.REFUSED, f"{CUT}I cannot help with that."),
    "html-portal": MALFORMED,
    "bad-json": MALFORMED,
    "garbage-first": MALFORMED,
    "bad-json-event": MALFORMED,
    "empty-choices": MALFORMED,
    "timeout-before": Expected(Outcome.TIMEOUT),
    "headers-then-silence": Expected(Outcome.TIMEOUT),
    "reset-before": NETWORK,
    "reset-in-stream": NETWORK,
    "done-only": EMPTY,
    "clean-end-empty": EMPTY,
    "empty": EMPTY,
    "whitespace": Expected(Outcome.EMPTY, " \n\n "),
    "null-content": EMPTY,
    "length": CUT_SHORT,
    "length-empty": Expected(Outcome.TRUNCATED),
    "odd-reason": CUT_SHORT,
    "timeout-after": CUT_SHORT,
    "reset-midway": CUT_SHORT,
    "clean-end-midway": CUT_SHORT,
    "done-midway": CUT_SHORT,
    "garbage-midway": CUT_SHORT,
    "bad-json-midway": CUT_SHORT,
    "error-event-midway": CUT_SHORT,
}
CLAUDE = {
    "claude-whole": Expected(Outcome.COMPLETE, CUT),
    "claude-length": CUT_SHORT,
    "claude-cut": CUT_SHORT,
    "claude-garbage": CUT_SHORT,
}
EVERY = [
    *((OPENAI, mode, expected) for mode, expected in MODES.items()),
    *((GROQ, mode, expected) for mode, expected in MODES.items()),
    *((ANTHROPIC, mode, expected) for mode, expected in CLAUDE.items()),
]

Results = dict[tuple[str, str], Told]


@pytest.fixture(scope="session")  # not the module's: a worker that comes back to it would count `429-once` on
def results(caller: Caller) -> Results:
    """All modes at once, as six columns would; `429-once` counts by the message, so each dialect has its own."""

    async def everything() -> Results:
        calls = {(dialect, mode): caller.tell(caller.spec(mode, dialect), dialect) for dialect, mode, _ in EVERY}
        return dict(zip(calls, await asyncio.gather(*calls.values()), strict=True))

    caller.call("ok")  # a model process that is awake, so that no timeout below measures its start
    caller.provider.reset()
    return caller.background.run(everything())


@pytest.mark.parametrize(("dialect", "mode", "expected"), EVERY)
def test_every_fault_has_its_outcome(results: Results, dialect: str, mode: str, expected: Expected) -> None:
    told = results[dialect, mode]
    assert (told.end.outcome, told.text, told.end.usage.attempts) == expected, told.end.detail


@pytest.mark.parametrize("mode", [*MODES, *CLAUDE])
def test_one_request_for_each_attempt(results: Results, caller: Caller, mode: str) -> None:
    attempts = sum(told.end.usage.attempts for (_, name), told in results.items() if name == mode)
    assert caller.provider.requests[mode] == attempts


def test_every_retry_is_announced(results: Results) -> None:
    for told in results.values():
        assert [retry.attempt for retry in told.retries] == list(range(1, told.end.usage.attempts))


def test_retry_after_is_kept(results: Results) -> None:
    assert [retry.wait_seconds for retry in results[OPENAI, "429-retry-after"].retries] == [0.3, 0.3]
    assert [retry.wait_seconds for retry in results[GROQ, "429-once"].retries] == [0.3]
    assert "3600 s" in results[OPENAI, "429-retry-after-long"].end.detail


def test_an_incomplete_answer_says_why(results: Results) -> None:
    for (dialect, mode), told in results.items():
        if told.end.outcome not in {Outcome.COMPLETE, Outcome.EMPTY, Outcome.REFUSED}:
            assert told.end.detail, (dialect, mode)
            assert "litellm" not in told.end.detail.lower()
            assert len(told.end.detail) <= 600


def test_no_part_of_a_key_is_told(results: Results) -> None:
    for told in results.values():
        assert not any(CANARY_KEY[start : start + 6] in told.end.detail for start in range(len(CANARY_KEY) - 5))
    detail = results[OPENAI, "401-echo"].end.detail
    assert "pw@" not in detail
    assert "abc123" not in detail
    assert "https://example.com/keys" in detail


def test_usage_is_what_the_provider_said(results: Results) -> None:
    usage = results[OPENAI, "ok"].end.usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (10, 6)
    assert (usage.model_returned, usage.fingerprint) == ("ok-2026-01-01", "fp_fake")
    assert usage.seconds_to_first_token is not None
    assert usage.seconds is not None
    assert usage.seconds_to_first_token <= usage.seconds


def test_unknown_usage_and_cost_are_none(results: Results) -> None:
    usage = results[OPENAI, "no-usage"].end.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cost_usd) == (None, None, None)
    assert results[OPENAI, "ok"].end.usage.cost_usd is None


def test_cost_comes_from_the_price_list(caller: Caller) -> None:
    cost = caller.call("openai/gpt-oss-20b", GROQ).end.usage.cost_usd
    assert cost is not None
    assert 0 < cost < 0.001


def test_connection_refused(caller: Caller) -> None:
    told = caller.call("ok", api_base="http://127.0.0.1:9/v1")
    assert (told.end.outcome, told.end.usage.attempts) == (Outcome.NETWORK, MOST)


def test_an_answer_without_end_is_cut(caller: Caller) -> None:
    told = caller.call("drip")
    assert told.end.outcome is Outcome.TRUNCATED
    assert told.text.startswith(f"{CUT}and and ")
    assert "not finished after 8 s" in told.end.detail


def test_a_very_long_answer_arrives_whole(caller: Caller) -> None:
    told = caller.call("very-long")
    assert told.end.outcome is Outcome.COMPLETE
    assert told.text == "".join(f"{WORDS[number % len(WORDS)]} " for number in range(LONG_TOKENS))
    assert len(told.deltas) < LONG_TOKENS / 5, "deltas travel in batches"


def test_unknown_provider_is_invalid(caller: Caller) -> None:
    told = caller.call("ok", "nosuchprovider")
    assert (told.end.outcome, told.end.usage.attempts) == (Outcome.INVALID, 1)


def test_missing_key_is_said_before_anything_is_sent(caller: Caller) -> None:
    before = caller.provider.counts["started"]
    told = caller.call("ok", key_env=MISSING)
    assert told.end.outcome is Outcome.AUTH
    assert MISSING in told.end.detail
    assert caller.provider.counts["started"] == before


def test_settings_cannot_redirect_a_key(caller: Caller) -> None:
    before = caller.provider.counts["started"]
    told = caller.call("ok", settings={"base_url": "http://127.0.0.1:9/v1"})
    assert told.end.outcome is Outcome.INVALID
    assert "base_url" in told.end.detail
    assert caller.provider.counts["started"] == before


def test_a_server_without_key_gets_none_of_ours(caller: Caller) -> None:
    assert caller.call("ok", key_env="").end.outcome is Outcome.COMPLETE
    assert caller.provider.headers["ok"]["authorization"] == "Bearer none"


def test_settings_reach_the_provider(caller: Caller) -> None:
    caller.call("ok", settings={"temperature": 0.2, "max_tokens": 77, "seed": 5})
    body = caller.provider.bodies["ok"]
    assert (body["temperature"], body["max_tokens"], body["seed"]) == (0.2, 77, 5)
    assert body["stream_options"] == {"include_usage": True}
