"""Error text without keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gateway.redaction import FRAGMENT, HIDDEN, LIMIT, redact

KEY = "zq81-kfPw77-LmNnOpQ"


@given(
    before=st.text(max_size=80), after=st.text(max_size=80), start=st.integers(0, 18), length=st.integers(FRAGMENT, 19)
)
def test_no_fragment_of_a_known_key_survives(before: str, after: str, start: int, length: int) -> None:
    shown = redact(f"{before}{KEY[start : start + length]}{after}", [KEY])
    assert not any(KEY[place : place + FRAGMENT] in shown for place in range(len(KEY) - FRAGMENT + 1))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Incorrect API key provided: sk-proj-abc***xyz9.", "abc***xyz9"),
        ("Authorization: Bearer abcdef0123", "abcdef0123"),
        ("key AIzaSyD-1234567890 is disabled", "SyD-1234567890"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIiOiIxIn0"),
        ('{"api_key": "0123456789abcdef"}', "0123456789abcdef"),
        ("see https://me:hunter2@example.com/a", "hunter2"),
        ("GET https://example.com/a?key=abc&user=7 failed", "abc"),
        ("gsk_ABCDEF012345 is invalid", "ABCDEF012345"),
    ],
)
def test_what_looks_like_a_key_goes(text: str, gone: str) -> None:
    assert gone in text
    assert gone not in redact(text)


def test_plain_words_stay() -> None:
    text = "This model's maximum context length is 8192 tokens, see https://example.com/limits"
    assert redact(text) == text


@given(st.text(max_size=2000))
def test_it_is_one_short_line(text: str) -> None:
    shown = redact(text, [KEY])
    assert len(shown) <= LIMIT
    assert "\n" not in shown


def test_a_short_secret_hides_only_itself() -> None:
    assert redact("abc12 and abc", ["abc12"]) == "abc12 and abc"
    assert redact("x abc123 y", ["abc123"]) == f"x {HIDDEN} y"
