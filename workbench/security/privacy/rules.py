"""What a rule of the privacy guard is."""

import re
from collections.abc import Callable
from typing import NamedTuple


class Rule(NamedTuple):
    """A form that personal data takes. The group `data` of the pattern is what is found."""

    kind: str
    what: str
    """Ends the sentence "… looks like"."""
    pattern: re.Pattern[str]
    really: Callable[[re.Match[str]], bool]
    """Whether a match is one, where a pattern alone cannot tell."""


def always(_: re.Match[str]) -> bool:
    """Every match is one."""
    return True


def rule(
    kind: str, what: str, pattern: str, really: Callable[[re.Match[str]], bool] = always, *, cased: bool = False
) -> Rule:
    """A rule from a pattern in verbose form: spaces and comments in it mean nothing, `[ ]` is a space."""
    return Rule(kind, what, re.compile(pattern, re.VERBOSE | (0 if cased else re.IGNORECASE)), really)


def any_of(words: str) -> str:
    """A pattern for any of the words; a `_` in a word is a space in the text."""
    return f"(?:{'|'.join(words.split())})".replace("_", "[ ]")


def words(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())
