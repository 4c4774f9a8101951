"""The real Anthropic client sends the exported request, and the instruction text arrives unchanged."""

import json
from typing import Any

import anthropic
import httpx2
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from pydantic import TypeAdapter

from tests.consumers.cards import NASTY, card, file_ending
from workbench.exporters.anthropic import SUFFIX, Anthropic


def exported() -> dict[str, Any]:
    request: dict[str, Any] = json.loads(file_ending(SUFFIX, Anthropic().files(card(text=NASTY))))
    return request


def test_messages_request_arrives_as_exported() -> None:
    sent = []

    def provider(request: httpx2.Request) -> httpx2.Response:
        sent.append(json.loads(request.content))
        return httpx2.Response(200, json={})

    # This client speaks through httpx2, and takes no httpx.Client.
    client = anthropic.Anthropic(api_key="none", http_client=httpx2.Client(transport=httpx2.MockTransport(provider)))
    request = exported()
    client.messages.create(**request)
    assert sent == [request]
    assert sent[0]["system"] == NASTY


def test_the_clients_types_accept_the_request() -> None:
    request = exported()
    TypeAdapter(MessageCreateParamsNonStreaming).validate_python(request)
    assert request.keys() == {"model", "max_tokens", "system", "messages"}
