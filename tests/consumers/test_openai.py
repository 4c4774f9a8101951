"""The real OpenAI client sends the exported requests, and the instruction text arrives unchanged."""

import json
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

from tests.consumers.cards import NASTY, card, file_ending
from workbench.exporters.openai import CHAT_SUFFIX, RESPONSES_SUFFIX, OpenAI


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def client(sent: list[dict[str, Any]]) -> openai.OpenAI:
    def provider(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={})

    return openai.OpenAI(api_key="none", http_client=httpx.Client(transport=httpx.MockTransport(provider)))


def exported(suffix: str) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(file_ending(suffix, OpenAI().files(card(text=NASTY))))
    return request


def test_responses_request_arrives_as_exported(client: openai.OpenAI, sent: list[dict[str, Any]]) -> None:
    request = exported(RESPONSES_SUFFIX)
    client.responses.create(**request)
    assert sent == [request]
    assert sent[0]["instructions"] == NASTY


def test_chat_request_arrives_as_exported(client: openai.OpenAI, sent: list[dict[str, Any]]) -> None:
    request = exported(CHAT_SUFFIX)
    client.chat.completions.create(**request)
    assert sent == [request]
    assert sent[0]["messages"][0] == {"role": "system", "content": NASTY}


@pytest.mark.parametrize(
    ("suffix", "params"),
    [(RESPONSES_SUFFIX, ResponseCreateParamsNonStreaming), (CHAT_SUFFIX, CompletionCreateParamsNonStreaming)],
)
def test_the_clients_types_accept_the_request(suffix: str, params: Any) -> None:
    request = exported(suffix)
    TypeAdapter(params).validate_python(request)
    assert request.keys() <= params.__annotations__.keys() | params.__required_keys__ | params.__optional_keys__


def test_metadata_keeps_the_providers_limits_even_with_many_reviewers() -> None:
    crowd = card(reviewed_by=tuple(f"Clinician {n} of a long-named service" for n in range(40)))
    metadata = json.loads(file_ending(RESPONSES_SUFFIX, OpenAI().files(crowd)))["metadata"]
    assert len(metadata) <= 16
    assert all(len(key) <= 64 for key in metadata)
    assert all(isinstance(value, str) and 0 < len(value) <= 512 for value in metadata.values())
    assert metadata["reviewed_by"].endswith("…")
