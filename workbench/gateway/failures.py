"""What an exception of a provider library really says: its whole chain of causes, read without knowing the library."""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workbench.gateway.outcomes import CallError, Failure, seconds_to_wait
from workbench.gateway.redaction import redact

_LIBRARY_PREFIX = re.compile(r"^(?:litellm\.)?\w*(?:Error|Exception|Timeout)\w*\s*[:-]\s*")
_LIBRARY_TAIL = re.compile(r"\s*(?:Traceback \(most|Received Model Group=|This looks like a bug).*", re.DOTALL)
_MARKUP = re.compile(r"<[^>]{0,200}>")


def judge_with(secrets: Callable[[], Iterable[str]]) -> Callable[[Exception], Failure]:
    """A function that reads an exception into a Failure whose message shows none of the secrets."""

    def judge(error: Exception) -> Failure:
        failure = read(error)
        return failure._replace(message=redact(failure.message, secrets()))

    return judge


def read(error: BaseException) -> Failure:
    """The facts of an exception and of everything that caused it; the message is not redacted yet."""
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, CallError):
            return Failure(str(link), told=link.outcome)
    body = _body(chain)
    status, headers = _http(chain)
    if status is None:
        status = _refused_by_library(error)
    return Failure(
        message=str(body.get("message") or "") or _words(error),
        status=status,
        code=" ".join(str(body[name]) for name in ("code", "type") if body.get(name)),
        names=frozenset(type(link).__name__ for link in chain),
        retry_after=seconds_to_wait(headers.get("retry-after"), time.time()),
    )


def _chain(error: BaseException) -> Iterable[BaseException]:
    """The exception and its causes, outermost first, each once."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        original = getattr(link, "original_exception", None)
        waiting += [original if isinstance(original, BaseException) else None, link.__cause__, link.__context__]


def _http(chain: Iterable[BaseException]) -> tuple[int | None, Mapping[str, str]]:
    """Status and headers of the HTTP answer, if there was one. Answers that a library made up have no headers."""
    for link in chain:
        response = getattr(link, "response", None)
        headers = getattr(response, "headers", None)
        if headers:
            return int(getattr(response, "status_code", 0)) or None, headers
    return None, {}


def _refused_by_library(error: BaseException) -> int | None:
    """The status a library gave its own refusal. Its 500 says nothing: that is what it calls everything else."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 400 <= status < 500 else None


def _body(chain: Iterable[BaseException]) -> Mapping[str, Any]:
    """The provider's error object: from the exception, or from JSON in its text."""
    for link in chain:
        body = getattr(link, "body", None)
        if not isinstance(body, Mapping):
            body = _json_in(getattr(link, "message", None))
        inner = body.get("error", body)
        if isinstance(inner, Mapping) and inner.get("message"):
            return inner
    return {}


def _json_in(text: object) -> Mapping[str, Any]:
    if not isinstance(text, str) or "{" not in text:
        return {}
    try:
        value = json.loads(text[text.index("{") :])
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _words(error: BaseException) -> str:
    """The text of an error without the library's wrapping, markup and traceback."""
    words = _LIBRARY_TAIL.sub("", str(error)).strip()
    while (shorter := _LIBRARY_PREFIX.sub("", words)) != words:
        words = shorter
    return " ".join(_MARKUP.sub(" ", words).split()) or type(error).__name__
