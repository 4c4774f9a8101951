"""Requests for OpenAI, and for the many servers that speak its older chat form."""

import json

from workbench.domain.releases import Card, file_stem
from workbench.exporters.carried import model_for, placeholder_message, provenance, require_unchanged, to_json

RESPONSES_SUFFIX = ".openai-responses.json"
CHAT_SUFFIX = ".openai-chat.json"

# The provider's limits on `metadata` (API reference, Responses: create); there are fewer than 16 keys.
MAX_VALUE = 512


class OpenAI:
    """`*.openai-responses.json` for the Responses API, `*.openai-chat.json` for Chat Completions."""

    name = "openai"

    def files(self, card: Card) -> dict[str, bytes]:
        """Two files with the same text."""
        responses, chat = to_json(_responses(card)), to_json(_chat(card))
        for read_back in (read_responses(responses), read_chat(chat)):
            require_unchanged(card, read_back, "Correct this line and save a new version.")
        return {file_stem(card) + RESPONSES_SUFFIX: responses, file_stem(card) + CHAT_SUFFIX: chat}


def read_responses(data: bytes) -> str:
    """The instruction text in a Responses request."""
    return str(json.loads(data)["instructions"])


def read_chat(data: bytes) -> str:
    """The instruction text in a Chat Completions request."""
    return "".join(m["content"] for m in json.loads(data)["messages"] if m["role"] == "system")


def _responses(card: Card) -> dict[str, object]:
    return {
        "model": model_for(card, "openai"),
        "instructions": card.text,
        "input": [placeholder_message(card)],
        "metadata": {key: _clipped(value) for key, value in provenance(card).items()},
    }


def _chat(card: Card) -> dict[str, object]:
    # No `metadata`: Chat Completions takes it only together with storing, and other servers reject it.
    messages = [{"role": "system", "content": card.text}, placeholder_message(card)]
    return {"model": model_for(card, "openai"), "messages": messages}


def _clipped(value: str) -> str:
    return value if len(value) <= MAX_VALUE else value[: MAX_VALUE - 1] + "…"
