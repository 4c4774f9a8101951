"""Salted hashes: they bind a record to words without giving the words away, and outlive them."""

import hashlib
import re
import secrets
from dataclasses import dataclass

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Hashed:
    """The salted hash of words whose salt is kept, and can be erased, elsewhere."""

    digest: str


def new_salt() -> str:
    """Thirty-two hexadecimal digits of chance."""
    return secrets.token_hex(16)


def salted_hash(salt: str, body: str) -> str:
    """SHA-256 of the salt and the words. Without the salt even a short text cannot be guessed from it."""
    return hashlib.sha256(f"{salt}{body}".encode()).hexdigest()


def storable(body: str) -> str:
    """The words with U+FFFD for what a database cannot hold: U+0000 and halves of surrogate pairs.

    Positions stay as they were. Models do send such characters.
    """
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", body)
