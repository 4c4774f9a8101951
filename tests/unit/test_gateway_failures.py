"""What an exception says, without knowing the library that raised it."""

import json

from workbench.domain.conversations import Outcome
from workbench.gateway.failures import judge_with, read
from workbench.gateway.outcomes import CallError


class Response:
    def __init__(self, status_code: int, headers: dict[str, str]) -> None:
        self.status_code, self.headers = status_code, headers


class LibraryError(Exception):
    def __init__(self, words: str, **facts: object) -> None:
        super().__init__(words)
        self.__dict__.update(facts)


def caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


def test_the_real_answer_is_found_below_made_up_ones() -> None:
    real = LibraryError("inner", response=Response(429, {"retry-after": "7"}), body={"message": "Slow down", "code": 5})
    error = caused(LibraryError("litellm.X: outer", status_code=500, response=Response(500, {})), real)
    failure = read(error)
    assert (failure.status, failure.retry_after, failure.message, failure.code) == (429, 7.0, "Slow down", "5")
    assert failure.names == {"LibraryError"}


def test_a_made_up_500_is_no_status_but_a_library_refusal_is() -> None:
    assert read(LibraryError("Connection error.", status_code=500)).status is None
    assert read(LibraryError("Provider not known", status_code=400)).status == 400


def test_json_in_the_text_is_read() -> None:
    words = json.dumps({"error": {"message": "No credit", "type": "insufficient_quota"}})
    failure = read(LibraryError("x", message=f"GroqException - {words}"))
    assert (failure.message, failure.code) == ("No credit", "insufficient_quota")


def test_our_own_reason_is_found_wherever_it_is_wrapped() -> None:
    wrapped = LibraryError("wrapped", original_exception=caused(ValueError("x"), CallError(Outcome.TOO_LONG, "Plain.")))
    failure = read(wrapped)
    assert (failure.told, failure.message) == (Outcome.TOO_LONG, "Plain.")


def test_wrapping_markup_and_tracebacks_go() -> None:
    words = (
        "litellm.BadGatewayError: OpenAIException - <html><b>502</b> nginx</html>\nTraceback (most recent call last):\n"
    )
    assert read(LibraryError(words)).message == "502 nginx"
    assert read(LibraryError("")).message == "LibraryError"


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert read(one).message == "one"


def test_the_judge_redacts() -> None:
    assert "hunter2222" not in judge_with(lambda: ["hunter2222"])(ValueError("key hunter2222 refused")).message
