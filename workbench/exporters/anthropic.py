"""Requests for Anthropic."""

import json

from workbench.domain.releases import Card, file_stem
from workbench.exporters.carried import model_for, placeholder_message, require_unchanged, to_json

SUFFIX = ".anthropic-messages.json"
MAX_TOKENS = 1024


class Anthropic:
    """`*.anthropic-messages.json` for the Messages API."""

    name = "anthropic"

    def files(self, card: Card) -> dict[str, bytes]:
        """One file."""
        request = {
            "model": model_for(card, "anthropic"),
            "max_tokens": MAX_TOKENS,
            "system": card.text,
            "messages": [placeholder_message(card)],
        }
        data = to_json(request)
        require_unchanged(card, read(data), "Correct this line and save a new version.")
        return {file_stem(card) + SUFFIX: data}


def read(data: bytes) -> str:
    """The instruction text in a Messages request."""
    return str(json.loads(data)["system"])
