"""Signed tokens for the web: who may follow a running answer, and which browser was here before.

Nothing is stored: a token carries what it says and a signature under the workspace's secret.
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime, timedelta

LIFETIME = timedelta(minutes=10)
SHORTEST_SECRET = 32


class StreamTokens:
    """Tokens that let one person follow one running comparison for ten minutes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = _checked(secret)

    def make(self, person: str, run: str, now: datetime) -> str:
        """A token for the person and the run, safe in a URL, valid until ten minutes after `now`."""
        payload = _encoded(json.dumps([person, (now + LIFETIME).timestamp()]).encode())
        return f"{payload}.{self._signature(run, payload)}"

    def check(self, token: str, run: str, now: datetime) -> str | None:
        """The person the token was made for; None when it is for another run, expired, or not one of ours."""
        payload, _, signature = token.partition(".")
        if not _equal(signature, self._signature(run, payload)):
            return None
        person, expires = json.loads(_decoded(payload))  # signed by us, so it has the shape that `make` gave it
        return str(person) if now.timestamp() < expires else None

    def _signature(self, run: str, payload: str) -> str:
        return _sign(self._secret, "stream", run, payload)


class BrowserKeys:
    """The value of a cookie that only a browser which loaded the app's own page holds."""

    def __init__(self, secret: bytes) -> None:
        self._secret = _checked(secret)

    def make(self, chance: bytes) -> str:
        """A cookie value from at least 16 random bytes."""
        name = _encoded(chance)
        return f"{name}.{_sign(self._secret, 'browser', name)}"

    def check(self, value: str) -> bool:
        """Whether the cookie was made with this secret."""
        name, _, signature = value.partition(".")
        return _equal(signature, _sign(self._secret, "browser", name))


def _checked(secret: bytes) -> bytes:
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"a secret has at least {SHORTEST_SECRET} bytes")
    return secret


def _sign(secret: bytes, *parts: str) -> str:
    # JSON keeps the parts apart and is ASCII whatever they hold, lone surrogates included.
    return _encoded(hmac.new(secret, json.dumps(parts).encode(), hashlib.sha256).digest())


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return binascii.a2b_base64(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4))
