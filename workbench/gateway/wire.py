"""What the workbench and a model process say to each other: one JSON object a line, in both directions."""

import json
from typing import Any, NamedTuple

from workbench.domain.conversations import Outcome, Usage
from workbench.domain.values import Value

LINE_BYTES = 64 * 1024 * 1024
"""The longest line either side reads: far above the longest conversation."""

FIRST_TOKEN_SECONDS = 120.0
IDLE_SECONDS = 60.0
TOTAL_SECONDS = 600.0

Line = dict[str, Any]


class Limits(Value):
    """How long a call may take, in seconds."""

    first_token_seconds: float = FIRST_TOKEN_SECONDS
    """Connecting, queueing and reading the conversation, until anything comes back."""
    idle_seconds: float = IDLE_SECONDS
    """Between two pieces of an answer."""
    total_seconds: float = TOTAL_SECONDS


class Finish(NamedTuple):
    """How one attempt ended, as the model process tells it."""

    outcome: Outcome
    detail: str = ""
    usage: Usage = Usage()
    retry_after: float | None = None
    """Seconds the provider asked to wait."""


def encode(line: Line) -> bytes:
    """One line, with its newline."""
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Line:
    """The object of one line."""
    value: Line = json.loads(line)
    return value


def finish_line(call: str, finish: Finish) -> Line:
    """The line that ends a call."""
    return {"end": call, **finish._asdict(), "usage": finish.usage.model_dump()}


def read_finish(line: Line) -> Finish:
    """The Finish of such a line."""
    return Finish(Outcome(line["outcome"]), line["detail"], Usage.model_validate(line["usage"]), line["retry_after"])
