"""How a call ended, judged from what was seen. Pure: no clock, no network, no litellm.

litellm names errors misleadingly (403 is an APIError, a refused connection a 500, a used-up account a rate
limit), so nothing here trusts a class alone: a real HTTP status first, then the provider's words, then the names of
the exceptions underneath.
"""

from email.utils import parsedate_to_datetime
from typing import NamedTuple

from workbench.domain.conversations import Outcome

_COMPLETE = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token", "STOP", "COMPLETE"})
_CUT = frozenset({"length", "max_tokens", "MAX_TOKENS", "model_length", "compaction"})
_FILTERED = frozenset(
    {
        "content_filter",
        "content_filtered",
        "guardrail_intervened",
        "sensitive",
        "ERROR_TOXIC",
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "LANGUAGE",
        "OTHER",
    }
)

_FILTER_WORDS = ("content_filter", "content management policy", "content policy", "responsible ai policy")
_OVERFLOW_WORDS = (
    "context_length_exceeded",
    "exceed_context_size",
    "maximum context length",
    "context window",
    "prompt is too long",
    "input is too long",
    "too many tokens",
)
_QUOTA_WORDS = (
    "insufficient_quota",
    "exceeded your current quota",
    "check your plan and billing",
    "credit balance is too low",
    "insufficient credit",
    "insufficient balance",
    "billing_hard_limit",
    "payment required",
)
_RATE_WORDS = ("rate_limit", "rate limit", "too many requests")
_KEY_WORDS = (
    "api_key client option must be set",
    "missing credentials",
    "no api key",
    "api key not",
    "invalid_api_key",
    "authentication_error",
    "missing api key",
)
_SERVER_WORDS = ("server_error", "overloaded", "internal error", "server had an error", "service unavailable")

_TIMEOUTS = frozenset(
    {"Timeout", "TimeoutError", "APITimeoutError", "ReadTimeout", "ConnectTimeout", "WriteTimeout", "PoolTimeout"}
)
_BAD_BYTES = frozenset({"JSONDecodeError", "UnicodeDecodeError", "DecodingError", "APIResponseValidationError"})
_LINE_LOST = frozenset(
    {
        "ConnectError",
        "ReadError",
        "WriteError",
        "RemoteProtocolError",
        "ConnectionResetError",
        "ConnectionRefusedError",
        "BrokenPipeError",
        "ClientConnectorError",
        "ClientOSError",
        "ClientPayloadError",
        "ServerDisconnectedError",
        "gaierror",
    }
)


class CallError(Exception):
    """Our own reason not to make or finish a call; knows its outcome, and its message is a plain sentence."""

    def __init__(self, outcome: Outcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class Failure(NamedTuple):
    """What is known about an error, before it is judged."""

    message: str = ""
    """The provider's words, or the library's when there are none."""
    status: int | None = None
    """The HTTP status, if the provider really sent one."""
    code: str = ""
    """The provider's own error code and type, space-separated."""
    names: frozenset[str] = frozenset()
    """The class names of the exception and of everything that caused it."""
    retry_after: float | None = None
    """Seconds the provider asks to wait."""
    told: Outcome | None = None
    """The outcome of a CallError."""


class Stream(NamedTuple):
    """What is known about a stream that ended without an error."""

    finish_reason: str | None
    """As the provider sent it; None when it sent none, whatever a library made of that."""
    pieces: int = 0
    choices: int = 0
    """How many pieces came, and how many of them had a choice in them."""
    content_type: str = ""
    shown: bool = False
    """Whether any visible text arrived."""
    refused: bool = False
    """Whether the provider marked the text as a refusal."""


def of_failure(failure: Failure, *, shown: bool = False) -> Outcome:
    """The outcome of a call that raised; with visible text it is always `truncated`."""
    if shown:
        return Outcome.TRUNCATED
    if failure.told is not None:
        return failure.told
    return _by_words(failure) or _by_status(failure.status) or _by_names(failure)


def of_stream(stream: Stream) -> Outcome:
    """The outcome of a stream that ended by itself. Only a finish reason the provider sent makes it `complete`."""
    reason = stream.finish_reason
    if reason in _FILTERED:
        return Outcome.FILTERED
    if reason == "refusal" or (reason and stream.refused):
        return Outcome.REFUSED
    if reason in _CUT:
        return Outcome.TRUNCATED
    if stream.shown:
        return Outcome.COMPLETE if reason in _COMPLETE else Outcome.TRUNCATED
    return Outcome.EMPTY if reason in _COMPLETE or _nothing_came(stream) else Outcome.MALFORMED


def why(stream: Stream) -> str:
    """A sentence for people who want to know why a stream that ended by itself is not complete; else empty."""
    reason = stream.finish_reason
    if reason in _COMPLETE:
        return ""
    if reason in _CUT:
        return "The answer reached its length limit (max_tokens)."
    if reason is not None:
        return f"The provider ended the answer with the reason {reason!r}."
    if stream.shown:
        return "The provider ended the stream without saying that the answer was finished."
    return f"The stream held no answer (content type {stream.content_type or 'unknown'}, {stream.pieces} pieces)."


def seconds_to_wait(header: str | None, now: float) -> float | None:
    """The seconds a Retry-After header asks for: a number, or a date compared with `now` (seconds since 1970)."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except ValueError:
        return None


def _nothing_came(stream: Stream) -> bool:
    """Whether it was a proper, empty stream, and not a sign-in page or pieces without a choice."""
    is_page = stream.content_type.startswith(("text/html", "text/plain", "application/json"))
    return not is_page and (stream.choices > 0 or stream.pieces == 0)


def _by_words(failure: Failure) -> Outcome | None:
    if failure.status in {401, 403} or (failure.status or 0) >= 500:
        return None  # such a status needs no words, and its page may hold any
    words = f"{failure.code} {failure.message}".lower()
    for outcome, phrases in (
        (Outcome.FILTERED, _FILTER_WORDS),
        (Outcome.TOO_LONG, _OVERFLOW_WORDS),
        (Outcome.QUOTA, _QUOTA_WORDS),
        (Outcome.AUTH, _KEY_WORDS),
    ):
        if any(phrase in words for phrase in phrases):
            return outcome
    return None


def _by_status(status: int | None) -> Outcome | None:
    if status is None or status < 400:
        return None
    if status >= 500:
        return Outcome.SERVER
    named = {
        401: Outcome.AUTH,
        402: Outcome.QUOTA,
        403: Outcome.AUTH,
        407: Outcome.NETWORK,
        408: Outcome.TIMEOUT,
        413: Outcome.TOO_LONG,
        429: Outcome.RATE,
    }
    return named.get(status, Outcome.INVALID)


def _by_names(failure: Failure) -> Outcome:
    if failure.names & _BAD_BYTES:
        return Outcome.MALFORMED
    if failure.names & _LINE_LOST:
        return Outcome.NETWORK
    if failure.names & _TIMEOUTS:
        return Outcome.TIMEOUT
    words = f"{failure.code} {failure.message}".lower()
    if any(phrase in words for phrase in _RATE_WORDS):
        return Outcome.RATE
    if any(phrase in words for phrase in _SERVER_WORDS):
        return Outcome.SERVER
    return Outcome.MALFORMED
