"""Provider error text without keys. Pure."""

import re
from collections.abc import Iterable

LIMIT = 500
FRAGMENT = 6
"""So many characters of a key in a row are too many."""

HIDDEN = "[redacted]"

_PATTERNS = (
    re.compile(r"\bBearer\s+[^\s\"',;]+", re.IGNORECASE),
    re.compile(r"\b(?:sk|pk|rk)-[\w*.…-]{3,}"),
    re.compile(r"\bAIza[\w*-]{4,}"),
    re.compile(r"\bAKIA[A-Z0-9*]{4,}"),
    re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+)*"),
    re.compile(r"\b(?:gsk|hf|xai|pplx|ghp|r8|nvapi)[-_][\w*-]{6,}"),
)
_NAMED = re.compile(
    r"(?P<name>\b(?:x-)?(?:api[-_ ]?key|access[-_ ]?token|token|secret|password|authorization)\b[\"']?"
    r"(?:\s+provided)?\s*[:=]\s*[\"']?)"
    r"(?P<value>[^\s\"',;)\]}]{4,})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)(?:[^\s/@\"'<>]*@)?(?P<place>[^\s?#\"'<>`]*)(?:[?#][^\s\"'<>`]*)?",
    re.IGNORECASE,
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text on one line, without keys, credentials and query strings, at most LIMIT characters.

    Anything that repeats FRAGMENT or more characters of one of `secrets` goes too.
    """
    line = " ".join(text.split())
    line = _without_fragments(line, secrets)
    line = _ADDRESS.sub(r"\g<scheme>\g<place>", line)
    for pattern in _PATTERNS:
        line = pattern.sub(HIDDEN, line)
    line = _NAMED.sub(rf"\g<name>{HIDDEN}", line)
    return line if len(line) <= LIMIT else line[: LIMIT - 1] + "…"


def _without_fragments(text: str, secrets: Iterable[str]) -> str:
    grams = {
        secret[start : start + FRAGMENT] for secret in secrets for start in range(max(0, len(secret) - FRAGMENT + 1))
    }
    if not grams:
        return text
    covered = bytearray(len(text))
    for start in range(len(text) - FRAGMENT + 1):
        if text[start : start + FRAGMENT] in grams:
            covered[start : start + FRAGMENT] = b"\x01" * FRAGMENT
    marked = "".join("\0" if hidden else letter for letter, hidden in zip(text, covered, strict=True))
    return re.sub("\0+", HIDDEN, marked)
