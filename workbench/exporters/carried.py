"""What every exported file carries, and the check that its text arrives unchanged."""

import json
import unicodedata
from itertools import zip_longest
from typing import Any

from workbench.domain.releases import Card, one_line
from workbench.errors import UnsafeForFormat

SET_YOUR_MODEL = "set-your-model"
REQUEST_NOTE = (
    "Request files name a model that the version was tried on, as the provider calls it, or "
    f"{SET_YOUR_MODEL!r} when there is none: put the model that you use in its place. Their user message is a "
    "placeholder that says what the file is: put the person's words in its place."
)

_NO_MODEL_TO_CALL = ("embedded/", "scripted/")


def provenance(card: Card) -> dict[str, str]:
    """Name, version, status, review, date and digests, each on one line."""
    facts = {
        "name": card.public_name,
        "version": str(card.number),
        "status": card.status.value,
        "reviewed_by": card.review,
        "saved_by": card.saved_by,
        "date": card.saved_at.isoformat(),
        "language": card.language,
        "locale": card.locale or "not known",
        "crisis_resources": card.crisis_resources,
        "text_sha256": card.text_sha256,
        "version_sha256": card.version_sha256,
    }
    return {key: one_line(value) for key, value in facts.items()}


def placeholder_message(card: Card) -> dict[str, str]:
    """The user message of a request file.

    It carries the provenance because not every provider's request has a field for it: Anthropic's `metadata` takes
    a user id alone. The consumer replaces it in any case, and the instruction text stays as it is.
    """
    facts = "; ".join(f"{key}: {value}" for key, value in provenance(card).items())
    return {"role": "user", "content": f"Put the person's message in place of this one. ({facts})"}


def model_for(card: Card, provider: str) -> str:
    """The first model tried that this provider may have: `provider/name`, else a name without a provider.

    Embedded and scripted models are never named: no provider has them.
    """
    called = [name for name in card.models if not name.startswith(_NO_MODEL_TO_CALL)]
    own = [name.removeprefix(f"{provider}/") for name in called if name.startswith(f"{provider}/")]
    return next(iter(own + [name for name in called if "/" not in name]), SET_YOUR_MODEL)


def to_json(value: dict[str, Any]) -> bytes:
    """JSON as UTF-8, indented, every letter as itself, so that people can read the text in it."""
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def require_unchanged(card: Card, read_back: str, remedy: str) -> None:
    """Compare the text read back from a file with the card's, but for outer white space.

    Raises:
        UnsafeForFormat: they differ, or there is no text.
    """
    if not card.text.strip():
        raise UnsafeForFormat(1, "there is no text yet", "Write a clause and save a version.")
    if read_back.strip() != card.text.strip():
        line, reason = _first_difference(card.text, read_back)
        raise UnsafeForFormat(line, reason, remedy)


def _first_difference(text: str, read_back: str) -> tuple[int, str]:
    pairs = enumerate(zip_longest(text, read_back, fillvalue=""))
    at, (sent, got) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    return text.count("\n", 0, at) + 1, f"{_spoken(sent)} would arrive as {_spoken(got)}"


def _spoken(character: str) -> str:
    if not character:
        return "nothing"
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name.lower()})"
