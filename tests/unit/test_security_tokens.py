from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.security.tokens import LIFETIME, BrowserKeys, StreamTokens

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = bytes(range(32))
TOKENS = StreamTokens(SECRET)
any_text = st.text(st.characters(codec=None, exclude_categories=()))


@given(any_text, any_text)
def test_a_token_tells_the_person_it_was_made_for(person: str, run: str) -> None:
    token = TOKENS.make(person, run, NOW)
    assert TOKENS.check(token, run, NOW) == person
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()
    assert token.isascii()


@given(any_text, any_text, any_text)
def test_a_token_is_for_one_run(person: str, run: str, other: str) -> None:
    assert (TOKENS.check(TOKENS.make(person, run, NOW), other, NOW) == person) is (run == other)


def test_a_token_expires_after_ten_minutes() -> None:
    token = TOKENS.make("ana", "r1", NOW)
    assert timedelta(minutes=10) == LIFETIME
    assert TOKENS.check(token, "r1", NOW + LIFETIME - timedelta(seconds=1)) == "ana"
    assert TOKENS.check(token, "r1", NOW + LIFETIME) is None


@given(any_text)
def test_what_we_did_not_make_is_nobody(token: str) -> None:
    assert TOKENS.check(token, "r1", NOW) is None
    assert BrowserKeys(SECRET).check(token) is False


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_character_makes_it_nobodys(place: int, character: str) -> None:
    token = TOKENS.make("ana", "r1", NOW)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert TOKENS.check(changed, "r1", NOW) == ("ana" if changed == token else None)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.é", "\ud800.x", "=.=", "A" * 100_000])
def test_malformed_tokens_are_nobody(token: str) -> None:
    assert TOKENS.check(token, "r1", NOW) is None


def test_another_secret_does_not_count() -> None:
    other = StreamTokens(bytes(32))
    assert other.check(TOKENS.make("ana", "r1", NOW), "r1", NOW) is None


def test_parts_cannot_be_shifted_between_person_and_run() -> None:
    assert TOKENS.check(TOKENS.make("ana", "r1", NOW), 'r1", "x', NOW) is None


def test_a_browser_key_is_no_stream_token_and_cannot_be_made_without_the_secret() -> None:
    keys = BrowserKeys(SECRET)
    key = keys.make(b"sixteen  bytes!!")
    assert keys.check(key)
    assert not BrowserKeys(bytes(32)).check(key)
    assert not keys.check(key[:-1])
    assert TOKENS.check(key, "r1", NOW) is None
    assert not keys.check(TOKENS.make("ana", "r1", NOW))


@pytest.mark.parametrize("kind", [StreamTokens, BrowserKeys])
def test_a_short_secret_is_refused(kind: type[StreamTokens] | type[BrowserKeys]) -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        kind(b"short")
